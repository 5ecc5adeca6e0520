"""Controls: their names and addresses, and knobs that go all the way through a range and back."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.chain.chain import Chain
from realtime.effects.effect import Effect, layout
from realtime.errors import SettingsError
from realtime.host import Host
from realtime.plugin import Parameter
from realtime.remote.control import all_controls, control_at, control_of, controls_of, position_of, value_at

LINEAR = Parameter("gain_db", "Gain", -60.0, 24.0, 0.0, "dB")
LOG = Parameter("cutoff_hz", "Cutoff", 20.0, 20_000.0, 1000.0, "Hz", "log")
LOG_FROM_ZERO = Parameter("rate", "Rate", 0.0, 8.0, 1.0, "", "log")
SWITCH = Parameter("invert", "Invert", 0.0, 1.0, 0.0, scale="switch")
CHOICE = Parameter("shape", "Shape", 0.0, 2.0, 0.0, scale="choice", choices=("low", "bell", "high"))
FIXED = Parameter("fixed", "Fixed", 3.0, 3.0, 3.0)


@pytest.fixture
def chain(host: Host) -> Chain:
    assert host.chain is not None
    return host.chain


@pytest.mark.parametrize("parameter", [LINEAR, LOG, LOG_FROM_ZERO, SWITCH, CHOICE, FIXED], ids=lambda p: p.name)
def test_a_knob_reaches_both_ends_and_only_rises(parameter: Parameter) -> None:
    values = [value_at(parameter, position) for position in np.linspace(0, 1, 129)]
    assert (values[0], values[-1]) == (parameter.low, parameter.high)
    assert values == sorted(values)


@pytest.mark.parametrize("parameter", [LINEAR, LOG, LOG_FROM_ZERO], ids=lambda p: p.name)
def test_position_is_the_way_back(parameter: Parameter) -> None:
    for position in np.linspace(0, 1, 50):
        # A millionth of the way is far below a controller's step, 1/127; rounding is of the order 1e-15.
        assert position_of(parameter, value_at(parameter, position)) == pytest.approx(position, abs=1e-6)


def test_the_middle_is_that_of_the_scale() -> None:
    assert value_at(LINEAR, 0.5) == pytest.approx(-18.0)
    assert value_at(LOG, 0.5) == pytest.approx((20.0 * 20_000.0) ** 0.5)
    assert [value_at(SWITCH, position) for position in (0.49, 0.51)] == [0.0, 1.0]
    assert [value_at(CHOICE, position) for position in (0.24, 0.26, 0.74, 0.76)] == [0.0, 1.0, 1.0, 2.0]


def test_every_control_is_found_at_its_address(chain: Chain) -> None:
    controls = all_controls(chain)
    addresses = [control.address for control in controls]
    assert [control_at(chain, address) for address in addresses] == list(controls)
    assert "/slot/soft%2Fer%20%231/gain_db" in addresses
    assert "/branch/left/mute" in addresses
    assert [address for address in addresses if "lost" in address] == [
        "/slot/lost/bypass",
        "/slot/lost/wet",
        "/slot/lost/gain",
    ]


def test_a_control_is_read_as_it_was_turned(chain: Chain) -> None:
    for control in all_controls(chain):
        wanted = control.parameter.high
        control.turn(chain, wanted)
        assert control.read(chain) == wanted
    assert chain.plan.slot("trim").bypassed is True
    assert chain.plan.slot("trim").values == {"gain_db": 24.0, "invert": 1.0}
    assert chain.plan.slot("spatialiser").gain_db == 24.0
    assert getattr(chain.plan.part("left"), "muted") is True  # noqa: B009 - a part is of one of three kinds


def test_turning_a_knob_is_one_step_back_and_turning_it_nowhere_is_none(chain: Chain) -> None:
    wet = control_of(chain, "trim", "wet")
    for value in (0.9, 0.5, 0.2, 0.2):
        wet.turn(chain, value)
    control_of(chain, "trim", "gain").turn(chain, 0.0)
    chain.undo()
    assert wet.read(chain) == 1.0


def test_a_parameter_that_is_called_as_the_slot_s_own_has_another_address(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wet(Effect):
        name = "Wet"
        parameters = (Parameter("wet", "Wet", 0.0, 100.0, 30.0, "%"),)
        record_type = layout(1)

    plugin = Wet()
    monkeypatch.setattr(chain, "plugin", lambda name: plugin if name == "trim" else None)
    names = [control.name for control in controls_of(chain, chain.plan.slot("trim"))]
    assert names == ["bypass", "wet", "gain", "wet-2"]
    control_at(chain, "/slot/trim/wet-2").turn(chain, 70.0)
    assert plugin.get("wet") == 70.0
    assert chain.plan.slot("trim").wet == 1.0


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/slot/trim", "unknown address"),
        ("/slot/trim/gain_db/1", "unknown address"),
        ("/sl*t/trim/gain_db", "unknown address"),
        ("/slot/trim/treble", "'trim' has no 'treble'; it has: bypass, wet, gain, gain_db, invert"),
        ("/slot/nobody/gain", "the chain has no 'nobody'; it has: trim"),
        ("/slot/left/gain", "'left' is a branch; its address is /branch/left/gain"),
        ("/slot/sides/gain", "'sides' has no 'gain'; it has: none"),
    ],
)
def test_an_unknown_address_is_said_with_what_there_is(chain: Chain, address: str, said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        control_at(chain, address)
    assert said in str(refusal.value)
