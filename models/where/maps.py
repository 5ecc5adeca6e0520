"""Abstract motion maps with their sounds: what moves in time with what is heard, among much that moves otherwise.

No pictures: a player is a few blobs on the grid whose strength follows the envelope, the onsets and the changes of its
sound, at a lag of its own and with much motion of its own. Sounds come from the scenes' bank and are mixed as powers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from models.batches import draws_of
from models.scenes.classes import CLASSES
from models.scenes.sounds import SoundBank
from models.where.network import COLUMNS, ROWS, SLOTS
from realtime.hearing import BANDS, FINE, FRAMES, N_FFT, PARTS, SAMPLE_RATE, heard, powers_of
from realtime.stft import hann

MOST = 3
"""Sources of a sample at most."""
LEAD = 12
"""Slots before the memory, for lags and for the running level."""
FRAME_HZ = 100
HOP, WINDOW = 160, 400
SEGMENTS = {"train": (4, 30.0), "test": (2, 9.5)}
"""Split -> segments of each class, and their seconds."""
SIZE = 0.8
"""Spread of the target around a source's cell, in cells."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the network gets, and what it shall say."""

    motion: Array
    """(SLOTS, ROWS, COLUMNS)."""
    sound: Array
    """(SLOTS, FEATURES)."""
    target: Array
    """(BANDS, ROWS * COLUMNS + 1), the last nowhere; adds up to 1 in each band."""
    weight: Array
    """(BANDS,) how much of a band is sound and not noise, 0 to 1."""
    places: Array
    """(MOST, 2) row and column of each source, in cells; NaN where there is none or it is out of the picture."""
    energies: Array
    """(BANDS, MOST) of the sources in each band, 0 where there is none."""


class Sounds:
    """Powers of sounds of all instruments and talkers, ready to be cut and mixed.

    Parameters
    ----------
    split
        "train" or "test": no sample of the bank is in both.
    bank
        The user's by default.
    """

    def __init__(self, split: str, bank: SoundBank | None = None) -> None:
        bank = SoundBank(SAMPLE_RATE) if bank is None else bank
        count, seconds = SEGMENTS[split]
        self._powers: list[Array] = []
        for kind in CLASSES:
            for part in range(count if kind.kind != "animal" else 0):
                rng = draws_of(f"{kind.name} {split}", 0, part)
                self._powers.append(powers(bank.segment(kind.name, round(seconds * SAMPLE_RATE), split, rng)))

    def cut(self, frames: int, rng: np.random.Generator) -> Array:
        """(frames, FINE), mean power 1."""
        whole = self._powers[int(rng.integers(len(self._powers)))]
        start = int(rng.integers(len(whole) - frames + 1))
        piece = whole[start : start + frames]
        return piece / max(float(piece.mean()), 1e-9)


def powers(sound: Array) -> Array:
    """Powers in the fine bands of a sound's frames, (frames, FINE)."""
    slices = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    return powers_of(np.fft.rfft(slices * hann(WINDOW), N_FFT).astype(np.complex64))


class Maps:
    """Sample number n, always the same for the same seed.

    Parameters
    ----------
    sounds
        To draw from.
    seed
        Of all.
    """

    def __init__(self, sounds: Sounds, seed: int) -> None:
        self._sounds = sounds
        self._seed = seed

    def sample(self, index: int, sources: int | None = None) -> Sample:
        """One sample; with so many sources, all in the picture, where that is given."""
        rng = draws_of("where", self._seed, index)
        count = int(rng.choice(MOST, p=(0.45, 0.4, 0.15))) + 1 if sources is None else sources
        away = 0.1 if sources is None else 0.0
        frames = (LEAD + SLOTS) * FRAMES
        motion = np.zeros((LEAD + SLOTS, ROWS, COLUMNS), np.float32)
        mixed = np.zeros((frames, FINE), np.float32)
        energies = np.zeros((BANDS, MOST), np.float32)
        places = np.full((MOST, 2), np.nan, np.float32)
        for number in range(count):
            dry = self._sounds.cut(frames, rng) * _breaks(frames, rng)[:, None]
            wet = _reverberant(dry, rng) * np.float32(10 ** (rng.uniform(-5, 5) / 10))
            mixed += wet
            energies[:, number] = _by_band(wet)
            if rng.random() >= away:
                places[number] = rng.uniform(0.2 * ROWS, ROWS - 0.7), rng.uniform(0, COLUMNS - 1)
                motion += player(driven(dry, rng), places[number], rng)
        for _ in range(rng.integers(0, 5)):
            motion += self._distractor(frames, rng)
        motion += _camera(len(motion), rng)
        noise = mixed.mean() * 10 ** rng.uniform(-5, -2) * rng.dirichlet(np.full(FINE, 2.0)) * FINE
        mixed += (noise * rng.uniform(0.5, 1.5, (frames, FINE))).astype(np.float32)
        features, _ = heard(mixed)
        target, weight = _target(places, energies, noise.reshape(BANDS, PARTS).mean(1))
        return Sample(_seen(motion, rng)[LEAD:], features[LEAD:], target, weight, places, energies)

    def _distractor(self, frames: int, rng: np.random.Generator) -> Array:
        """Something else that moves."""
        place = np.array((rng.uniform(0, ROWS - 1), rng.uniform(0, COLUMNS - 1)))
        slots = frames // FRAMES
        kind = rng.choice(4, p=(0.35, 0.35, 0.15, 0.15))
        if kind == 0:  # somebody who plays or talks unheard
            return player(driven(self._sounds.cut(frames, rng), rng), place, rng)
        if kind == 1:  # somebody or something that moves by itself
            return player(_wandering(slots, rng), place, rng)
        if kind == 2:  # a screen: all of a rectangle, with cuts
            cuts = rng.random(slots) < rng.uniform(0.02, 0.2)
            strength = rng.uniform(0.05, 0.6) * _wandering(slots, rng) + cuts * rng.uniform(1, 4)
            size = rng.uniform(0.8, 3.0), rng.uniform(1.0, 5.0)
            grid = np.stack(np.meshgrid(np.arange(ROWS), np.arange(COLUMNS), indexing="ij"), -1)
            inside = (np.abs(grid - place) < size).all(-1)
            return (strength[:, None, None] * inside).astype(np.float32)
        # a curtain or a plant: large and slow
        slow = gaussian_filter1d(_wandering(slots, rng), rng.uniform(2, 6))
        spread = rng.uniform(1.5, 5.0), rng.uniform(0.6, 3.0)
        return rng.uniform(0.2, 1.5) * _blob(slow, place, spread)


def driven(powers: Array, rng: np.random.Generator) -> Array:
    """Motion of whoever makes a sound, slot by slot, mean about 1: (frames, FINE) -> (slots,).

    Envelope, onsets and changes in a mixture of their own, earlier or later than the sound by up to 0.3 s, and a share
    of motion that has nothing to do with it.
    """
    envelope = np.sqrt(powers.mean(1))
    ears = rng.dirichlet(np.full(FINE, 0.7))
    rise = np.diff(np.log(powers + 1e-3), axis=0, prepend=np.log(powers[:1] + 1e-3))
    parts = np.stack((envelope, np.maximum(rise, 0) @ ears, np.abs(rise) @ ears))
    parts /= parts.mean(1, keepdims=True) + 1e-6
    pure = rng.dirichlet((0.8, 1.2, 0.6)) @ parts
    pure = gaussian_filter1d(pure, rng.uniform(2, 12), mode="nearest")
    pure = np.roll(pure, rng.integers(-20, 31)).reshape(-1, FRAMES).mean(1)
    own = _wandering(len(pure), rng)
    if rng.random() < 0.5:
        own *= gaussian_filter1d(np.minimum(envelope / 0.3, 1.0), 30).reshape(-1, FRAMES).mean(1)
    share = rng.uniform(0.1, 0.8)
    return ((1 - share) * pure + share * own).astype(np.float32)


def player(strength: NDArray[np.floating], place: NDArray[np.floating], rng: np.random.Generator) -> Array:
    """A blob that moves so, and up to two parts of the same body with motion of their own: (slots, ROWS, COLUMNS)."""
    loudness = rng.uniform(0.4, 2.0)
    size = np.exp(rng.uniform(np.log(0.5), np.log(2.0)))
    whole = loudness * _blob(strength, place, (size * rng.uniform(0.7, 1.6), size * rng.uniform(0.7, 1.2)))
    for _ in range(rng.integers(0, 3)):
        aside = place + rng.normal(0, (1.8, 1.0))
        follows = rng.uniform(0, 0.8)
        moves = follows * strength + (1 - follows) * _wandering(len(strength), rng)
        spread = rng.uniform(0.5, 1.6, 2)
        whole += loudness * rng.uniform(0.2, 1.0) * _blob(moves, aside, (spread[0], spread[1]))
    texture = rng.gamma(2.0, 0.5, (1, ROWS, COLUMNS)).astype(np.float32)
    return whole * texture


def _wandering(slots: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Motion by itself, mean about 1, with rests."""
    noise = np.abs(gaussian_filter1d(rng.normal(size=slots), rng.uniform(0.3, 5)))
    noise = np.maximum(noise - rng.choice((0.0, 0.5)) * noise.mean(), 0)
    return noise / (noise.mean() + 1e-6)


def _blob(strength: NDArray[np.floating], place: NDArray[np.floating], spread: tuple[float, float]) -> Array:
    rows = np.exp(-0.5 * ((np.arange(ROWS) - place[0]) / spread[0]) ** 2)
    columns = np.exp(-0.5 * ((np.arange(COLUMNS) - place[1]) / spread[1]) ** 2)
    return strength.astype(np.float32)[:, None, None] * np.outer(rows, columns).astype(np.float32)


def _camera(slots: int, rng: np.random.Generator) -> Array:
    """What no one moves: edges left over from a shaking camera, light that flickers, compression that starts anew."""
    edges = rng.gamma(0.3, 1.0, (3, ROWS, COLUMNS))
    shake = rng.uniform(0, 0.25) * _wandering(slots, rng) * (rng.random() < 0.6)
    flicker = rng.uniform(0, 0.3) * np.abs(rng.normal(size=slots)) * (rng.random() < 0.3)
    anew = (np.arange(slots) + rng.integers(20)) % rng.integers(3, 20) == 0
    strengths = np.stack((shake, flicker, anew * rng.uniform(0, 0.8) * (rng.random() < 0.4)))
    grain = rng.standard_exponential((slots, ROWS, COLUMNS), np.float32) ** 2 * np.float32(rng.uniform(0, 0.04))
    return np.einsum("kt,krc->trc", strengths.astype(np.float32), edges.astype(np.float32)) + grain


def _seen(motion: Array, rng: np.random.Generator) -> Array:
    """As the live maps show it: uneven, above a floor, and nothing where a camera gives an image twice."""
    uneven = rng.random(motion.shape, np.float32) + np.float32(0.5)
    whole = motion * uneven * np.float32(rng.uniform(0.02, 0.3))
    floor = np.float32(0.5 * rng.random() ** 3 * whole.max(axis=0).mean())
    twice = rng.random(len(motion)) < rng.choice((0.0, 0.08))
    return (np.maximum(whole - floor, 0) * ~twice[:, None, None]).astype(np.float32)


def _breaks(frames: int, rng: np.random.Generator) -> Array:
    """Of the sound: nothing, or one or two rests of up to a third of the time."""
    gate = np.ones(frames)
    for _ in range(rng.integers(1, 3) if rng.random() < 0.3 else 0):
        start = rng.integers(frames)
        gate[start : start + rng.integers(50, frames // 3)] = 1e-5
    return np.maximum(gaussian_filter1d(gate, 2), 1e-5).astype(np.float32)


def _reverberant(powers: Array, rng: np.random.Generator) -> Array:
    """As in a room of RT60 0.1 to 0.8 s: direct sound and an exponential tail."""
    keeps = 10 ** (-6 / (FRAME_HZ * rng.uniform(0.1, 0.8)))
    tail = np.asarray(lfilter([1 - keeps], [1, -keeps], powers, axis=0))
    share = rng.uniform(0, 0.7)
    return ((1 - share) * powers + share * tail).astype(np.float32)


def _by_band(powers: Array) -> Array:
    """Mean power in each band over the memory: (frames, FINE) -> (BANDS,)."""
    return powers[LEAD * FRAMES :].reshape(-1, BANDS, PARTS).mean((0, 2))


def _target(places: Array, energies: Array, noise: NDArray[np.floating]) -> tuple[Array, Array]:
    """Whose energy a band holds, there it is; and how much of the band is not noise or nothing."""
    maps = np.zeros((MOST, ROWS * COLUMNS + 1), np.float32)
    for number, place in enumerate(places):
        if np.isfinite(place).all():
            blob = _blob(np.ones(1, np.float32), place, (SIZE, SIZE)).ravel()
            maps[number, :-1] = blob / blob.sum()
        else:
            maps[number, -1] = 1
    total = energies.sum(1) + 1e-12
    weight = total / (total + noise + 1e-3 * total.max())
    return ((energies / total[:, None]) @ maps).astype(np.float32), weight.astype(np.float32)
