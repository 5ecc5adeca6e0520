"""The metrics give the known value for signals whose distance can be worked out by hand."""

from __future__ import annotations

import cmath
import math
import statistics

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.signal import hilbert

from models import scores
from models.metrics import (
    METRICS,
    delay_and_coherence,
    envelope_distance,
    ild_db,
    ild_error_db,
    itd_error_us,
    itd_us,
    side_accuracy,
    snr_db,
    stft_distance,
    wav_distance,
)

RATE = 16_000


def noise(seconds: float = 1.0, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 0.1


def placed(mono: NDArray[np.float64], delay_us: float = 0.0, level_db: float = 0.0) -> NDArray[np.float64]:
    """Left as it is; right later by a (fractional) delay and softer by a level."""
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(mono.size, 1 / RATE) * delay_us * 1e-6)
    return np.stack((mono, np.fft.irfft(np.fft.rfft(mono) * turn, mono.size) * 10 ** (-level_db / 20)))


@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_prediction(name: str) -> None:
    truth = placed(noise(), 300, 6)
    assert METRICS[name](truth, truth) == {"snr_db": math.inf, "side_accuracy": 1.0}.get(name, 0.0)


def test_stft_distance_is_the_mean_square_of_real_and_imaginary_parts_summed_over_channels() -> None:
    predicted, truth = np.stack((noise(seed=1), noise(seed=2))), np.stack((noise(seed=3), noise(seed=4)))
    error = predicted / np.abs(predicted).max() - truth / np.abs(truth).max()
    spectrum = torch.stft(
        torch.from_numpy(error), 512, 160, 400, torch.hann_window(400).double(), pad_mode="reflect", return_complex=True
    )
    parts = torch.view_as_real(spectrum).numpy()
    assert stft_distance(predicted, truth) == pytest.approx(sum((channel**2).mean() for channel in parts))


def plainly_normalised(signal: NDArray[np.float64]) -> list[list[float]]:
    """Both channels over the one largest magnitude of the two."""
    peak = max(abs(sample) for channel in signal for sample in channel)
    return [[sample / max(1e-20, peak) for sample in channel] for channel in signal]


def plain_spectrum(channel: list[float]) -> list[list[complex]]:
    """The Fourier sum, written out: frame by frame, bin by bin."""
    mirrored = channel[256:0:-1] + channel + channel[-2:-258:-1]
    window = [0.5 - 0.5 * math.cos(2 * math.pi * n / 400) for n in range(400)]
    turns = [cmath.exp(-2j * math.pi * n / 512) for n in range(512)]
    return [
        [
            sum(window[n] * mirrored[160 * frame + 56 + n] * turns[k * (n + 56) % 512] for n in range(400))
            for k in range(257)
        ]
        for frame in range(1 + len(channel) // 160)
    ]


def test_stft_distance_against_the_formula_written_out() -> None:
    # Unlike peaks, and the prediction's largest sample in the other channel: the order of the steps shows.
    one, two, three, four = (noise(0.0175, seed) for seed in range(4))
    predicted, truth = 3 * np.stack((one, 0.2 * two)), np.stack((three, four))
    expected = 0.0
    for given, true in zip(plainly_normalised(predicted), plainly_normalised(truth), strict=True):
        squares = [
            part**2
            for given_frame, true_frame in zip(plain_spectrum(given), plain_spectrum(true), strict=True)
            for a, b in zip(given_frame, true_frame, strict=True)
            for part in ((a - b).real, (a - b).imag)
        ]
        expected += sum(squares) / len(squares)
    assert stft_distance(predicted, truth) == pytest.approx(expected, rel=1e-9)


def test_envelope_distance_against_the_formula_written_out() -> None:
    predicted, truth = 3 * np.stack((noise(0.1, 1), 0.2 * noise(0.1, 2))), np.stack((noise(0.1, 3), noise(0.1, 4)))
    expected = 0.0
    for given, true in zip(plainly_normalised(predicted), plainly_normalised(truth), strict=True):
        analytic = zip(np.asarray(hilbert(given)), np.asarray(hilbert(true)), strict=True)
        errors = [abs(a) - abs(b) for a, b in analytic]
        expected += math.sqrt(sum(error**2 for error in errors) / len(errors))
    assert envelope_distance(predicted, truth) == pytest.approx(expected, rel=1e-9)


def test_an_odd_number_of_samples_has_the_envelope_of_its_analytic_signal() -> None:
    truth = np.stack((noise(0.0333, 1), noise(0.0333, 2)))
    assert truth.shape[1] % 2 == 1
    spectrum = np.fft.fft(truth / np.abs(truth).max())
    spectrum[:, 1 : (truth.shape[1] + 1) // 2] *= 2
    spectrum[:, (truth.shape[1] + 1) // 2 :] = 0
    envelopes = np.abs(np.fft.ifft(spectrum))
    flat = np.ones_like(truth)
    expected = np.sqrt(((envelopes - 1) ** 2).mean(axis=1)).sum()
    assert envelope_distance(flat, truth) == pytest.approx(expected, rel=1e-9)


def test_mean_deviation_and_standard_error_over_clips() -> None:
    numbers = noise(0.01).tolist()
    deviation = statistics.stdev(numbers)
    assert scores.statistics(numbers) == {
        "mean": pytest.approx(statistics.mean(numbers)),
        "std": pytest.approx(deviation),
        "sem": pytest.approx(deviation / math.sqrt(len(numbers))),
        "median": pytest.approx(statistics.median(numbers)),
    }


def test_envelope_distance_of_two_sines_is_the_difference_of_their_amplitudes() -> None:
    sine = np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)
    truth, predicted = np.stack((sine, 0.25 * sine)), np.stack((sine, 0.75 * sine))
    assert envelope_distance(predicted, truth) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("distance", [stft_distance, envelope_distance])
def test_the_papers_distances_ignore_the_gain(distance) -> None:
    truth, predicted = placed(noise(), 300, 6), placed(noise(), -100, 2)
    assert distance(3 * predicted, truth) == pytest.approx(distance(predicted, 0.1 * truth))


def test_wav_distance_is_a_thousand_times_the_mean_square() -> None:
    truth = np.zeros((2, 100))
    assert wav_distance(truth + 0.1, truth) == pytest.approx(10.0)


def test_snr_of_half_the_signal_is_6_db() -> None:
    truth = placed(noise())
    assert snr_db(truth / 2, truth) == pytest.approx(6.02, abs=0.01)
    assert math.isnan(snr_db(truth, np.zeros_like(truth)))


@pytest.mark.parametrize("delay_us", [-700.0, -62.5, -10.0, 0.0, 20.0, 333.0, 812.5])
def test_a_delay_is_read_between_the_samples(delay_us: float) -> None:
    # The grid is 7.8 us; the parabola leaves a tenth of it for white noise.
    assert itd_us(placed(noise(), delay_us)) == pytest.approx(delay_us, abs=1.0)


@pytest.mark.parametrize("level_db", [-20.0, -1.0, 0.0, 3.0, 40.0])
def test_a_level_difference_is_read(level_db: float) -> None:
    assert ild_db(placed(noise(), 0, level_db)) == pytest.approx(level_db, abs=0.01)


def test_unlike_ears_are_placed_by_their_levels() -> None:
    truth = np.stack((noise(seed=1), 0.1 * noise(seed=2)))
    assert delay_and_coherence(truth)[1] < 0.05
    assert side_accuracy(placed(noise(), 300), truth) == 1
    assert side_accuracy(np.stack((noise(), np.zeros(RATE))), truth) == 1


def test_mono_against_a_placed_sound_errs_by_its_place() -> None:
    mono = noise()
    truth, predicted = placed(mono, 400, 9), np.stack((mono, mono))
    assert itd_error_us(predicted, truth) == pytest.approx(400, abs=10)
    assert ild_error_db(predicted, truth) == pytest.approx(9, abs=0.5)
    assert side_accuracy(predicted, truth) == 0.5


def test_loud_segments_weigh_more() -> None:
    quiet, loud = placed(0.1 * noise(seed=1), 0, 10), placed(noise(seed=2))
    truth = np.concatenate((quiet, loud), axis=1)
    predicted = np.concatenate((quiet[::-1], loud), axis=1)
    # The quiet half, 20 dB wrong, has 1 % of the energy of the loud one's two channels, halved for its soft ear.
    assert ild_error_db(predicted, truth) == pytest.approx(20 * 0.0055, rel=0.1)


def test_sides() -> None:
    left, right = placed(noise(), 300), placed(noise(), -300)
    half = np.concatenate((left[:, : RATE // 2], right[:, : RATE // 2]), axis=1)
    assert side_accuracy(left, left) == 1
    assert side_accuracy(right, left) == 0
    assert side_accuracy(half, left) == pytest.approx(0.5, abs=0.05)
    assert side_accuracy(placed(noise(), 10, 0.1), left) == 0.5
    assert math.isnan(side_accuracy(left, placed(noise())))


@pytest.mark.parametrize("name", METRICS)
def test_silence_gives_no_warning_and_no_place(name: str) -> None:
    silence = np.zeros((2, 4000))
    value = METRICS[name](silence, silence)
    assert math.isnan(value) if name not in ("stft", "env", "wav") else value == 0


@pytest.mark.parametrize("length", [400, 1599, 1600, 1601, 2400])
def test_short_clips_have_all_metrics(length: int) -> None:
    truth = placed(noise(length / RATE), 300, 6)
    assert all(math.isfinite(metric(0.5 * truth, truth)) for metric in METRICS.values())
