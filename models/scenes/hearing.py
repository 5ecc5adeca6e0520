"""Hearing: what a varied scene sounds like at the two ears."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.scenes.ambience import Ambience, equaliser, level_changes
from models.scenes.halls import HallBank
from models.scenes.levels import levelled, loudness
from models.scenes.rooms import Place
from models.scenes.sample import Source
from models.scenes.sounds import SoundBank
from models.scenes.tracks import Track, direct
from models.scenes.variety import Variety
from realtime.head import Ears

_HISTORY_S = 0.4


class Hearing:
    """Renders sources.

    Parameters
    ----------
    variety
        What differs.
    bank
        Their sounds.
    ears
        The listener's.
    seed
        Draws halls and noises.
    split
        Which part of the sounds.
    samples
        Length of the scenes.
    """

    def __init__(self, variety: Variety, bank: SoundBank, ears: Ears, seed: int, split: str, samples: int) -> None:
        self.halls = HallBank(ears, variety, seed)
        self._variety = variety
        self._bank = bank
        self._ears = ears
        self._split = split
        self._samples = samples
        self._ambience = Ambience(ears.sample_rate, seed)

    def render(
        self,
        sources: tuple[Source, ...],
        reflections: list[NDArray[np.float32]],
        tracks: list[Track],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Return each source at both ears (sources, 2, samples), and the noise (2, samples) where there is any.

        Parameters
        ----------
        reflections
            Of each source, as `HallBank.response` gives them.
        """
        rate, variety = self._ears.sample_rate, self._variety
        colour = equaliser(rate, variety.colour_db, rng) if variety.colour_db else np.ones(1, np.float32)
        ears = np.stack([self._heard(*it, colour, rng) for it in zip(sources, reflections, tracks, strict=True)])
        if variety.noise_snr_db is None:
            return levelled(ears, rng), None
        level = float(np.sqrt(np.square(ears.sum(axis=0)).mean()))
        below = np.float32(10 ** (-float(rng.uniform(*variety.noise_snr_db)) / 20))
        noise = self._ambience.noise(self._samples, rng) * np.float32(level) * below
        whole = levelled(np.concatenate([ears, noise[None]]), rng)
        return whole[:-1], whole[-1]

    def _heard(
        self,
        source: Source,
        reflections: NDArray[np.float32],
        track: Track,
        colour: NDArray[np.float32],
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        rate = self._ears.sample_rate
        history = round(_HISTORY_S * rate)
        mono = self._mono(source, history, rng)
        length = history + self._samples
        taps = max(reflections.shape[1], self._ears.taps)
        response = np.zeros((2, taps), np.float32)
        response[:, : reflections.shape[1]] = reflections
        if not track.moves:
            response[:, : self._ears.taps] += self._ears.hrir(source.azimuth_deg, source.elevation_deg)
        # What wraps around falls into the history, which is cut off.
        n_fft = _transform_length(length + max(0, taps + len(colour) - history))
        coloured = np.fft.rfft(mono, n_fft) * np.fft.rfft(colour, n_fft)
        ears = np.fft.irfft(coloured * np.fft.rfft(response, n_fft), n_fft)[:, :length]
        if track.moves:
            mono = np.asarray(np.fft.irfft(coloured, n_fft)[:length], np.float32)
            ears = ears + direct(mono, track, source.elevation_deg, self._ears, _HISTORY_S)
        return np.asarray(ears[:, history:], np.float32)

    def _mono(self, source: Source, history: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return a source's own sound after some of its past: at its level, silent until it starts."""
        rate = self._ears.sample_rate
        mono = self._bank.segment(source.class_name, history + self._samples, self._split, rng)
        mono = mono * np.float32(10 ** (source.level_db / 20) / max(loudness(mono, rate), 1e-4))
        if rng.random() < self._variety.level_share:
            mono *= level_changes(len(mono), rate, rng)
        if source.start_s:
            start = history + round(source.start_s * rate)
            mono[:start] = 0.0
            ramp = min(rate // 4, len(mono) - start)
            mono[start : start + ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)
        return mono

    def place(self, hall: int, azimuth_deg: float, rng: np.random.Generator) -> Place:
        """Draw a place for what makes no sound."""
        return self.halls[hall].place(azimuth_deg, rng)


def _transform_length(samples: int) -> int:
    """Return a length of at least so many samples that is a power of two times 1, 3, 5, 9 or 15."""
    return min(odd * 2 ** int(np.ceil(np.log2(samples / odd))) for odd in (1, 3, 5, 9, 15))
