"""The engine hands on every sample, counts what goes wrong, and swaps its chain while running."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from realtime.engine import Engine
from realtime.source import Source
from realtime.spatialiser import Spatialiser
from tests.offline import run_offline

RATE = 48_000
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
)


def noise(samples: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((channels, samples)).astype(np.float32)


def make_spatialiser() -> Spatialiser:
    return Spatialiser("filter", RATE, 128, taps=64, pre_delay=16)


@pytest.mark.parametrize("block_size", [1, 64, 65, 128, 129, 480, 8193])
def test_an_empty_chain_passes_the_sound(block_size: int) -> None:
    engine, x = Engine(RATE, 128), noise(9000)
    out = run_offline(engine, x, block_size)
    assert np.array_equal(out, np.repeat(x, 2, axis=0))
    assert engine.position == 9000
    assert engine.blocks == -(-9000 // block_size)
    assert engine.callback_counts.sum() == engine.blocks


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_input_is_the_mean_of_its_channels(channels: int) -> None:
    x = noise(500, channels)
    out = run_offline(Engine(RATE, 128), x, 128)
    assert np.allclose(out[0], x.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_output_channels(channels: int) -> None:
    """One gets the mean of left and right, two get them, others stay silent."""
    engine, x = Engine(RATE, 128), noise(300)
    out = np.full((300, channels), 9, dtype=np.float32)
    engine.process(np.ascontiguousarray(x.T), out)
    assert np.array_equal(out[:, : min(channels, 2)], np.repeat(x.T, min(channels, 2), axis=1))
    assert not out[:, 2:].any()


def test_taps_hold_what_went_in_and_out() -> None:
    engine, x, spatialiser = Engine(RATE, 128), noise(1000), make_spatialiser()
    engine.set_kernel(spatialiser)
    out = run_offline(engine, x, 100)
    assert engine.latency == 16
    heard, played = spatialiser.heard.read(0, 1000), engine.output.read(0, 1000)
    assert heard is not None
    assert played is not None
    assert np.array_equal(heard, x)
    assert np.array_equal(played, np.concatenate([x, out]))


def test_bad_samples_become_silence_and_are_counted() -> None:
    engine, x = Engine(RATE, 128), noise(512)
    x[0, [3, 200, 400]] = np.nan, np.inf, -np.inf
    out = run_offline(engine, x, 128)
    assert np.all(np.isfinite(out))
    assert not out[:, [3, 200, 400]].any()
    assert engine.bad_samples == 3


def test_bad_output_of_a_kernel_becomes_silence() -> None:
    engine, spatialiser = Engine(RATE, 128), make_spatialiser()
    engine.set_kernel(spatialiser)
    spatialiser.publish(np.full(64, np.inf, dtype=np.float32), 0)
    out = run_offline(engine, noise(512), 128)
    assert np.all(np.isfinite(out))
    assert engine.bad_samples > 0


def test_xruns_are_input_overflow_and_output_underflow() -> None:
    engine, out = Engine(RATE, 128), np.empty((64, 2), dtype=np.float32)
    for flags in (0, 1, 2, 4, 6, 8, 16):
        engine.process(None, out, flags)
    assert engine.xruns == 3
    assert engine.blocks == 7


def test_reset_counters_leaves_the_position() -> None:
    engine, out = Engine(RATE, 128), np.empty((64, 2), dtype=np.float32)
    engine.process(None, out, 2)
    engine.reset_counters()
    assert (engine.blocks, engine.xruns, engine.callback_counts.sum(), engine.position) == (0, 0, 0, 64)
    engine.process(None, out, 2)
    assert (engine.blocks, engine.xruns, engine.callback_counts.sum()) == (1, 1, 1)


def test_a_source_is_played_then_starves_then_has_ended() -> None:
    source, x = Source(1, 1000, 48), noise(300)
    engine = Engine(RATE, 128, source=source)
    source.ring.write(x)
    out = np.empty((200, 2), dtype=np.float32)
    engine.process(noise(200).T.copy(), out)
    assert np.array_equal(out[:, 0], x[0, :200])
    assert source.ring.free() == 900
    engine.process(None, out)
    assert np.array_equal(out[:100, 0], x[0, 200:])
    assert not out[100:].any()
    assert engine.starved_blocks == 2  # cut into parts of 128 and 72 samples, both short
    source.end()
    engine.process(None, out)
    assert engine.starved_blocks == 2


def test_the_c_callback_does_what_process_does() -> None:
    x = noise(480, 2)
    engine, twin = Engine(RATE, 128), Engine(RATE, 128)
    for one in (engine, twin):
        one.set_kernel(make_spatialiser())
    out, sound = np.empty((480, 2), dtype=np.float32), np.ascontiguousarray(x.T)
    caller = engine.caller(2, 2)
    caller.admit()
    function = CALLBACK(caller.callback_address)
    assert function(sound.ctypes.data, out.ctypes.data, 480, None, 4, caller.address) == 0
    assert np.array_equal(out.T, run_offline(twin, x, 480))
    assert engine.xruns == 1
    assert function(None, out.ctypes.data, 480, None, 0, caller.address) == 0


@pytest.mark.parametrize(
    ("block", "out"),
    [
        (np.zeros((4, 1)), np.zeros((4, 2), dtype=np.float32)),
        (np.zeros((4, 1), dtype=np.float32), np.zeros((5, 2), dtype=np.float32)),
        (np.zeros((1, 4), dtype=np.float32).T[::2], np.zeros((2, 4), dtype=np.float32).T[::2]),
    ],
)
def test_wrong_arrays_are_refused(block: np.ndarray, out: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"blocks must be|both must be"):
        Engine(RATE, 128).process(block, out)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="is empty"):
        Engine(RATE, 0)
    with pytest.raises(ValueError, match="not 2"):
        Source(2, 100, 10)


@pytest.mark.parametrize("channels", [0, 1, 2, 3])
@pytest.mark.parametrize("block_size", [1, 65, 128, 300])
def test_the_engine_hands_on_both_ears_as_they_come(channels: int, block_size: int) -> None:
    engine = Engine(48_000, 128)
    first = np.zeros((200, 2), np.float32)
    engine.process(None, first)
    tap = engine.tap_input()
    sound = np.random.default_rng(0).uniform(-1, 1, (channels, 3000)).astype(np.float32)
    if channels:
        run_offline(engine, sound, block_size)
    else:
        engine.process(None, np.zeros((3000, 2), np.float32))
    ears = tap.read(200, 3000)
    assert ears is not None
    assert np.array_equal(ears[:channels], sound[:2])
    assert not ears[channels:].any()
    assert tap.written == engine.position
    assert engine.input_channels == channels
