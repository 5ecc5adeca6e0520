"""A designed filter does what its mask says: delay between the ears, level between the ears, nothing for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.filters import FilterDesign, default_pre_delay, default_taps, fast_length, top_level

RATES = (8_000, 16_000, 22_050, 44_100, 48_000, 96_000)
N_FFT = 512
MODEL_RATE = 16_000


def make(sample_rate: int) -> FilterDesign:
    return FilterDesign(sample_rate, MODEL_RATE, N_FFT, default_taps(sample_rate), default_pre_delay(sample_rate))


def head_mask(delay_s: float, right_gain: float) -> np.ndarray:
    """Difference over mono of a source that reaches the right ear later and softer."""
    frequency = np.arange(N_FFT // 2 + 1) * MODEL_RATE / N_FFT
    right = right_gain * np.exp(-2j * np.pi * frequency * delay_s)
    return ((1 - right) / (1 + right)).astype(np.complex64)


def band_noise(sample_rate: int, samples: int = 1 << 15) -> np.ndarray:
    """Noise between 200 Hz and 6 kHz (or 3/4 of half the rate), where the mask rules."""
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / sample_rate)
    spectrum[(frequency < 200) | (frequency > min(6000, 0.375 * sample_rate))] = 0
    return np.fft.irfft(spectrum, samples)


def ears(design: FilterDesign, mask: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    difference = np.convolve(x, design.design(mask))[: len(x)]
    mono = np.concatenate([np.zeros(design.pre_delay), x])[: len(x)]
    return mono + difference, mono - difference


def lag(late: np.ndarray, early: np.ndarray) -> int:
    """Samples by which one signal is later than the other: the peak of their cross-correlation."""
    size = 2 * len(late)
    correlation = np.fft.irfft(np.fft.rfft(late, size) * np.conj(np.fft.rfft(early, size)), size)
    peak = int(np.argmax(correlation))
    return peak - size if peak > size // 2 else peak


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("side", [1, -1])
def test_interaural_delay_and_level_survive(sample_rate: int, side: int) -> None:
    delay_s, right_gain = 0.0005, 0.5
    mask = side * head_mask(delay_s, right_gain)
    left, right = ears(make(sample_rate), mask.astype(np.complex64), band_noise(sample_rate))
    near, far = (left, right) if side > 0 else (right, left)
    assert abs(lag(far, near) - delay_s * sample_rate) <= 1
    level_db = 10 * np.log10(np.sum(far**2) / np.sum(near**2))
    assert abs(level_db - 20 * np.log10(right_gain)) < 0.5


@pytest.mark.parametrize("sample_rate", RATES)
def test_a_real_constant_mask_is_an_impulse_at_the_pre_delay(sample_rate: int) -> None:
    """Its level continues above the model's range, so the filter is flat: all energy sits in one tap."""
    design = make(sample_rate)
    taps = design.design(np.full(N_FFT // 2 + 1, 0.5, dtype=np.complex64))
    assert np.argmax(np.abs(taps)) == design.pre_delay
    assert abs(taps[design.pre_delay] - 0.5) < 1e-5
    assert np.max(np.abs(np.delete(taps, design.pre_delay))) < 1e-5


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("bins", [N_FFT // 2 + 1, N_FFT // 2])
def test_a_zero_mask_gives_exact_zeros(sample_rate: int, bins: int) -> None:
    taps = make(sample_rate).design(np.zeros(bins, dtype=np.complex64))
    assert taps.dtype == np.float32
    assert taps.shape == (default_taps(sample_rate),)
    assert not taps.any()


def test_the_top_octave_level_goes_on_above_the_models_range() -> None:
    design = make(48_000)
    response = design.response(np.full(N_FFT // 2 + 1, 1 / 3, dtype=np.complex64))
    assert response.shape == (design.fft_size // 2 + 1,)
    assert np.allclose(response, 1 / 3, atol=1e-6)


def test_the_level_of_the_top_octave_is_that_of_its_power() -> None:
    masks = np.ones((3, 256), np.complex64)
    masks[0, 128:], masks[1, 128:], masks[2, 128:] = 0, 0.5, -1
    np.testing.assert_allclose(top_level(masks), [0, 0.5, -1], atol=1e-5)
    # Left has the power of |1 + m|^2, right that of |1 - m|^2.
    masks[:, 128:192], masks[:, 192:] = 0.5j, 0.5
    left, right = np.sqrt((1.25 + 1.5**2) / 2), np.sqrt((1.25 + 0.5**2) / 2)
    np.testing.assert_allclose(top_level(masks), (left - right) / (left + right), atol=1e-6)


@pytest.mark.parametrize("bins", [N_FFT // 2 + 1, N_FFT // 2])
def test_a_filter_goes_on_with_that_level(bins: int) -> None:
    random = np.random.default_rng(0).uniform(-1, 1, (2, bins)).astype(np.float32)
    mask = (random[0] + 1j * random[1]).astype(np.complex64)
    assert make(48_000).response(mask)[-1] == pytest.approx(top_level(mask), abs=1e-6)


def test_at_a_multiple_of_the_models_rate_the_bins_coincide() -> None:
    mask = head_mask(0.0003, 0.7)
    design = make(48_000)
    kept = round(0.9 * N_FFT / 2)
    assert design.fft_size == 1536
    assert np.allclose(design.response(mask)[:kept], mask[:kept], atol=1e-6)


def test_one_ear_silent_is_finite() -> None:
    for value in (1.0, -1.0):
        taps = make(48_000).design(np.full(N_FFT // 2 + 1, value, dtype=np.complex64))
        assert np.all(np.isfinite(taps))
        assert abs(np.sum(taps) - value) < 1e-3


def test_designs_do_not_depend_on_what_was_designed_before() -> None:
    design, mask = make(44_100), head_mask(0.0004, 0.6)
    first = design.design(mask)
    design.design(np.ones(N_FFT // 2, dtype=np.complex64))
    assert np.array_equal(design.design(mask), first)


def test_fft_lengths_are_even_and_smooth() -> None:
    assert [fast_length(n) for n in (1, 7, 256, 1411, 1536)] == [2, 8, 256, 1440, 1536]


def test_a_pre_delay_outside_the_filter_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie within"):
        FilterDesign(48_000, MODEL_RATE, N_FFT, 64, 64)
