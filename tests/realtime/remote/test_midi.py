"""Controllers in memory: learning, no jumps, and every scale from end to end."""

from __future__ import annotations

from collections.abc import Callable

import mido
import numpy as np
import pytest
from mido.ports import EchoPort

from realtime.chain.chain import Chain
from realtime.errors import SettingsError
from realtime.host import Host
from realtime.plugin import Parameter
from realtime.remote.bindings import Binding
from realtime.remote.midi import Midi
from realtime.remote.osc import Osc
from tests.realtime.remote.client import Client

GAIN = Binding("trim", "gain_db", 1, 21)
Move = Callable[..., None]


class Knobs:
    """A device whose controllers the test moves."""

    def __init__(self, host: Host, *bindings: Binding) -> None:
        self.kept: list[tuple[Binding, ...]] = []
        self._port = EchoPort()
        self._host = host
        self.midi = Midi(self._port, bindings, self.kept.append)

    def move(self, *values: int, control: int = 21, channel: int = 0) -> None:
        for value in values:
            self._port.send(mido.Message("control_change", channel=channel, control=control, value=value))
            self.midi.poll(self._host)

    def send(self, message: mido.Message) -> None:
        self._port.send(message)
        self.midi.poll(self._host)


@pytest.fixture
def chain(host: Host) -> Chain:
    assert host.chain is not None
    return host.chain


def value(chain: Chain, name: str = "gain_db") -> float:
    plugin = chain.plugin("trim")
    assert plugin is not None
    return plugin.get(name)


def test_the_next_controller_that_moves_is_bound(host: Host, chain: Chain) -> None:
    knobs = Knobs(host)
    knobs.move(10)
    knobs.midi.learn(chain, "trim", "gain_db")
    assert knobs.midi.learning
    knobs.send(mido.Message("note_on", note=60))
    knobs.send(mido.Message("control_change", control=123))
    assert knobs.midi.learning
    knobs.move(1, control=7, channel=15)
    assert not knobs.midi.learning
    assert knobs.midi.bindings == (Binding("trim", "gain_db", 16, 7),)
    assert knobs.kept == [knobs.midi.bindings]
    assert knobs.midi.notices == ["channel 16, controller 7 turns trim/gain_db"]


def test_a_controller_turns_one_thing_and_a_thing_is_turned_by_one(host: Host, chain: Chain) -> None:
    knobs = Knobs(host, GAIN, Binding("trim", "wet", 1, 22))
    knobs.midi.learn(chain, "trim", "wet")
    knobs.move(5, control=21)
    assert knobs.midi.bindings == (Binding("trim", "wet", 1, 21),)
    knobs.midi.forget("trim", "wet")
    knobs.midi.forget("trim", "wet")
    assert knobs.midi.bindings == ()
    assert len(knobs.kept) == 2


def test_what_is_not_there_cannot_be_learnt_and_learning_can_be_given_up(host: Host, chain: Chain) -> None:
    knobs = Knobs(host)
    with pytest.raises(SettingsError, match="'trim' has no 'treble'"):
        knobs.midi.learn(chain, "trim", "treble")
    knobs.midi.learn(chain, "trim", "wet")
    knobs.midi.forget("trim", "wet")
    knobs.move(5)
    assert knobs.midi.bindings == ()


@pytest.mark.parametrize("way", [(0, 40, 80, 91, 100), (127, 110, 95, 80)])
def test_nothing_happens_until_the_controller_passes_the_present_value(
    host: Host, chain: Chain, way: tuple[int, ...]
) -> None:
    # 0 dB of -60 to 24 is at 60/84 of the way: controller value 91 of 127.
    knobs = Knobs(host, GAIN)
    for position in way[:-2]:
        knobs.move(position)
        assert value(chain) == 0.0
    knobs.move(way[-2])
    assert abs(value(chain)) < 84 * 5 / 127
    knobs.move(way[-1])
    assert value(chain) != 0.0


def test_a_value_never_moves_further_than_the_controller_did(host: Host, chain: Chain) -> None:
    knobs = Knobs(host, GAIN)
    rng = np.random.default_rng(3)
    at, moved = 64, 0
    for _ in range(400):
        if rng.random() < 0.05:
            chain.set("trim", "gain_db", round(float(rng.uniform(-60, 24)), 2))
        before, goes = value(chain), min(max(at + int(rng.integers(-6, 7)), 0), 127)
        knobs.move(goes)
        # A step more, because a controller within one of the value takes hold.
        assert abs(value(chain) - before) <= 84 * (abs(goes - at) + 1) / 126 + 1e-9
        moved += value(chain) != before
        at = goes
    assert moved > 50


def test_a_fast_controller_takes_hold_when_it_has_passed(host: Host, chain: Chain) -> None:
    knobs = Knobs(host, GAIN)
    knobs.move(85)
    assert value(chain) == 0.0
    knobs.move(97)
    assert value(chain) == pytest.approx(-60 + 84 * (0.5 + 33 / 126))


def test_a_held_controller_lets_go_when_somebody_else_sets_the_value(host: Host, chain: Chain) -> None:
    knobs = Knobs(host, GAIN)
    knobs.move(91, 100)
    chain.set("trim", "gain_db", -50.0)
    knobs.move(101, 102)
    assert value(chain) == -50.0
    knobs.move(60, 20, 15, 14)
    assert value(chain) == pytest.approx(-60 + 84 * 14 / 128)


def test_a_held_controller_reaches_both_ends_and_is_one_step_to_undo(host: Host, chain: Chain) -> None:
    knobs = Knobs(host, GAIN)
    knobs.move(91, 127)
    assert value(chain) == 24.0
    knobs.move(0)
    assert value(chain) == -60.0
    chain.undo()
    assert value(chain) == 0.0


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        (Parameter("gain_db", "", -1.0, 1.0, 0.0), {0: -1.0, 64: 0.0, 127: 1.0}),
        (Parameter("gain_db", "", 20.0, 20_000.0, 20.0, "Hz", "log"), {0: 20.0, 64: 400_000**0.5, 127: 20_000.0}),
        (Parameter("gain_db", "", 0.0, 1.0, 0.0, scale="switch"), {0: 0.0, 62: 0.0, 65: 1.0, 127: 1.0}),
        (
            Parameter("gain_db", "", 0.0, 2.0, 0.0, scale="choice", choices=("a", "b", "c")),
            {0: 0.0, 30: 0.0, 34: 1.0, 64: 1.0, 94: 1.0, 98: 2.0, 127: 2.0},
        ),
    ],
    ids=lambda given: given.scale if isinstance(given, Parameter) else "",
)
def test_each_scale_is_divided_as_it_says(
    host: Host, chain: Chain, parameter: Parameter, values: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = chain.plugin("trim")
    monkeypatch.setattr(type(plugin), "parameters", (parameter, parameter))
    chain.set("trim", "gain_db", parameter.low)
    knobs = Knobs(host, GAIN)
    for position, wanted in values.items():
        knobs.move(position)
        assert value(chain) == pytest.approx(wanted, rel=1e-12), position


def test_a_button_acts_at_its_first_press(host: Host, chain: Chain) -> None:
    knobs = Knobs(host, Binding("trim", "bypass", 1, 21))
    knobs.move(127)
    assert chain.plan.slot("trim").bypassed
    knobs.move(0)
    assert not chain.plan.slot("trim").bypassed


def test_bindings_of_absent_slots_wait_and_other_channels_and_controllers_turn_nothing(
    host: Host, chain: Chain
) -> None:
    knobs = Knobs(host, Binding("reverb", "size", 1, 21), GAIN)
    knobs.move(91, 127, control=20)
    knobs.move(91, 127, channel=1)
    assert value(chain) == 0.0
    knobs.move(91, 127)
    assert value(chain) == 24.0
    assert len(knobs.midi.bindings) == 2
    assert knobs.midi.notices == []


def test_a_plugin_that_raises_is_said_once(host: Host, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("not\ntoday")

    monkeypatch.setattr(chain.plugin("trim"), "set", broken)
    knobs = Knobs(host, GAIN)
    knobs.move(90, 95, 100)
    assert knobs.midi.notices == ["trim/gain_db cannot be turned: not today"]


def test_what_controllers_say_without_a_host_is_dropped(host: Host, chain: Chain) -> None:
    port = EchoPort()
    midi = Midi(port, [GAIN])
    port.send(mido.Message("control_change", control=21, value=91))
    midi.poll(None)
    midi.poll(host)
    assert port.poll() is None
    assert value(chain) == 0.0


def test_learning_can_be_asked_for_over_osc(host: Host, chain: Chain, client: Client, osc: Osc) -> None:
    knobs = Knobs(host)
    osc._midi = knobs.midi
    client.send("/midi/learn", "trim", "wet")
    client.send("/midi/learn", "trim")
    osc.poll(host)
    assert client.errors() == ["/midi/learn takes a slot's id and a parameter's name; given: 'trim'"]
    knobs.move(127, 64)
    assert chain.plan.slot("trim").wet == 0.5
    client.send("/midi/forget", "trim", "wet")
    osc.poll(host)
    assert knobs.midi.bindings == ()
