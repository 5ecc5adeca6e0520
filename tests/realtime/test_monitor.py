"""What goes to the device changes without a click and keeps place and loudness; what is recorded stays as it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from realtime.engine import Engine
from realtime.loudness import loudness
from realtime.monitor import GAIN_S, Monitor, weighting
from realtime.playback import LISTENING, Listening
from realtime.source import Source
from realtime.spatialiser import Spatialiser
from tests.offline import run_offline

RATE = 48_000
BLOCK = 128
LATENCY = 48
FADE = 480


def engine_of(
    recorded: NDArray[np.float32] | None, taps: NDArray[np.float32] | None, mono: NDArray[np.float32] | None = None
) -> Engine:
    """With a filter of the network's kind, and a source of mono, left and right if there is something recorded."""
    source = None
    if recorded is not None:
        source = Source(3, recorded.shape[1], FADE)
        source.ring.write(np.concatenate((recorded.mean(0, keepdims=True) if mono is None else mono, recorded)))
        source.end()
    engine = Engine(RATE, BLOCK, source=source)
    spatialiser = Spatialiser("filter", RATE, BLOCK, taps=64, pre_delay=LATENCY)
    engine.set_kernel(spatialiser)
    if taps is not None:
        spatialiser.publish(taps, 0)
    return engine


def run(engine: Engine, samples: int, block: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """What goes to the device, (2, samples)."""
    return run_offline(engine, np.zeros((1, samples), np.float32) if block is None else block, BLOCK)


def noise(samples: int, channels: int = 2, seed: int = 0) -> NDArray[np.float32]:
    """Speech-like: most of it low."""
    white = np.random.default_rng(seed).standard_normal((channels, samples))
    return np.asarray(0.05 * soxr.resample(white[:, : samples // 6 + 1].T, 8_000, RATE).T[:, :samples], np.float32)


def one_sided(weight: float = 0.9) -> NDArray[np.float32]:
    """A filter by which the left gets 1 + weight of the sound, and the right 1 - weight."""
    taps = np.zeros(64, np.float32)
    taps[LATENCY] = weight
    return taps


@pytest.mark.parametrize("what", ["mono", "recorded"])
def test_a_change_has_no_click(what: Listening) -> None:
    time_s = np.arange(4 * RATE) / RATE
    recorded = np.stack([0.3 * np.sin(2 * np.pi * 300 * time_s), -0.2 * np.cos(2 * np.pi * 300 * time_s)])
    engine = engine_of(recorded.astype(np.float32), one_sided())
    parts = [run(engine, RATE)]
    for choice in (what, "binaural", what, what):
        engine.monitor.listen_to(choice)
        parts.append(run(engine, 25_600))
    out = np.concatenate(parts, axis=1)[:, LATENCY + 1 :]
    # No sound here goes beyond 0.6, nor steeper than its tone; a crossfade adds 1.5 / FADE of the difference.
    steepest = 0.6 * 2 * np.pi * 300 / RATE
    jump = float(np.abs(np.diff(out)).max())
    assert jump < steepest + 1.2 * 1.5 / FADE
    assert engine.monitor.listening == what


def test_changes_that_follow_closely_do_not_click() -> None:
    engine = engine_of(None, one_sided())
    tone = (0.5 * np.sin(2 * np.pi * 300 * np.arange(2 * RATE) / RATE)).astype(np.float32)[None]
    parts = [run(engine, 0, tone[:, :RATE])]
    for number in range(20):
        engine.monitor.listen_to(LISTENING[(number + 1) % 2])
        parts.append(run(engine, 0, tone[:, RATE + 256 * number : RATE + 256 * (number + 1)]))
    out = np.concatenate(parts, axis=1)[:, LATENCY + 1 :]
    assert np.abs(np.diff(out)).max() < 2 * np.pi * 300 / RATE + 1.5 / FADE


@pytest.mark.parametrize("what", ["mono", "recorded"])
def test_every_choice_is_at_the_same_position(what: Listening) -> None:
    engine = engine_of(noise(3 * RATE), np.zeros(64, np.float32))
    engine.monitor.listen_to(what)
    out = run(engine, 3 * RATE)
    tap = engine.output.read(0, 3 * RATE)
    assert tap is not None
    delays = range(-100, 101)
    middle = slice(RATE, 2 * RATE)
    binaural = tap[1:].mean(0)
    peak = max(delays, key=lambda late: float(np.dot(out.mean(0)[middle], np.roll(binaural, late)[middle])))
    assert peak == 0


@pytest.mark.parametrize(
    ("what", "weight", "level"),
    [("mono", 0.0, 1.0), ("mono", 2.5, 1.0), ("recorded", 0.9, 0.35), ("recorded", 0.9, 3.0)],
)
def test_every_choice_is_as_loud_as_the_binaural_sound(what: Listening, weight: float, level: float) -> None:
    """By the library's loudness, whatever the filter, and the level and balance of the recording."""
    sound = noise(8 * RATE)
    recorded = sound * np.array([[level], [0.3 * level]], np.float32)
    engine = engine_of(recorded, one_sided(weight), sound.mean(0, keepdims=True))
    engine.monitor.listen_to(what)
    out, tap = run(engine, 8 * RATE), engine.output.read(0, 8 * RATE)
    assert tap is not None
    last = slice(4 * RATE, 8 * RATE)
    binaural_lufs = loudness(tap[1:, last], RATE).integrated_lufs
    assert abs(loudness(out[:, last], RATE).integrated_lufs - binaural_lufs) < 1.0
    assert abs(engine.monitor.gain_db(what)) > 1.0 or weight == 0.0


@pytest.mark.parametrize(("level", "limit_db"), [(0.02, 12.0), (20.0, -12.0)])
def test_gains_are_limited(level: float, limit_db: float) -> None:
    """Left and right that are far softer, or far louder, than the mono sound that was beside them."""
    source = Source(3, 4 * RATE, FADE)
    sound = noise(4 * RATE)
    source.ring.write(np.concatenate((sound[:1], np.float32(level) * sound)))
    engine = Engine(RATE, BLOCK, source=source)
    run(engine, 4 * RATE)
    # The last of the way to the limit takes the time constant of the gain.
    assert engine.monitor.gain_db("recorded") == pytest.approx(limit_db, abs=12 * math.exp(-3.5 / GAIN_S) + 1e-3)


def test_silence_leaves_the_gains() -> None:
    engine = engine_of(None, one_sided())
    run(engine, 0, noise(4 * RATE, 1))
    before = engine.monitor.gain_db("mono")
    run(engine, 20 * RATE)
    assert engine.monitor.gain_db("mono") == pytest.approx(before, abs=0.1)
    assert before == pytest.approx(10 * math.log10(1 + 0.9**2), abs=0.1)


def test_what_is_recorded_and_the_default_are_the_chain_s() -> None:
    sound = noise(RATE)
    plain, listening = engine_of(sound, one_sided()), engine_of(sound, one_sided())
    listening.monitor.listen_to("recorded")
    out, other = run(plain, RATE), run(listening, RATE)
    tap, other_tap = plain.output.read(0, RATE), listening.output.read(0, RATE)
    assert tap is not None
    assert other_tap is not None
    assert np.array_equal(out, tap[1:])
    assert np.array_equal(tap, other_tap)
    assert not np.array_equal(out, other)


def test_the_delay_follows_the_chain_s() -> None:
    """From 48 samples to 480 while mono is heard; without a click, and then in place."""
    engine = engine_of(None, None)
    sound = noise(4 * RATE, 1)
    engine.monitor.listen_to("mono")
    first = run(engine, 0, sound[:, : 2 * RATE])
    engine.monitor.follow(480)
    out = np.concatenate((first, run(engine, 0, sound[:, 2 * RATE :])), axis=1)[0]
    # The gain is not quite 1 while mono is weighed against a chain that is 432 samples ahead of it.
    assert np.allclose(out[RATE : 2 * RATE], sound[0, RATE - 48 : 2 * RATE - 48], rtol=0.02, atol=1e-6)
    assert np.allclose(out[-RATE // 2 :], sound[0, -RATE // 2 - 480 : -480], rtol=0.02, atol=1e-6)
    assert np.abs(np.diff(out)).max() < 1.1 * np.abs(np.diff(sound[0])).max()


@pytest.mark.parametrize("block_size", [1, 64, 65, 480, 512, 8193])
def test_results_do_not_depend_on_the_block_size(block_size: int) -> None:
    sound = noise(20_000, 1)
    outs = []
    for size in (128, block_size):
        engine = engine_of(None, one_sided())
        engine.monitor.listen_to("mono")
        outs.append(run_offline(engine, sound, size))
    assert np.array_equal(*outs)


def test_what_is_not_finite_does_not_stay() -> None:
    engine = engine_of(None, one_sided())
    bad = noise(RATE, 1)
    bad[0, 1000], bad[0, 2000] = np.nan, 3e38
    engine.monitor.listen_to("mono")
    run(engine, 0, bad)
    out = run(engine, 0, noise(4 * RATE, 1))
    assert np.all(np.isfinite(out))
    assert math.isfinite(engine.monitor.gain_db("mono"))


@pytest.mark.parametrize("sample_rate", [16_000, 44_100, 48_000, 96_000])
def test_the_weighting_is_that_of_bs_1770(sample_rate: int) -> None:
    """Against the library's, and its two fixed points: 0 dB at 997 Hz less .691, and the cut-off at 38 Hz."""
    from pyloudnorm import IIRfilter

    shelf = IIRfilter(3.999843853973347, 0.7071752369554196, 1681.974450955533, sample_rate, "high_shelf_DeMan")
    cut = IIRfilter(0.0, 0.5003270373238773, 38.13547087602444, sample_rate, "high_pass_DeMan")
    b, a = shelf.generate_coefficients()
    c, d = cut.generate_coefficients()
    assert np.allclose(weighting(sample_rate), [*b, *a[1:], *c, *d[1:]], atol=1e-9)


def test_what_there_is_to_listen_to() -> None:
    assert Monitor(RATE, BLOCK, 1).choices == ("binaural", "mono")
    assert Monitor(RATE, BLOCK, 3).choices == LISTENING
