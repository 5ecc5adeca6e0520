"""Sound features: the same live and for a whole sound, whatever the level, and they say which band does what."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.hearing import BANDS, EDGES_HZ, FEATURES, FINE, FRAMES, Hearing, audible, heard, powers_of, running_levels
from realtime.stft import StreamingSTFT

RATE = 16_000


def frames_of(sound: NDArray[np.float32], sample_rate: int = RATE) -> NDArray[np.float32]:
    """Powers (frames, FINE) through the live transform."""
    stft = StreamingSTFT(sample_rate, RATE, 512, 160, 400)
    padded = np.pad(sound, (stft.half, stft.half))
    frames = [
        powers_of(stft.spectrum(padded[stft.centre(k) : stft.centre(k) + stft.length]))
        for k in range(stft.frames_until(len(sound)))
    ]
    return np.stack(frames)


def bursts(seconds: float = 2.0) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=round(seconds * RATE))
    gate = np.repeat(rng.random(round(seconds * 10)) < 0.4, RATE // 10)
    return (0.1 * noise * gate).astype(np.float32)


def test_live_and_at_once_are_equal() -> None:
    powers = frames_of(bursts())
    wanted, wanted_energies = heard(powers)
    hearing = Hearing()
    for slot, (features, energies) in enumerate(zip(wanted, wanted_energies, strict=True)):
        for frame in powers[slot * FRAMES : (slot + 1) * FRAMES]:
            hearing.add(frame)
        np.testing.assert_allclose(hearing.close(), features, atol=1e-5)
        np.testing.assert_allclose(hearing.energies, energies, rtol=1e-5)
    assert wanted.shape == (len(powers) // FRAMES, FEATURES)


def test_a_device_at_another_rate_hears_the_same() -> None:
    time_s = np.arange(48_000) / 48_000
    tone = (0.2 * np.sin(2 * np.pi * 700 * time_s) * np.sin(2 * np.pi * time_s) ** 2).astype(np.float32)
    fast, slow = heard(frames_of(tone, 48_000))[0], heard(frames_of(tone[::3]))[0]
    np.testing.assert_allclose(fast[:9], slow[:9], atol=0.15)


def test_the_level_of_the_whole_does_not_matter() -> None:
    powers = frames_of(bursts())
    np.testing.assert_allclose(heard(powers)[0], heard(1e4 * powers)[0], atol=1e-3)


@pytest.mark.parametrize("band", range(BANDS))
def test_each_band_hears_its_own(band: int) -> None:
    middle_hz = np.sqrt(EDGES_HZ[band] * EDGES_HZ[band + 1])
    tone = 0.2 * np.sin(2 * np.pi * middle_hz * np.arange(RATE) / RATE)
    tone[: RATE // 2] = 0
    features, energies = heard(frames_of(tone.astype(np.float32)))
    assert energies[6:].mean(axis=0).argmax() == band
    assert energies[7, band] > 0.95 * energies[7].sum()
    onsets = features[:, 2 * BANDS : 3 * BANDS]
    assert onsets[4:6].max(axis=0).argmax() == band
    assert onsets[7:, band].max() < 0.2 * onsets[4:6, band].max()


def test_a_slot_without_frames_is_silent_and_silence_has_no_onset() -> None:
    hearing = Hearing()
    first = hearing.close()
    assert np.isfinite(first).all()
    assert not hearing.energies.any()
    assert np.array_equal(first, hearing.close())
    assert not first[2 * BANDS :][: 2 * BANDS].any()


def test_the_running_level_follows_up_at_once_and_down_over_seconds() -> None:
    levels = running_levels(np.array([1.0, 100.0, *[0.0] * 80]))
    assert levels[1] == 100
    assert levels[-1] == pytest.approx(100 / np.e, rel=0.02)
    assert running_levels(np.array([0.0]), before=50.0)[0] == pytest.approx(50, rel=0.02)


def test_shares_compress() -> None:
    shares = audible(np.array([1.0, 0.01, 0.0, 0.0]))
    assert shares.sum() == pytest.approx(1)
    assert 3 < shares[0] / shares[1] < 5
    assert np.isfinite(audible(np.zeros(BANDS))).all()


def test_the_bands_parts_do_not_overlap_in_what_they_count() -> None:
    white = powers_of(np.ones(257, np.complex64))
    assert white.shape == (FINE,)
    edges = np.array(EDGES_HZ) / (RATE / 512)
    np.testing.assert_allclose(white.sum(), edges[-1] - edges[0], atol=1.5)
