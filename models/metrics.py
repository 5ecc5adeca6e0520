"""Distances between a predicted and a true binaural signal: the paper's, later papers', and what the ears would say.

Every function takes `predicted` and `truth` as (2, N) arrays, left and right, at 16 kHz and of equal length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.signal import hilbert

from realtime.spectra import SAMPLE_RATE, stft

SEGMENT = 1600
"""Samples (100 ms) over which one delay or level difference is read."""
LARGEST_DELAY_S = 1e-3
"""A head's interaural delay stays under 0.8 ms."""
OVERSAMPLING = 8
TRADING_US_PER_DB = 40.0
"""How much delay a listener takes for one decibel (time-intensity trading; 20 to 60 in Blauert, "Spatial Hearing")."""
CENTRE_US = 100.0
"""Inside this, about 10 degrees, a sound counts as straight ahead."""
NOTICEABLE_US = 20.0
"""A listener hears no side in less (10 to 20 us are just noticeable); a mask of 0.001 must earn nothing."""
SILENCE = 1e-10
"""Mean square under which a segment has no place."""

Signal = NDArray[np.floating]
Metric = Callable[[Signal, Signal], float]


def peak_normalised(signal: Signal) -> NDArray[np.float64]:
    """Scale so that the largest magnitude over both channels is 1, as the authors do before STFT and ENV."""
    return signal / np.maximum(1e-20, np.max(np.abs(signal), initial=0.0))


def stft_distance(predicted: Signal, truth: Signal) -> float:
    """Mean square error of the complex spectrogram, summed over the two channels (paper, section 5, "STFT Distance").

    Prediction and truth are peak-normalised separately. The authors take the mean over real and imaginary parts and no
    root, though the paper speaks of a Euclidean distance; this follows their code and hence the published figures.
    """
    error = stft(peak_normalised(predicted), "reflect") - stft(peak_normalised(truth), "reflect")
    return float((error.real**2 + error.imag**2).mean(axis=(-2, -1)).sum() / 2)


def envelope_distance(predicted: Signal, truth: Signal) -> float:
    """RMS error of the Hilbert envelopes, summed over the two channels (paper, section 5, "Envelope Distance").

    Prediction and truth are peak-normalised separately.
    """
    error = envelope(peak_normalised(predicted)) - envelope(peak_normalised(truth))
    return float(np.sqrt((error**2).mean(axis=-1)).sum())


def envelope(signal: Signal) -> NDArray[np.float64]:
    """Magnitude of the analytic signal, (2, N)."""
    return np.abs(hilbert(signal, axis=-1))


def wav_distance(predicted: Signal, truth: Signal) -> float:
    """Mean square error of the samples x 1000, as later papers report it. Nothing is scaled."""
    return float(((predicted - truth) ** 2).mean() * 1000)


def snr_db(predicted: Signal, truth: Signal) -> float:
    """Energy of the truth over energy of the error, dB; infinite for a perfect prediction."""
    error = float(((predicted - truth) ** 2).sum())
    energy = float((truth**2).sum())
    if energy == 0:
        return math.nan
    return 10 * math.log10(energy / error) if error > 0 else math.inf


def itd_us(segment: Signal) -> float:
    """Interaural time difference of a (2, N) segment, microseconds; positive when the left ear hears it first.

    The peak of the cross-correlation within +-1 ms, on an eight times finer grid than the samples' and between its
    points by a parabola; 0 when an ear hears nothing.
    """
    return delay_and_coherence(segment)[0]


def delay_and_coherence(segment: Signal) -> tuple[float, float]:
    """Interaural time difference as `itd_us`, and how alike the ears are after it: the normalised correlation, 0..1."""
    left, right = segment
    loudness = math.sqrt(float((left**2).sum()) * float((right**2).sum()))
    if loudness == 0:
        return 0.0, 0.0
    size = 2 * segment.shape[-1]
    cross = np.fft.rfft(right, size) * np.conj(np.fft.rfft(left, size))
    correlation = np.fft.irfft(cross, size * OVERSAMPLING) * OVERSAMPLING
    reach = round(LARGEST_DELAY_S * SAMPLE_RATE * OVERSAMPLING)
    near = np.concatenate((correlation[-reach:], correlation[: reach + 1]))
    peak = int(near.argmax())
    shift = 0.0
    if 0 < peak < len(near) - 1:
        before, here, after = near[peak - 1 : peak + 2]
        curvature = before - 2 * here + after
        shift = float(0.5 * (before - after) / curvature) if curvature < 0 else 0.0
    delay_us = (peak - reach + shift) / (SAMPLE_RATE * OVERSAMPLING) * 1e6
    return delay_us, float(np.clip(near[peak] / loudness, 0, 1))


def ild_db(segment: Signal) -> float:
    """Interaural level difference of a (2, N) segment, dB; positive when the left ear hears it louder; within +-60."""
    left, right = (segment**2).mean(axis=-1) + SILENCE * 1e-3
    return float(np.clip(10 * np.log10(left / right), -60, 60))


def laterality_us(segment: Signal) -> float:
    """How far to the left a (2, N) segment sounds, microseconds: delay plus level difference traded for delay.

    The delay counts as far as the ears are alike; between unlike ears it is chance.
    """
    delay_us, coherence = delay_and_coherence(segment)
    return coherence * delay_us + TRADING_US_PER_DB * ild_db(segment)


def itd_error_us(predicted: Signal, truth: Signal) -> float:
    """Mean absolute error of the interaural time difference over segments of 100 ms, weighted by true energy."""
    return weighted(predicted, truth, lambda given, true: abs(itd_us(given) - itd_us(true)))


def ild_error_db(predicted: Signal, truth: Signal) -> float:
    """Mean absolute error of the interaural level difference over segments of 100 ms, weighted by true energy."""
    return weighted(predicted, truth, lambda given, true: abs(ild_db(given) - ild_db(true)))


def side_accuracy(predicted: Signal, truth: Signal) -> float:
    """Share of the truth's energy, 0..1, that the prediction puts on the true side.

    Counts segments of 100 ms in which the truth is clearly left or right; a prediction in the middle earns the half
    that a coin would. NaN when the truth is never lateral. Meant for one source at a time.
    """

    def agrees(given: Signal, true: Signal) -> float:
        where = laterality_us(true)
        if abs(where) < CENTRE_US:
            return math.nan
        heard = laterality_us(given)
        if abs(heard) < NOTICEABLE_US:
            return 0.5
        return float((heard > 0) == (where > 0))

    return weighted(predicted, truth, agrees)


def segments(predicted: Signal, truth: Signal) -> Iterator[tuple[Signal, Signal, float]]:
    """Cut both signals into 100 ms pieces, without a last one under 50 ms, and give the true energy of each."""
    length = truth.shape[-1]
    for start in range(0, length, SEGMENT):
        stop = min(start + SEGMENT, length)
        if start > 0 and stop - start < SEGMENT // 2:
            return
        piece = truth[:, start:stop]
        yield predicted[:, start:stop], piece, float((piece**2).sum())


def weighted(predicted: Signal, truth: Signal, measure: Metric) -> float:
    """Energy-weighted mean of a measure over the segments that sound and where it is not NaN; NaN without any."""
    total = weight = 0.0
    for given, true, energy in segments(predicted, truth):
        if energy <= SILENCE * true.size:
            continue
        value = measure(given, true)
        if not math.isnan(value):
            total += energy * value
            weight += energy
    return total / weight if weight else math.nan


METRICS: dict[str, Metric] = {
    "stft": stft_distance,
    "env": envelope_distance,
    "wav": wav_distance,
    "snr_db": snr_db,
    "itd_error_us": itd_error_us,
    "ild_error_db": ild_error_db,
    "side_accuracy": side_accuracy,
}
"""Every figure of an evaluation, under its name in the JSON."""
