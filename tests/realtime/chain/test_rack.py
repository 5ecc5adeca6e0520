"""A rack plays its plan to the sample, and goes from one plan to the next without a click."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.chain.plan import Branch, Plan, Slot, Split
from realtime.chain.rack import Rack
from realtime.contract import BLOCK_SIZES, noise, run
from realtime.errors import SettingsError
from realtime.plugin import Format, Kernel, Plugin
from tests.realtime.chain.late import Late

RATE = 48_000


def make(slot: Slot, before: Kernel | None) -> Kernel | None:
    """Plugins by name: "later-N" delays by N, "spatialiser" by 48, "bad-N" gives NaN at last, "missing" is not."""
    if slot.plugin == "missing":
        return None
    if slot.plugin == "spatialiser":
        assert before is None, "the spatialiser is asked for once"
    name, _, number = slot.plugin.partition("-")
    return Late(int(number or 48), bad_after=1000 if name == "bad" else -1)


def run_kernel(made: Rack, sound: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    return run(cast(Plugin, made), sound, size)


def rack(plan: Plan, block_size: int = 64) -> Rack:
    made = Rack(Format(RATE, block_size), make)
    made.apply(plan)
    return made


def later(name: str, samples: int, **options: float) -> Slot:
    return Slot(name, f"later-{samples}", **options)  # type: ignore[arg-type]


def delayed(sound: NDArray[np.float32], late: int) -> NDArray[np.float32]:
    return np.concatenate((np.zeros((2, late), np.float32), sound), 1)[:, : sound.shape[1]]


def sine(samples: int, frequency_hz: float = 440.0) -> NDArray[np.float32]:
    wave = 0.5 * np.sin(2 * np.pi * frequency_hz / RATE * np.arange(samples))
    return np.stack((wave, wave)).astype(np.float32)


def largest_jump(sound: NDArray[np.float32]) -> float:
    return float(np.abs(np.diff(sound)).max())


def test_a_chain_delays_by_the_sum_of_its_slots_and_says_so() -> None:
    made = rack(Plan().add(later("a", 100), 0).add(later("b", 7)))
    assert (made.latency, made.latency_of("a"), made.latency_of("b")) == (155, 100, 7)
    sound = noise(4000)
    np.testing.assert_array_equal(run_kernel(made, sound, 64), delayed(sound, 155))


@pytest.mark.parametrize("size", BLOCK_SIZES)
def test_the_size_of_blocks_makes_no_difference(size: int) -> None:
    plan = Plan().add(later("a", 100, wet=0.3), 0).add(Split("s", (Branch("x", (later("b", 60),)), Branch("y"))))
    sound = noise(9000)
    expected = delayed(sound, 48 + 100 + 60) * 2
    np.testing.assert_allclose(run_kernel(rack(plan, size), sound, size), expected, atol=1e-6)


def test_dry_bypassed_and_missing_are_as_late_as_wet() -> None:
    sound = noise(4000)
    for change in ({"wet": 0.0}, {"bypassed": True}):
        made = rack(Plan().add(later("a", 333)).change("a", **change))
        np.testing.assert_array_equal(run_kernel(made, sound, 64), delayed(sound, 48 + 333))
    made = rack(Plan().add(Slot("gone", "missing")))
    np.testing.assert_array_equal(run_kernel(made, sound, 64), delayed(sound, 48))


def test_gain_is_of_the_wet_sound() -> None:
    made = rack(Plan().add(later("a", 10, wet=0.5, gain_db=6.0)))
    sound = noise(2000)
    expected = delayed(sound, 58) * (0.5 + 0.5 * 10 ** (6 / 20))
    np.testing.assert_allclose(run_kernel(made, sound, 64), expected, atol=1e-6)


def test_branches_meet_again_at_the_same_time_and_a_muted_one_is_not_heard() -> None:
    branches = Branch("x", (later("a", 500),)), Branch("y", gain_db=-6.0), Branch("z", (later("b", 90),), muted=True)
    made = rack(Plan().add(Split("s", branches)))
    assert (made.latency, made.latency_of("s"), made.latency_of("z")) == (548, 500, 90)
    sound = noise(4000)
    expected = delayed(sound, 548) * (1 + 10 ** (-6 / 20))
    np.testing.assert_allclose(run_kernel(made, sound, 64), expected, atol=1e-6)


PLAIN = Plan().add(later("a", 100)).add(later("b", 0))
EDITS = {
    "add": PLAIN.add(later("c", 240), 1),
    "add first": PLAIN.add(later("c", 31), 0),
    "remove": PLAIN.remove("a"),
    "move": PLAIN.move("b", 0),
    "bypass": PLAIN.change("a", bypassed=True),
    "dry": PLAIN.change("a", wet=0.0),
    "split": PLAIN.add(Split("s", (Branch("x", (later("c", 480),)), Branch("y", muted=True)))),
    "replace": PLAIN.remove("b").add(later("c", 12)),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("frequency_hz", [40.0, 440.0, 5000.0])
def test_an_edit_does_not_click_and_ends_where_it_should(edit: str, frequency_hz: float) -> None:
    """No jump exceeds the sine's own by more than 1 %, on the way there and back."""
    sound = sine(60_000, frequency_hz)
    made = rack(PLAIN)
    run_kernel(made, sound, 64)
    heard: list[NDArray[np.float32]] = []
    for plan in (EDITS[edit], PLAIN):
        made.apply(plan)
        heard.append(run_kernel(made, continued(sound, len(heard) + 1, frequency_hz), 64))
    whole = np.concatenate(heard, 1)
    assert largest_jump(whole) <= 1.01 * largest_jump(sound)
    assert np.abs(whole[:, -4800:]).max() > 0.49
    fresh = rack(EDITS[edit])
    run_kernel(fresh, sound, 64)
    expected = run_kernel(fresh, continued(sound, 1, frequency_hz), 64)
    np.testing.assert_allclose(heard[0][:, -4800:], expected[:, -4800:], atol=1e-6)


def continued(sound: NDArray[np.float32], times: int, frequency_hz: float) -> NDArray[np.float32]:
    """What comes after the sound, so many times its length later."""
    length = sound.shape[1]
    return sine((times + 1) * length, frequency_hz)[:, times * length :]


def test_branches_stay_together_while_one_gets_later() -> None:
    before = Plan().add(Split("s", (Branch("x"), Branch("y"))))
    after = before.add(later("a", 700), into="x")
    made, sound = rack(before), sine(60_000)
    run_kernel(made, sound, 64)
    made.apply(after)
    heard = run_kernel(made, continued(sound, 1, 440.0), 64)
    assert largest_jump(heard) <= 1.01 * 2 * largest_jump(sound)
    np.testing.assert_allclose(np.abs(heard[:, -4800:]).max(), 1.0, atol=1e-3)


def test_branches_too_far_apart_are_refused_and_the_sound_goes_on() -> None:
    made, sound = rack(Plan()), noise(2000)
    with pytest.raises(SettingsError, match="a branch of 's' is 60000 samples late"):
        made.apply(Plan().add(Split("s", (Branch("x", (later("a", 60_000),)), Branch("y")))))
    np.testing.assert_array_equal(run_kernel(made, sound, 64), delayed(sound, 48))


def test_a_plugin_that_gives_nan_is_passed_by_and_named() -> None:
    made, sound = rack(Plan().add(Slot("x", "bad-20"))), noise(4000)
    heard = run_kernel(made, sound, 50)
    np.testing.assert_array_equal(heard, delayed(sound, 68))
    assert made.broken() == ["x"]


def test_a_thousand_swaps_lose_no_sample() -> None:
    made = rack(PLAIN)
    sound, heard = noise(64_000), []
    for number in range(1000):
        made.apply(PLAIN if number % 2 else PLAIN.change("a", wet=0.999999))
        heard.append(run_kernel(made, sound[:, 64 * number : 64 * number + 64], 64))
    np.testing.assert_allclose(np.concatenate(heard, 1), delayed(sound, 148), atol=1e-5)


def test_what_has_faded_out_is_let_go() -> None:
    made = rack(PLAIN)
    run_kernel(made, noise(640), 64)
    for _ in range(20):
        made.apply(PLAIN.remove("a"))
        made.apply(PLAIN)
        run_kernel(made, noise(64), 64)
    run_kernel(made, noise(24_000), 64)
    made.settle()
    assert len(made._places) == 3
    run_kernel(made, noise(640), 64)
    made.settle()
    assert made.latency == 148


def test_the_spatialiser_is_one_whatever_it_is_called() -> None:
    made, sound = rack(Plan()), noise(12_800)
    run_kernel(made, sound, 64)
    made.apply(Plan((Slot("network", "spatialiser"), later("a", 0))))
    run_kernel(made, sound, 64)
    plugin = made.plugin_of("network")
    assert isinstance(plugin, Late)
    assert plugin._state["count"][0] == 2 * sound.shape[1]


def test_a_muted_newcomer_is_never_heard_and_a_dry_one_is_late_from_the_start() -> None:
    before = Plan().add(Split("s", (Branch("x", (later("a", 1800),)),)))
    made, silence = rack(before), np.zeros((2, 6400), np.float32)
    ones = np.ones((2, 24_000), np.float32)
    run_kernel(made, ones, 64)
    made.apply(before.add(Branch("muted", muted=True), into="s"))
    np.testing.assert_allclose(run_kernel(made, ones, 64), 1.0, atol=1e-6)
    made, click = rack(before), silence.copy()
    click[:, 0] = 1.0
    run_kernel(made, silence, 64)
    made.apply(before.add(Branch("dry"), into="s"))
    run_kernel(made, silence, 64)
    heard = run_kernel(made, click, 64)[0]
    assert np.flatnonzero(np.abs(heard) > 1e-3).tolist() == [1848]


def test_a_newcomer_comes_in_at_its_gain() -> None:
    made, ones = rack(Plan()), np.ones((2, 24_000), np.float32)
    run_kernel(made, ones, 64)
    made.apply(Plan().add(later("a", 0, gain_db=-20.0)))
    heard = run_kernel(made, ones, 64)[0]
    assert np.diff(heard).max() < 1e-6  # straight down to 0.1
    made.apply(Plan().add(later("a", 0, gain_db=-20.0)).add(later("b", 0, gain_db=20.0, bypassed=True)))
    np.testing.assert_allclose(run_kernel(made, ones, 64)[0], 0.1, atol=1e-6)
