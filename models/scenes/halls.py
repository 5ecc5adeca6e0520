"""Halls: rooms up to long reverberation, by a few early reflections and a diffuse tail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from models.scenes.ambience import diffuse
from models.scenes.rooms import AZIMUTH_STEP_DEG, SOUND_SPEED_M_S, Place, Room, scatter
from models.scenes.variety import Variety
from realtime.head import Ears

_BOUNCES = 3
_EARLY_S = 0.05
_TAIL_FROM_S = 0.02
_TAIL_SHARE = 0.75
"""The tail is cut after this share of the reverberation time, 45 dB down."""


class Hall:
    """A room: reflections off the walls for 50 ms, then noise that dies away, different at both ears.

    Parameters
    ----------
    variety
        Gives the ranges of the reverberation time and of places.
    sample_rate
        Hz.
    rng
        Draws the room.
    """

    def __init__(self, variety: Variety, sample_rate: int, rng: np.random.Generator) -> None:
        self.room = Room(rng)
        dry = rng.random() < variety.dry_share
        self.room.rt60_s = 0.0 if dry else float(rng.uniform(*variety.rt60_s))
        self.room.least_direct_db = float(rng.uniform(*variety.lead_db))
        self._variety = variety
        self._rate = sample_rate
        self._noise_seed = int(rng.integers(1 << 31))
        self._tail: NDArray[np.float32] | None = None

    def place(self, azimuth_deg: float, rng: np.random.Generator) -> Place:
        """Draw a place in a direction; nearer ones are as likely as farther ones on a logarithmic scale."""
        elevation_deg = float(rng.uniform(*self._variety.elevation_deg))
        nearest, farthest = self._variety.distance_m
        reach = min(farthest, self.room.reach(azimuth_deg, elevation_deg))
        distance_m = float(np.exp(rng.uniform(np.log(min(nearest, 0.7 * reach)), np.log(reach))))
        return Place(azimuth_deg, elevation_deg, distance_m)

    def reflections(self, place: Place, head: Ears) -> NDArray[np.float32]:
        """Return all that follows the direct sound of gain 1, shape (2, samples), held below it as in `Room`."""
        direct_energy = float(np.square(head.hrir(place.azimuth_deg, place.elevation_deg)).sum())
        if self.room.rt60_s == 0.0:
            return np.zeros((2, 1), np.float32)
        early = self._early(place, head)
        tail = self._noise()
        volume = float(self.room.size_m.prod())
        critical_m = 0.057 * np.sqrt(volume / self.room.rt60_s)
        # What of the diffuse field is still to come when the early reflections end; 13.8 / RT60 is its rate of decay.
        left = (place.distance_m / critical_m) ** 2 * np.exp(-13.8 * _EARLY_S / self.room.rt60_s)
        total = np.zeros((2, max(early.shape[1], tail.shape[1])), np.float32)
        total[:, : tail.shape[1]] = tail * np.float32(np.sqrt(left * direct_energy))
        total[:, : early.shape[1]] += early
        most = direct_energy * 10 ** (-self.room.least_direct_db / 10)
        return total * np.float32(min(1.0, np.sqrt(most / max(float(np.square(total).sum()), 1e-12))))

    def _early(self, place: Place, head: Ears) -> NDArray[np.float32]:
        offsets, gains = self.room.images(place, _BOUNCES)
        distances = np.linalg.norm(offsets, axis=1)
        first = int(distances.argmin())
        delays = np.round((distances - distances[first]) * (self._rate / SOUND_SPEED_M_S)).astype(np.int64)
        gains = gains / distances * (distances[first] / gains[first])
        gains[first] = 0.0
        kept = (gains != 0) & (delays < _EARLY_S * self._rate)
        azimuths = np.degrees(np.arctan2(offsets[kept, 1], offsets[kept, 0]))
        elevations = np.degrees(np.arcsin(offsets[kept, 2] / distances[kept]))
        samples = int(delays[kept].max(initial=0)) + head.taps
        return self._dulled(scatter(head, azimuths, elevations, delays[kept], gains[kept], samples))

    def _noise(self) -> NDArray[np.float32]:
        """Return the room's tail with an energy of 1 after the early reflections, both ears together."""
        if self._tail is not None:
            return self._tail
        samples = round(max(_TAIL_SHARE * self.room.rt60_s, 2 * _EARLY_S) * self._rate)
        times = np.arange(samples) / self._rate
        rise = np.clip((times - _TAIL_FROM_S) / (_EARLY_S - _TAIL_FROM_S), 0, 1)
        noise = diffuse(samples, self._rate, np.random.default_rng(self._noise_seed))
        tail = self._dulled((noise * rise * np.exp(-6.9 * times / self.room.rt60_s)).astype(np.float32))
        late = tail[:, round(_EARLY_S * self._rate) :]
        self._tail = made = np.asarray(tail / np.sqrt(np.square(late).sum()), np.float32)
        return made

    def _dulled(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        dullness = self.room.dullness
        return np.asarray(lfilter([1 - dullness], [1, -dullness], sound), np.float32)


class HallBank:
    """A fixed number of halls, and their reflections remembered.

    Parameters
    ----------
    head
        The listener's ears.
    variety
        Says which halls.
    seed
        Draws the halls; the same seed gives the same halls and places in any order of calls.
    count
        How many halls.
    """

    def __init__(self, head: Ears, variety: Variety, seed: int, count: int = 40) -> None:
        self.head = head
        self.count = count
        self._seed = seed
        self._halls = [
            Hall(variety, head.sample_rate, np.random.default_rng([seed, 2, number])) for number in range(count)
        ]
        self._places: dict[tuple[int, int], tuple[Place, NDArray[np.float16]]] = {}

    def __getitem__(self, number: int) -> Hall:
        """Return a hall by its number, 0..count-1."""
        return self._halls[number]

    def response(self, number: int, azimuth_deg: float) -> tuple[Place, NDArray[np.float32]]:
        """Return the place of a hall at an azimuth on the 2.5-degree grid, and its reflections (2, samples)."""
        step = round(azimuth_deg / AZIMUTH_STEP_DEG)
        if (number, step) not in self._places:
            rng = np.random.default_rng([self._seed, 3, number, step + 1000])
            place = self._halls[number].place(step * AZIMUTH_STEP_DEG, rng)
            kept = self._halls[number].reflections(place, self.head).astype(np.float16)
            self._places[number, step] = place, kept
        place, kept = self._places[number, step]
        return place, kept.astype(np.float32)
