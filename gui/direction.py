"""Where a binaural sound seems to come from: the time between the ears below 1.5 kHz and their levels above.

Lord Rayleigh, "On our perception of sound direction", Philosophical Magazine 13, 1907: low tones are placed by time,
high ones by level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.columns import LARGEST

SECONDS = 0.085
"""Of sound that each look takes: 4096 samples at 48 kHz."""
REMEMBERED_S = 0.15
"""Time constant over which looks are averaged."""
TIME_HZ = (150.0, 1_500.0)
LEVEL_HZ = (1_500.0, 8_000.0)
LONGEST_DELAY_S = 1e-3
DELAY_STEP_S = 1e-5
WHITENING = 0.7
"""0 would be plain correlation, 1 GCC-PHAT; Donohue, Hannemann and Dietz, "Performance of phase transform for detecting
sound sources with microphone arrays in reverberant and noisy environments", Signal Processing 87(7), 2007."""
TIME_COUNTS = 3.0
"""How many times as much as level: Wightman and Kistler, "The dominant role of low-frequency interaural time
differences in sound localization", J. Acoust. Soc. Am. 91(3), 1992."""
SILENT_DB = -60.0
"""Mean power of the louder ear below which there is no direction."""

AZIMUTHS_DEG = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0)
DELAYS_US = (0.0, 145.0, 290.0, 455.0, 610.0, 685.0, 705.0)
LEVELS_DB = (0.0, 4.6, 8.5, 11.2, 13.9, 15.0, 16.0)
"""What these measures give for pink noise through the ears of the KEMAR that ships. Its level difference does not grow
beyond 60 degrees; what is larger still points to the side."""


@dataclass(frozen=True)
class Direction:
    """Of what is heard. Azimuths are degrees, 0 in front, positive to the left, within 90.

    Attributes
    ----------
    azimuth_deg
        Of both cues together, each as loud as its band is.
    time_deg, level_deg
        By the time between the ears, and by their levels.
    spread_deg
        Half the width of where it may be: how far the cues disagree, and how little the ears' sounds are alike.
    level_db
        Mean power of the louder ear, dB of full scale.
    """

    azimuth_deg: float
    time_deg: float
    level_deg: float
    spread_deg: float
    level_db: float


class Locator:
    """Follows the direction of a stream.

    Parameters
    ----------
    sample_rate
        Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self.samples = 2 ** round(math.log2(SECONDS * sample_rate))
        """Of the newest sound that `follow` looks at."""
        hz = np.fft.rfftfreq(self.samples, 1 / sample_rate)
        self._low = (hz >= TIME_HZ[0]) & (hz < TIME_HZ[1])
        self._high = (hz >= LEVEL_HZ[0]) & (hz < LEVEL_HZ[1])
        self._delays_s = np.arange(-LONGEST_DELAY_S, LONGEST_DELAY_S + DELAY_STEP_S / 2, DELAY_STEP_S)
        self._turns = np.exp(-2j * np.pi * self._delays_s[:, None] * hz[self._low]).astype(np.complex64)
        self._window = np.hanning(self.samples).astype(np.float32)
        self._power_scale = float((self._window**2).sum()) * self.samples / 2
        self.reset()

    def reset(self) -> None:
        """A new stream begins."""
        self._cross = np.zeros(int(self._low.sum()), np.complex64)
        self._powers = np.zeros((2, 2))  # (low band, high band) x (left, right)
        self._time_s: float | None = None

    def follow(self, ears: NDArray[np.float32], now_s: float) -> Direction | None:
        """Take the newest sound.

        Parameters
        ----------
        ears
            (2, samples): left, right, full scale 1.
        now_s
            Any monotonic clock, seconds.

        Returns
        -------
        Direction | None
            None where there is nothing to be heard.
        """
        passed_s = REMEMBERED_S if self._time_s is None else now_s - self._time_s
        self._time_s = now_s
        share = 1.0 - math.exp(-max(passed_s, 0.0) / REMEMBERED_S)
        sane = np.clip(np.nan_to_num(ears), -LARGEST, LARGEST)
        left, right = np.fft.rfft(sane * self._window)
        self._cross += np.complex64(share) * (left[self._low] * right[self._low].conj() - self._cross)
        powers = np.array(
            [[(np.abs(ear[band]) ** 2).sum() for ear in (left, right)] for band in (self._low, self._high)]
        )
        self._powers += share * (powers / self._power_scale - self._powers)
        level_db = 10 * math.log10(float(self._powers.sum(axis=0).max()) + 1e-20)
        return None if level_db < SILENT_DB else self._direction(level_db)

    def _direction(self, level_db: float) -> Direction:
        delay_s, likeness = self._delay()
        time_deg = _azimuth(delay_s * 1e6, DELAYS_US)
        left, right = self._powers[1] + 1e-20
        level_deg = _azimuth(10 * math.log10(left / right), LEVELS_DB)
        low, high = np.sqrt(self._powers.sum(axis=1))  # what is heard of a band goes by amplitude rather than power
        low *= TIME_COUNTS * likeness
        weight = low / (low + high + 1e-20)
        azimuth_deg = weight * time_deg + (1 - weight) * level_deg
        apart_deg = math.sqrt(weight * (1 - weight)) * abs(time_deg - level_deg)
        spread_deg = min(apart_deg + 30.0 * (1 - likeness) * weight, 90.0)
        return Direction(float(azimuth_deg), time_deg, level_deg, float(spread_deg), level_db)

    def _delay(self) -> tuple[float, float]:
        """By how much the right ear is later, seconds, and from 0 to 1 how much of the sound agrees on it."""
        magnitude = np.abs(self._cross)
        whitened = self._cross / np.maximum(magnitude, 1e-20) ** WHITENING
        total = float((magnitude ** (1 - WHITENING)).sum())
        if total <= 0.0:
            return 0.0, 0.0
        likely = (self._turns @ whitened).real
        best = int(likely.argmax())
        shift = 0.0
        if 0 < best < len(likely) - 1:
            before, at, after = (float(value) for value in likely[best - 1 : best + 2])
            bend = before - 2 * at + after
            shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
        return float(self._delays_s[best]) + shift * DELAY_STEP_S, max(float(likely[best]) / total, 0.0)


def _azimuth(cue: float, cues: tuple[float, ...]) -> float:
    """Of a cue, by the table of AZIMUTHS_DEG, the same to both sides."""
    return math.copysign(float(np.interp(abs(cue), cues, AZIMUTHS_DEG)), cue)


def side(azimuth_deg: float, left: str, right: str, front: str) -> str:
    """An azimuth in words: "12° left", with the words that are given; within half a degree of it, `front`."""
    shown = round(abs(azimuth_deg))
    return f"{shown}° {left if azimuth_deg > 0 else right}" if shown else front
