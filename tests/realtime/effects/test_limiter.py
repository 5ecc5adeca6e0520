"""Nothing leaves the limiter above its ceiling; what is below leaves it unchanged, exactly as late as stated."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.contract import BLOCK_SIZES, SAMPLE_RATE, check_plugin, prepared, run
from realtime.effects.limiter import Limiter
from realtime.plugin import Format
from tests.realtime.effects.levels import level, square, swing
from tests.realtime.effects.sounds import largest_step, sine

SAMPLES = 12_000


def limiter(**values: float) -> Limiter:
    made = Limiter()
    for name, value in values.items():
        made.set(name, value)
    prepared(lambda: made, 512)
    return made


def harsh() -> dict[str, np.ndarray]:
    """Sounds far above the ceiling, (2, SAMPLES) each."""
    rng = np.random.default_rng(3)
    clicks = np.zeros((2, SAMPLES))
    clicks[rng.integers(0, 2, 200), rng.integers(0, SAMPLES, 200)] = rng.choice([-1.0, 1.0, 8.0], 200)
    bursts = rng.standard_normal((2, SAMPLES)) * 10 ** rng.uniform(-3, 1, SAMPLES)
    wave = square(1.0, SAMPLES)
    sounds = {"noise": rng.uniform(-1, 1, (2, SAMPLES)), "clicks": clicks, "bursts": bursts, "square": wave}
    return {name: sound.astype(np.float32) for name, sound in sounds.items()}


def test_it_keeps_the_contract() -> None:
    check_plugin(Limiter)


@pytest.mark.parametrize("ceiling_db, release_ms", [(-1.0, 100.0), (-0.1, 5.0), (-24.0, 5.0), (0.0, 1000.0)])
@pytest.mark.parametrize("name", harsh())
def test_no_sample_is_above_the_ceiling(name: str, ceiling_db: float, release_ms: float) -> None:
    """Not by the last bit, whatever the blocks; those of one sample the contract covers."""
    ceiling = np.float32(level(ceiling_db))
    for size in BLOCK_SIZES[1:]:
        out = run(limiter(ceiling_db=ceiling_db, release_ms=release_ms), harsh()[name], size)
        assert np.abs(out).max() <= ceiling
        assert np.abs(out).max() > 0.9 * ceiling  # and it is no more than held


@pytest.mark.parametrize("sample_rate", [8000, 63_500, 192_000])
def test_at_any_rate(sample_rate: int) -> None:
    """Also at one whose look-ahead, 127 samples, just fits into memory that is a power of two long."""
    plugin = Limiter()
    plugin.prepare(Format(sample_rate, 64))
    assert plugin.latency == round(0.002 * sample_rate)
    assert np.abs(run(plugin, harsh()["bursts"], 64)).max() <= np.float32(level(-1.0))


def test_below_the_ceiling_it_only_delays() -> None:
    plugin = limiter()
    sound = np.float32(0.8) * harsh()["noise"]
    out = run(plugin, sound, 64)
    np.testing.assert_array_equal(out[:, plugin.latency :], sound[:, : -plugin.latency])
    assert plugin.reduction_db == 0.0


def test_the_gain_is_smooth() -> None:
    """The look-ahead is 97 gains long in two averages of 49: no step above 1/49, no change of a step above 1/49**2."""
    plugin = limiter(ceiling_db=-20.0)
    sound = np.full((2, SAMPLES), 0.01, np.float32)
    sound[:, 6000] = 100.0
    gain = run(plugin, sound, 64)[0] / np.float32(0.01)
    gain = np.delete(gain, 6000 + plugin.latency)[plugin.latency :]
    assert gain.min() < 0.01
    assert np.abs(np.diff(gain)).max() <= 1 / 49
    # Twice that where the sample was taken out.
    assert np.abs(np.diff(gain, 2)).max() <= 2 / 49**2


def test_it_states_the_reduction_and_lets_go_in_its_time() -> None:
    plugin = limiter(ceiling_db=-12.0, release_ms=50.0)
    loud, quiet = square(1.0, 4800), square(0.1, 4800)
    run(plugin, loud, 64)
    assert plugin.reduction_db == pytest.approx(12.0, abs=1e-3)
    gain = run(plugin, np.concatenate([loud, quiet], axis=1), 64)[0, 4800 + plugin.latency :] / 0.1
    rises = np.flatnonzero(np.abs(gain) > 1 - (1 - level(-12)) * np.exp(-1))[0]
    # Half of the averages' 97 samples later than the release itself.
    assert (rises - 48) / SAMPLE_RATE * 1000 == pytest.approx(50.0, rel=0.02)


def test_it_never_loses_count() -> None:
    """After long loud sound the gain is 1 again to the last bit: sums of rounded numbers would have drifted."""
    plugin = limiter(release_ms=5.0)
    for _ in range(50):
        run(plugin, harsh()["bursts"], 8193)
    sound = square(0.5, 24_000)
    out = run(plugin, sound, 64)[:, plugin.latency :]
    np.testing.assert_array_equal(out[:, 12_000:], sound[:, 12_000 : -plugin.latency])
    assert plugin.reduction_db == 0.0


@pytest.mark.parametrize("name", ["ceiling_db", "release_ms"])
def test_every_parameter_moves_without_a_click(name: str) -> None:
    sound = sine(1000.0, 1.0, 0.9)
    out = swing(limiter(ceiling_db=-6.0), name, sound)
    assert np.abs(out[:, -4800:]).max() < 0.6
    assert largest_step(out) <= 1.01 * largest_step(sound)
