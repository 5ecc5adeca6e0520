"""A device goes away and comes back: the sound goes on, nothing waits, and what was missed is silence in its place."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from realtime.device_guard import DeviceGuard
from realtime.drivers.null import NullDriver
from realtime.engine import Engine
from tests.realtime.fake_device import BLOCK, LEVEL, RATE, FakeOpening

Wait = Callable[..., bool]
Make = Callable[..., tuple[DeviceGuard, FakeOpening, Engine]]


@pytest.fixture
def make(wait_for: Wait) -> Iterator[Make]:
    """A guard whose device has played for longer than it takes to settle."""
    guards: list[DeviceGuard] = []
    openings: list[FakeOpening] = []

    def start(**options: Any) -> tuple[DeviceGuard, FakeOpening, Engine]:
        engine = Engine(RATE, BLOCK)
        opening = FakeOpening(engine, **options)
        openings.append(opening)
        guards.append(DeviceGuard(engine, opening))
        guards[-1].start()
        assert wait_for(lambda: engine.position > 1.1 * RATE)
        return guards[-1], opening, engine

    yield start
    for guard, opening in zip(guards, openings, strict=True):
        guard.stop()
        opening.plugged.clear()


def test_a_device_that_comes_back_plays_and_silence_stands_for_the_time_between(make: Make, wait_for: Wait) -> None:
    guard, opening, engine = make()
    begin_s, begin = time.monotonic(), engine.position
    opening.plugged.clear()
    gone_s = time.monotonic()
    assert wait_for(lambda: guard.away_s > 0)
    assert time.monotonic() - gone_s < 1.0
    assert guard.active
    assert wait_for(lambda: guard.away_s > 0.8)
    opening.plugged.set()
    back_s = time.monotonic()
    assert wait_for(lambda: guard.away_s == 0)
    assert wait_for(lambda: opening.made[-1].heard_s > back_s)
    assert time.monotonic() - back_s < 1.0
    assert (guard.reconnects, len(opening.made)) == (1, 2)
    assert 0.8 < guard.longest_gap_s < 2.0
    gone, back = guard.notices
    assert gone.startswith("audio device 'microphone' and 'headphones' went away at ")
    assert back.startswith("audio device 'microphone' and 'headphones' is back at ")
    # Positions went on as a clock does: what is missed between two blocks at each change is all.
    passed = engine.position - begin
    assert passed == pytest.approx((time.monotonic() - begin_s) * RATE, abs=0.2 * RATE)
    sound = engine.output.read(begin, passed)
    assert sound is not None
    silence = np.flatnonzero(sound[0] == 0)
    assert np.ptp(silence) + 1 == len(silence)
    assert len(silence) / RATE == pytest.approx(guard.longest_gap_s, abs=0.1)
    assert (sound[0][sound[0] != 0] == LEVEL).all()


def test_one_that_merely_stood_still_is_not_opened_again(make: Make, wait_for: Wait) -> None:
    guard, opening, engine = make()
    opening.frozen.set()
    assert wait_for(lambda: guard.away_s > 0.7)
    assert wait_for(lambda: engine.position > 1.7 * RATE)
    opening.frozen.clear()
    assert wait_for(lambda: guard.away_s == 0, 1.0)
    assert (guard.reconnects, len(opening.made), len(guard.notices)) == (0, 1, 2)


def test_one_that_wakes_after_it_was_given_up_does_not_reach_the_engine(make: Make, wait_for: Wait) -> None:
    guard, opening, engine = make(says_when_gone=False, wakes_late=True)
    opening.frozen.set()
    assert wait_for(lambda: guard.away_s > 0.8)
    assert opening.made[0].stopped.is_set()
    opening.frozen.clear()
    assert wait_for(lambda: guard.away_s == 0)
    old, new = opening.made[0], opening.made[-1]
    assert guard.driver is new is not old
    begin, begin_s, calls = engine.position, time.monotonic(), old.calls
    assert wait_for(lambda: engine.position > begin + RATE // 2)
    assert old.calls > calls + 50
    assert engine.position - begin == pytest.approx((time.monotonic() - begin_s) * RATE, abs=0.1 * RATE)


def test_a_device_that_is_back_but_refuses_is_told_once_and_tried_again(make: Make, wait_for: Wait) -> None:
    guard, opening, _ = make()
    opening.refusal = refusal = "'headphones' does not take 48000 Hz; it takes 44100; set --sample-rate"
    opening.plugged.clear()
    assert wait_for(lambda: guard.away_s > 0)
    opening.plugged.set()
    assert wait_for(lambda: len(guard.notices) > 1)
    assert wait_for(lambda: guard.away_s > 1.5)
    opening.refusal = ""
    assert wait_for(lambda: guard.away_s == 0, 2.0)
    assert len(guard.notices) == 3
    assert guard.notices[1].endswith(f"cannot be used yet and is tried again: {refusal}")


def test_the_fallback_plays_until_the_device_is_back(
    make: Make, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reports:
        """Tells the truth each time that it is asked."""

        closed = 0

        @property
        def number(self) -> int:
            return time.monotonic_ns()

        def lists(self, input: str, output: str) -> bool:
            return opening.plugged.is_set() and (input, output) == ("microphone", "headphones")

        def close(self) -> None:
            Reports.closed += 1

    monkeypatch.setattr("realtime.device_guard.DeviceReports", Reports)
    guard, opening, engine = make(spare="speakers")
    opening.plugged.clear()
    assert wait_for(lambda: guard.driver.name_output == "speakers")
    assert wait_for(lambda: guard.away_s == 0)
    assert guard.longest_gap_s < 0.6
    spare, position = opening.made[-1], engine.position
    assert wait_for(lambda: engine.position > position + RATE // 2 and spare.heard_s > 0)
    opening.plugged.set()
    assert wait_for(lambda: guard.driver.name_output == "headphones" and guard.away_s == 0)
    assert spare.stopped.is_set()
    assert wait_for(lambda: opening.made[-1].heard_s > 0)
    assert (guard.reconnects, Reports.closed) == (1, 1)
    assert "goes on through 'microphone' and 'speakers'" in guard.notices[1]
    assert "'headphones' is back" in guard.notices[2]


def test_stop_is_quick_while_the_device_is_away(make: Make, wait_for: Wait) -> None:
    guard, opening, engine = make()
    opening.plugged.clear()
    assert wait_for(lambda: guard.away_s > 0.4)
    begin_s = time.monotonic()
    guard.stop()
    assert time.monotonic() - begin_s < 0.5
    position = engine.position
    assert not guard.active
    assert guard.longest_gap_s > 0.4
    opening.plugged.set()
    assert not wait_for(lambda: engine.position != position, 0.3)


def test_stop_does_not_wait_for_a_sound_server_that_hangs(make: Make, wait_for: Wait) -> None:
    guard, opening, engine = make()
    asked, answer = threading.Event(), threading.Event()
    reopen = opening.reopen

    def hang() -> Any:
        asked.set()
        answer.wait()
        return reopen()

    opening.reopen = hang
    opening.plugged.clear()
    assert wait_for(asked.is_set)
    begin_s = time.monotonic()
    guard.stop()
    assert time.monotonic() - begin_s < 2.5
    opening.plugged.set()
    answer.set()
    assert wait_for(lambda: len(opening.made) == 2 and opening.made[1].stopped.is_set())
    assert engine.blocks and opening.made[1].heard_s == 0


def test_a_plugin_that_hangs_is_not_taken_for_a_device(make: Make, wait_for: Wait) -> None:
    engine = Engine(RATE, BLOCK)
    goes_on = threading.Event()
    goes_on.set()
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(lambda *_: goes_on.wait() and None)
    address = ctypes.cast(function, ctypes.c_void_p).value
    engine.set_kernel(SimpleNamespace(kernel_address=address, state_address=0, latency=0))  # pyright: ignore[reportArgumentType]
    opening = FakeOpening(engine)
    guard = DeviceGuard(engine, opening)
    guard.start()
    try:
        assert wait_for(lambda: engine.position > 1.1 * RATE)
        goes_on.clear()
        assert wait_for(lambda: guard.notices)
        assert "a plugin holds up the sound" in guard.notices[0]
        assert guard.away_s == 0
        goes_on.set()
        position = engine.position
        assert wait_for(lambda: engine.position > position + RATE // 10)
        assert len(opening.made) == 1
    finally:
        goes_on.set()
        guard.stop()


def test_without_a_device_nothing_is_watched() -> None:
    engine = Engine(RATE, BLOCK)
    opening = SimpleNamespace(device=None, open=lambda: NullDriver(engine, RATE, BLOCK))
    guard = DeviceGuard(engine, opening)  # pyright: ignore[reportArgumentType]
    threads = threading.active_count()
    guard.start()
    assert guard.active
    assert threading.active_count() == threads + 1
    guard.stop()
    assert not guard.active


def test_another_engine_takes_over_and_is_watched_from_then_on(make: Make, wait_for: Wait) -> None:
    guard, opening, engine = make()
    heir = Engine(RATE, BLOCK)
    assert guard.hand_over(heir)
    stands = engine.position
    assert wait_for(lambda: heir.position > 1.5 * RATE)
    assert engine.position == stands
    assert guard.notices == ()
    opening.plugged.clear()
    assert wait_for(lambda: guard.away_s > 0)
    silent = heir.position
    assert wait_for(lambda: heir.position > silent + RATE / 10)  # a stand-in calls it
    assert not guard.hand_over(engine)
    opening.plugged.set()
    assert wait_for(lambda: guard.away_s == 0)
    assert (guard.reconnects, engine.position) == (1, stands)
