"""Ambience: noise around the listener, the colour of microphones, and levels that change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PERIOD_S = 6.0
_KINDS = 8
_EARS_APART_M = 0.17
_SOUND_SPEED_M_S = 343.0
_KNOTS = 8
_LIMIT_DB = 10.0
_EQUALISER_S = 0.004


class Ambience:
    """Diffuse noises of several colours, each made when first asked for.

    Parameters
    ----------
    sample_rate
        Hz.
    seed
        Draws them.
    """

    def __init__(self, sample_rate: int, seed: int) -> None:
        self._sample_rate = sample_rate
        self._seed = seed
        self._noises: dict[int, NDArray[np.float32]] = {}

    def noise(self, samples: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Cut noise at both ears, shape (2, samples), with a root mean square of 1."""
        kind = int(rng.integers(_KINDS))
        if kind not in self._noises:
            self._noises[kind] = self._make(np.random.default_rng([self._seed, kind]))
        noise = self._noises[kind]
        start = int(rng.integers(noise.shape[1]))
        return np.take(noise, np.arange(start, start + samples), axis=1, mode="wrap")

    def _make(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Noise that falls by 0 to 8 dB an octave, with a mains hum in a third; its end runs on into its beginning."""
        samples = round(_PERIOD_S * self._sample_rate)
        noise = diffuse(samples, self._sample_rate, rng, slope_db=float(rng.uniform(0, 8)))
        if rng.random() < 1 / 3:
            mains_hz = float(rng.choice((50, 60)))
            times = np.arange(samples) / self._sample_rate
            for overtone in range(1, 9):
                phase, level = float(rng.uniform(0, 6.3)), float(rng.uniform(0, 0.8)) / overtone
                noise += level * np.sin(2 * np.pi * mains_hz * overtone * times + phase)
            noise /= noise.std()
        return noise.astype(np.float32)


def diffuse(samples: int, sample_rate: int, rng: np.random.Generator, *, slope_db: float = 0.0) -> NDArray[np.float64]:
    """Draw noise from all sides at both ears, shape (2, samples), falling by `slope_db` an octave; its deviation is 1.

    The ears hear the same below some hundred hertz and different things above: their coherence is sin(x) / x with
    x = 2 pi f d / c (Cook et al., Journal of the Acoustical Society of America 27, 1955).
    """
    frequencies = np.fft.rfftfreq(samples, 1 / sample_rate)
    colour = np.maximum(frequencies, 40.0) ** (-slope_db / 6.02) * (frequencies > 20)
    parts = rng.normal(0, 1, (2, 2, len(frequencies)))
    first, second = parts[0] + 1j * parts[1]
    shared = np.sinc(2 * frequencies * _EARS_APART_M / _SOUND_SPEED_M_S)
    other = shared * first + np.sqrt(1 - shared**2) * second
    noise = np.fft.irfft(np.stack([first, other]) * colour, samples)
    return noise / noise.std()


def equaliser(sample_rate: int, deviation_db: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw a smooth response, one knot an octave and at most 10 dB either way, as a minimum-phase filter of 4 ms."""
    taps = round(_EQUALISER_S * sample_rate)
    n_fft = 8 * taps
    frequencies = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    knots = sample_rate / 2 / 2.0 ** np.arange(_KNOTS)[::-1]
    drawn = np.clip(rng.normal(0, deviation_db, _KNOTS), -_LIMIT_DB, _LIMIT_DB)
    gain_db = np.interp(np.log(np.maximum(frequencies, 10)), np.log(knots), drawn - drawn.mean())
    cepstrum = np.fft.irfft(gain_db * (np.log(10) / 20), n_fft)
    cepstrum[1 : n_fft // 2] *= 2
    cepstrum[n_fft // 2 + 1 :] = 0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), n_fft)[:taps]
    response[-taps // 4 :] *= np.linspace(1, 0, len(response[-taps // 4 :]))
    return response.astype(np.float32)


def level_changes(samples: int, sample_rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw a gain over time, shape (samples,): straight lines in decibels between knots 0.3 to 1.5 s apart, +-6 dB."""
    knots = np.concatenate([[0.0], np.cumsum(rng.uniform(0.3, 1.5, int(samples / sample_rate / 0.3) + 2))])
    levels_db = rng.uniform(-6, 6, len(knots))
    coarse = np.arange(0, samples + 64, 64)
    gains = 10 ** (np.interp(coarse / sample_rate, knots, levels_db) / 20)
    return np.interp(np.arange(samples), coarse, gains).astype(np.float32)
