"""A block plugin beside the sound path: exact when it is in time, the unchanged sound and no click when it is not."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from realtime.block_bridge import BlockBridge
from realtime.contract import check_plugin, noise, prepared, run
from realtime.plugin import Format, Parameter, parameter_of

RATE = 48_000
LATE = 37


class Quieter:
    """A quarter of the level, `LATE` samples later."""

    name = "Quieter"
    parameters = (Parameter("gain", "Gain", 0.0, 1.0, 0.25),)

    def __init__(self) -> None:
        self.latency = 0
        self.gain = 0.25

    def prepare(self, form: Format) -> None:
        self.latency = LATE
        self.reset()

    def reset(self, position: int = 0) -> None:
        self.past = np.zeros((2, LATE), np.float32)

    def get(self, name: str) -> float:
        parameter_of(self, name)
        return self.gain

    def set(self, name: str, value: float) -> None:
        self.gain = parameter_of(self, name).accept(value)

    def save(self) -> dict[str, Any]:
        return {}

    def load(self, state: dict[str, Any]) -> None:
        pass

    def process(self, block: np.ndarray, out: np.ndarray) -> None:
        sound = np.concatenate((self.past, block), axis=1)
        out[:] = sound[:, : block.shape[1]] * np.float32(self.gain)
        self.past = sound[:, block.shape[1] :]


class Gated(Quieter):
    """Waits in each block until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def process(self, block: np.ndarray, out: np.ndarray) -> None:
        self.gate.wait(60)
        super().process(block, out)


class Failing(Quieter):
    """Breaks in its fifth block, in a way of one's choice."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way

    def reset(self, position: int = 0) -> None:
        super().reset(position)
        self.blocks = 0

    def process(self, block: np.ndarray, out: np.ndarray) -> None:
        self.blocks += 1
        if self.blocks == 5 and self.way == "raises":
            raise RuntimeError("the licence has expired\nask for another")
        if self.blocks == 5 and self.way == "writes nothing":
            return
        super().process(block, out)
        if self.blocks == 5 and self.way == "writes NaN":
            out[1, 7] = np.nan


def sine(samples: int) -> np.ndarray:
    wave = np.sin(2 * np.pi * 440 / RATE * np.arange(samples))
    return np.stack((wave, 0.5 * wave)).astype(np.float32)


def delayed(sound: np.ndarray, samples: int) -> np.ndarray:
    return np.pad(sound, ((0, 0), (samples, 0)))[:, : sound.shape[1]]


def feed(bridge: BlockBridge, sound: np.ndarray, size: int, working: Callable[[int], bool]) -> np.ndarray:
    """Send sound through a live bridge whose worker works after block number k if `working(k)`."""
    out = np.empty_like(sound)
    advance = bridge.advance
    numbers: Iterator[int] = itertools.count()
    bridge.advance = lambda: advance() if working(next(numbers)) else None  # `run` calls it after each block
    try:
        out = run(bridge, sound, size)
    finally:
        bridge.advance = advance
    return out


def is_sine_without_a_click(out: np.ndarray, sound: np.ndarray, latency: int) -> None:
    """Each sample is that of its own time, between the plugin's level and the unchanged one; no jump is the fade's."""
    dry = delayed(sound, latency)
    low, high = np.minimum(0.25 * dry, dry), np.maximum(0.25 * dry, dry)
    assert ((out >= low - 1e-6) & (out <= high + 1e-6)).all()
    assert np.abs(np.diff(out)).max() <= 1.01 * np.abs(np.diff(sound)).max()


def test_it_keeps_the_contract() -> None:
    check_plugin(lambda: BlockBridge(Quieter(), live=False))


def test_it_gives_what_the_plugin_alone_gives_as_much_later_as_it_says() -> None:
    sound = noise(40_000)
    bridge = BlockBridge(Quieter(), live=False)
    bridge.prepare(Format(RATE, 8192))
    assert bridge.latency == 8192 + 3 * 512 + 256 + LATE
    out = run(bridge, sound, itertools.cycle((16, 8192, 1, 511, 2000)))
    alone = run(prepared(Quieter, 512), sound, 512)
    np.testing.assert_array_equal(out, delayed(alone, bridge.latency - LATE))
    assert bridge.late_blocks == 0


@pytest.mark.parametrize("size", [16, 64, 512, 8192])
@pytest.mark.parametrize("idle_s", [0.05, 1.0])
def test_a_worker_that_is_late_is_crossfaded_and_counted(size: int, idle_s: float) -> None:
    bridge = BlockBridge(Quieter())
    bridge.prepare(Format(RATE, size))
    idle = round(idle_s * RATE / size) + (2 if size == 8192 else 0)
    first = 20_000 // size
    sound = sine(40_000 + size * idle + 8 * bridge.latency)
    out = feed(bridge, sound, size, lambda block: not first <= block < first + idle)
    is_sine_without_a_click(out, sound, bridge.latency)
    dry = delayed(sound, bridge.latency)
    np.testing.assert_allclose(out[:, :20_000], 0.25 * dry[:, :20_000], atol=1e-7)
    np.testing.assert_allclose(out[:, -1000:], 0.25 * dry[:, -1000:], atol=1e-7)
    unchanged = (out == dry).all(0) & (dry != 0).all(0)
    assert unchanged.sum() > 500
    # In hand when the worker stops: what it may be late by. The block that finds less is the first to be late.
    assert 0 < bridge.late_blocks <= idle + -(-bridge.latency // size)
    bridge.reset_counters()
    assert bridge.late_blocks == 0


def test_late_blocks_are_counted_exactly() -> None:
    bridge = BlockBridge(Quieter())
    bridge.prepare(Format(RATE, 480))
    run(bridge, sine(4800), 480)
    feed(bridge, sine(480 * 7), 480, lambda block: False)
    # Finished are 9 blocks of 512. The device's block at p plays from p - (480 + 3 * 512 + 256) and needs its own 480
    # samples and the 256 of the cross-fade in hand: up to p = 9 * 512 + 3 * 512 = 6144.
    assert bridge.late_blocks == sum(p > 6144 for p in range(4800, 4800 + 7 * 480, 480)) == 4


def test_what_would_be_too_late_is_not_worked_on() -> None:
    plugin = Failing("not")
    bridge = BlockBridge(plugin)
    bridge.prepare(Format(RATE, 512))
    feed(bridge, sine(RATE), 512, lambda block: block == 92)
    # Of the 93 blocks only the newest and, had there been time for it, one more.
    assert 1 <= plugin.blocks <= 2


def test_a_worker_thread_keeps_up_and_catches_up(wait_for: Callable[..., bool]) -> None:
    plugin = Gated()
    bridge = BlockBridge(plugin)
    bridge.prepare(Format(RATE, 512))
    sound = sine(512 * 120)
    pieces = []
    plugin.gate.set()
    bridge.start()
    try:
        for number, start in enumerate(range(0, sound.shape[1], 512)):
            if number == 40:
                plugin.gate.clear()
            if number == 80:
                plugin.gate.set()
            pieces.append(run(bridge, sound[:, start : start + 512], 512))
            if not 40 <= number < 80:
                # The callback of a device comes no sooner than this; here nothing else would hold it back.
                assert wait_for(lambda end=start + 512: end - bridge.done < 512)
            if number == 39:
                assert bridge.late_blocks == 0
    finally:
        plugin.gate.set()
        bridge.stop()
    out = np.concatenate(pieces, axis=1)
    is_sine_without_a_click(out, sound, bridge.latency)
    assert 30 < bridge.late_blocks < 50
    np.testing.assert_allclose(out[:, -512:], 0.25 * delayed(sound, bridge.latency)[:, -512:], atol=1e-7)


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("raises", "Quieter is bypassed: the licence has expired"),
        ("writes NaN", "Quieter is bypassed: it gave sound that is not finite"),
        ("writes nothing", "Quieter is bypassed: it gave sound that is not finite"),
    ],
)
def test_a_plugin_that_fails_is_bypassed_and_named(way: str, reason: str) -> None:
    bridge = BlockBridge(Failing(way), live=False)
    bridge.prepare(Format(RATE, 64))
    assert bridge.trouble == ""
    sound = sine(12_000)
    out = run(bridge, sound, 64)
    assert bridge.trouble == reason
    is_sine_without_a_click(out, sound, bridge.latency)
    np.testing.assert_array_equal(out[:, -2000:], delayed(sound, bridge.latency)[:, -2000:])
    assert bridge.late_blocks == 0
    bridge.reset()
    assert bridge.trouble == ""
    again = run(bridge, sound[:, :2048], 64)  # four blocks
    np.testing.assert_allclose(again, 0.25 * delayed(sound, bridge.latency)[:, :2048], atol=1e-7)


def test_what_is_not_a_number_before_it_does_not_reach_the_plugin() -> None:
    bridge = BlockBridge(Quieter(), live=False)
    bridge.prepare(Format(RATE, 64))
    sound = sine(6000)
    sound[0, 100], sound[1, 200] = np.nan, np.inf
    out = run(bridge, sound, 64)
    assert bridge.trouble == ""
    np.testing.assert_allclose(out, 0.25 * delayed(np.nan_to_num(sound, posinf=0.0), bridge.latency), atol=1e-7)
