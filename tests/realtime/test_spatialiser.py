"""The spatialiser delays by what it states, changes filters without a click, and is the same for every block size."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.engine import Engine
from realtime.spatial_kernel import OVERLAP_RAMP
from realtime.spatialiser import Spatialiser
from tests.offline import run_offline

RATE = 48_000
BLOCK_SIZES = (1, 64, 65, 480, 512)
TAPS = 512
PRE_DELAY = 48


def make(mode: str = "filter", delay: int = 0, max_block: int = 512, **options) -> Spatialiser:
    return Spatialiser(mode, RATE, max_block, taps=TAPS, pre_delay=PRE_DELAY, delay=delay, **options)


def noise(samples: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((channels, samples)).astype(np.float32)


def random_filter(seed: int) -> np.ndarray:
    return (0.05 * np.random.default_rng(seed).standard_normal(TAPS)).astype(np.float32)


def run(spatialiser: Spatialiser, x: np.ndarray, block_size: int, publish: dict[int, np.ndarray] | None = None):
    """Left and right (2, samples); `publish` gives filters by position, and blocks are cut there."""
    engine = Engine(RATE, spatialiser.block_size)
    engine.set_kernel(spatialiser)
    parts, position = [], 0
    for cut in [*sorted(publish or {}), x.shape[1]]:
        if cut > position:
            parts.append(run_offline(engine, x[:, position:cut], block_size))
            position = cut
        if publish and cut in publish:
            spatialiser.publish(publish[cut], cut, cut)
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("block_size", BLOCK_SIZES)
@pytest.mark.parametrize("delay", [0, 1000])
def test_without_a_filter_both_sides_are_the_delayed_input(block_size: int, delay: int) -> None:
    spatialiser, x = make(delay=delay), noise(3000)
    out = run(spatialiser, x, block_size)
    assert spatialiser.latency == delay + PRE_DELAY
    assert not out[:, : spatialiser.latency].any()
    for side in out:
        assert np.array_equal(side[spatialiser.latency :], x[0, : -spatialiser.latency])


@pytest.mark.parametrize("delay", [0, 700])
def test_an_impulse_comes_out_at_the_stated_latency(delay: int) -> None:
    """The filter with one tap at its pre-delay is a real mask: left and right peak together, at the latency."""
    spatialiser, x = make(delay=delay), np.zeros((1, 4000), dtype=np.float32)
    x[0, 1000] = 1.0
    taps = np.zeros(TAPS, dtype=np.float32)
    taps[PRE_DELAY] = 0.5
    left, right = run(spatialiser, x, 128, {0: taps})
    assert np.flatnonzero(left).tolist() == np.flatnonzero(right).tolist() == [1000 + spatialiser.latency]
    assert left[1000 + spatialiser.latency] == 1.5
    assert right[1000 + spatialiser.latency] == 0.5


def test_a_settled_filter_is_a_convolution() -> None:
    """Tolerance: 512 products of about 0.05 in float32."""
    x, taps = noise(4000), random_filter(1)
    left, right = run(make(), x, 64, {0: taps})
    reference = np.convolve(x[0].astype(float), taps)[:4000]
    assert np.max(np.abs((left - right)[600:] / 2 - reference[600:])) < 2e-5
    assert np.max(np.abs((left + right)[PRE_DELAY:] / 2 - x[0, :-PRE_DELAY])) < 1e-6


@pytest.mark.parametrize("block_size", BLOCK_SIZES)
def test_block_size_does_not_change_the_sound(block_size: int) -> None:
    """Filters arrive mid-fade too; sums are taken in the same order whatever the block, so this is exact."""
    publish = {position: random_filter(position) for position in (0, 700, 900, 905, 2000)}
    x = noise(4000, seed=3)
    assert np.array_equal(run(make(), x, block_size, publish), run(make(), x, 333, publish))


@pytest.mark.parametrize("interval", [64, 300, 480, 1000])
def test_a_change_of_filter_does_not_click(interval: int) -> None:
    """On a 1 kHz sine no step from sample to sample exceeds the loudest settled sine's own by more than 1 %."""
    time = np.arange(24_000) / RATE
    x = np.sin(2 * np.pi * 1000 * time).astype(np.float32)[None]
    taps = np.zeros((2, TAPS), dtype=np.float32)
    taps[:, PRE_DELAY] = 0.8, -0.8
    publish = {position: taps[i % 2] for i, position in enumerate(range(4800, 19_200, interval))}
    out = run(make(), x, 64, publish)
    own_step = 1.8 * 2 * np.sin(np.pi * 1000 / RATE)
    assert np.max(np.abs(np.diff(out[:, PRE_DELAY + 1 :], axis=1))) < 1.01 * own_step


def test_overlap_uses_the_difference_as_given() -> None:
    spatialiser, x, d = make("overlap", delay=1000), noise(8000), noise(8000, seed=1)
    assert spatialiser.difference is not None
    spatialiser.difference.write(d)
    left, right = run(spatialiser, x, 128)
    latency = spatialiser.latency
    settled = slice(latency + 512, 7000)
    source = slice(512, 7000 - latency)
    assert np.array_equal(left[settled], x[0, source] + d[0, source])
    assert np.array_equal(right[settled], x[0, source] - d[0, source])
    assert spatialiser.late_blocks == 0


@pytest.mark.parametrize("block_size", [1, 64, 480])
@pytest.mark.parametrize("restart", [False, True])
def test_a_dry_difference_falls_back_without_a_click(block_size: int, restart: bool) -> None:
    """The supply comes in hops, stops, and goes on; the filter is silent, so a cut would be a jump of up to 0.8."""
    spatialiser = make("overlap", delay=1500)
    ring = spatialiser.difference
    assert ring is not None
    engine = Engine(RATE, 512)
    engine.set_kernel(spatialiser)
    samples, hop, gap = 48_000, 480, (15_000, 25_000)
    sine = (0.8 * np.sin(2 * np.pi * 200 * np.arange(samples) / RATE)).astype(np.float32)

    def supply(position: int, n: int) -> None:
        while ring.written + hop <= position:
            if restart and gap[0] <= position < gap[1]:
                return
            if restart and ring.written < gap[1] <= position:
                ring.skip_to(gap[1] - gap[1] % hop)
            if not restart and gap[0] <= position < gap[1]:
                return
            ring.write(sine[None, ring.written : ring.written + hop])

    out = run_offline(engine, np.zeros((1, samples), dtype=np.float32), block_size, supply)
    own_step = 0.8 * 2 * np.pi * 200 / RATE
    ramp_step = 0.8 / OVERLAP_RAMP
    assert np.max(np.abs(np.diff(out[0]))) < 1.01 * (own_step + ramp_step)
    quiet = slice(gap[0] + 2000, gap[1] - 200)
    assert not out[:, quiet].any()
    loud = slice(gap[1] + 3000, samples)
    assert np.array_equal(out[0, loud], sine[gap[1] + 3000 - spatialiser.latency : samples - spatialiser.latency])
    assert spatialiser.late_blocks > 0


def test_late_blocks_count_only_once_the_difference_had_come() -> None:
    spatialiser = make("overlap", delay=1000)
    run(spatialiser, noise(4000), 128)
    assert spatialiser.late_blocks == 0


def test_ages_are_counted_per_block() -> None:
    """A filter published at 0 with an image 480 samples older, blocks of 480: ages 10, 20, 30 ms and 20, 30, 40 ms."""
    spatialiser = make()
    engine = Engine(RATE, 512)
    engine.set_kernel(spatialiser)
    spatialiser.reset(480)
    spatialiser.publish(random_filter(0), 480, 0)
    run_offline(engine, noise(3 * 480), 480)
    assert np.flatnonzero(spatialiser.mask_age_counts).tolist() == [10, 20, 30]
    assert np.flatnonzero(spatialiser.image_age_counts).tolist() == [20, 30, 40]
    spatialiser.reset_counters()
    assert not spatialiser.mask_age_counts.any()


def test_no_filter_has_no_age() -> None:
    spatialiser = make()
    run(spatialiser, noise(960), 480)
    assert not spatialiser.mask_age_counts.any()
    assert not spatialiser.image_age_counts.any()


def test_reset_restores() -> None:
    spatialiser, x, publish = make(), noise(2000), {0: random_filter(1), 900: random_filter(2)}
    first = run(spatialiser, x, 64, publish)
    spatialiser.reset()
    assert np.array_equal(run(spatialiser, x, 64, publish), first)


def test_a_decaying_tail_ends_in_exact_zeros() -> None:
    """Denormal numbers are slow: neither input nor output may hold any."""
    x = (np.exp(-np.arange(60_000) / 500) * np.ones((1, 60_000))).astype(np.float32)
    out = run(make(), x, 512, {0: random_filter(1)})
    tiny = np.abs(out[out != 0]).min()
    assert tiny > np.finfo(np.float32).tiny
    assert not out[:, -10_000:].any()


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="accepted: filter, overlap"):
        make("window")
