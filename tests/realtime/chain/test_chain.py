"""A chain plays what its plan says with real effects, keeps what it cannot have, and goes back and forth."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.chain.chain import Chain
from realtime.chain.plan import Plan, Slot
from realtime.contract import noise, run
from realtime.effects.trim import Trim
from realtime.errors import SettingsError
from realtime.plugin import Format, Parameter, Plugin
from tests.realtime.chain.late import Late

LATE = 48


class Louder:
    """Block plugin: twice as loud, or broken."""

    name = "louder"
    latency = 0
    parameters: tuple[Parameter, ...] = ()

    def __init__(self) -> None:
        self.broken = False

    def prepare(self, form: Format) -> None: ...

    def reset(self, position: int = 0) -> None: ...

    def get(self, name: str) -> float:
        raise SettingsError(name)

    def set(self, name: str, value: float) -> None:
        raise SettingsError(name)

    def save(self) -> dict[str, bool]:
        return {"broken": self.broken}

    def load(self, state: dict[str, bool]) -> None:
        self.broken = state.get("broken", False)

    def process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        if self.broken:
            raise RuntimeError("no string left")
        np.multiply(block, 2, out)


def unusable() -> Plugin:
    raise ZeroDivisionError("nobody wrote this well")


PLUGINS: dict[str, Callable[[], Plugin]] = {"trim": Trim, "louder": Louder, "unusable": unusable}


def open_plugin(identifier: str) -> Plugin:
    if identifier not in PLUGINS:
        raise SettingsError(f"there is no plugin '{identifier}'; run: earsight plugins")
    return PLUGINS[identifier]()


def chain_of(*slots: Slot) -> Chain:
    plan = Plan()
    for slot in slots:
        plan = plan.add(slot)
    return Chain(Format(48_000, 64), Late(LATE), open_plugin, plan, live=False)


def played(chain: Chain, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound through the chain, block plugins waited for."""
    blocks: list[NDArray[np.float32]] = []
    for start in range(0, sound.shape[1], 64):
        blocks.append(run(cast(Plugin, chain.rack), sound[:, start : start + 64], 64))
        chain.advance()
    return np.concatenate(blocks, 1)


def later(sound: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    return np.concatenate((np.zeros((2, samples), np.float32), sound), 1)[:, : sound.shape[1]]


def test_values_reach_the_plugins_and_edits_change_them() -> None:
    chain = chain_of(Slot("trim", "trim", {"gain_db": -6.0}))
    sound = noise(4000)
    np.testing.assert_allclose(played(chain, sound), later(sound, LATE) * 10 ** (-6 / 20), atol=1e-6)
    chain.edit(chain.plan.set("trim", "gain_db", 0.0))
    played(chain, noise(24_000))
    np.testing.assert_allclose(played(chain, sound)[:, LATE:], later(sound, LATE)[:, LATE:], atol=1e-6)


def test_a_turn_of_a_knob_is_undone_in_one_step() -> None:
    chain = chain_of(Slot("trim", "trim"))
    trim = chain.plugin("trim")
    assert trim is not None
    for value in (-1.0, -2.0, -3.0):
        chain.set("trim", "gain_db", value)
    assert (trim.get("gain_db"), chain.plan.slot("trim").values) == (-3.0, {"gain_db": -3.0})
    chain.undo()
    assert (trim.get("gain_db"), chain.plan.slot("trim").values, chain.history.can_undo) == (0.0, {}, False)
    chain.redo()
    assert trim.get("gain_db") == -3.0
    with pytest.raises(SettingsError, match="Trim has no parameter 'gain'; it has: gain_db, invert"):
        chain.set("trim", "gain", 0.0)
    with pytest.raises(SettingsError, match="gain_db 99 is out of range"):
        chain.set("trim", "gain_db", 99.0)


def test_what_cannot_be_had_passes_the_sound_on_and_keeps_its_place() -> None:
    missing = Slot("lost", "clap:nobody.has.this", {"drive": 0.7}, {"blob": "AAEC"})
    chain = chain_of(missing, Slot("odd", "unusable"))
    sound = noise(4000)
    np.testing.assert_array_equal(played(chain, sound), later(sound, LATE))
    assert chain.plan.slot("lost") == missing
    assert {state.id: state.trouble for state in chain.slots()} == {
        "spatialiser": "",
        "lost": "there is no plugin 'clap:nobody.has.this'; run: earsight plugins",
        "odd": "plugin 'unusable' cannot be used: nobody wrote this well",
    }
    chain.set("lost", "drive", 0.1)
    assert chain.plan.slot("lost").values == {"drive": 0.1}


def test_a_block_plugin_plays_and_a_broken_one_is_named() -> None:
    chain = chain_of(Slot("louder", "louder"))
    sound = noise(12_000)
    latency = chain.rack.latency
    assert latency > LATE
    np.testing.assert_array_equal(played(chain, sound)[:, latency:], 2 * later(sound, latency)[:, latency:])
    broken = chain_of(Slot("louder", "louder", state={"broken": True}))
    np.testing.assert_array_equal(played(broken, sound), later(sound, latency))
    assert "no string left" in broken.slots()[1].trouble
    broken.close()


def test_a_moved_plugin_keeps_what_it_knows() -> None:
    chain = chain_of(Slot("a", "trim", {"gain_db": -6.0}), Slot("b", "louder", state={"broken": False}))
    played(chain, noise(2000))
    before = chain.plugin("b")
    chain.edit(chain.plan.move("b", 0))
    assert chain.plugin("b") is not before
    played(chain, noise(60_000))
    chain.settle()
    assert len(list(chain.rack.plugins())) == 3
    sound = noise(12_000)
    expected = 2 * 10 ** (-6 / 20) * later(sound, chain.rack.latency)
    np.testing.assert_allclose(
        played(chain, sound)[:, chain.rack.latency :], expected[:, chain.rack.latency :], atol=1e-6
    )


def test_an_edit_that_cannot_be_played_changes_nothing() -> None:
    chain = chain_of(Slot("trim", "trim"))
    with pytest.raises(SettingsError):
        chain.edit(chain.plan.remove("spatialiser"))
    assert [state.id for state in chain.slots()] == ["spatialiser", "trim"]
    assert not chain.history.can_undo


def test_a_bad_value_changes_nothing() -> None:
    chain = chain_of(Slot("trim", "trim", {"gain_db": -6.0}))
    played(chain, noise(2000))
    with pytest.raises(SettingsError, match="gain_db 999 is out of range"):
        chain.edit(chain.plan.set("trim", "gain_db", 999.0).add(Slot("more", "trim")))
    assert [state.id for state in chain.slots()] == ["spatialiser", "trim"]
    assert chain.rack.plugin_of("more") is None


def test_another_state_is_played_by_another_plugin() -> None:
    chain = chain_of(Slot("louder", "louder", state={"broken": False}))
    played(chain, noise(2000))
    before = chain.plugin("louder")
    chain.edit(chain.plan.change("louder", state={"broken": True}))
    assert chain.plugin("louder") is not before
    assert chain.plan.slot("louder").state == {"broken": True}
    chain.undo()
    assert chain.plan.slot("louder").state == {"broken": False}
    chain.close()
