"""Rooms: where the listener stands, and the binaural response from a place in the room to the two ears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyroomacoustics
from numpy.typing import NDArray
from scipy.signal import lfilter

from realtime.head import Ears

AZIMUTH_STEP_DEG = 2.5
SOUND_SPEED_M_S = 343.0

_DRY_SHARE = 0.25
_MAX_ORDER = 10
_LONGEST_S = 0.35
_WEAKEST_DB = -50.0
_WALL_M = 0.3
_DIRECT_DB = (2.0, 14.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source stands as seen from the listener: azimuth and elevation in degrees, distance in metres."""

    azimuth_deg: float
    elevation_deg: float
    distance_m: float


class Room:
    """A shoebox room with a listener near its back wall, facing along +x.

    Parameters
    ----------
    rng
        Draws the size (3..9 m by 3..7 m by 2.3..3.6 m), the reverberation time (dry, or 0.12..0.5 s), the listener, and
        how far (2..14 dB) the energy of the reflections stays below the direct sound's at least.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.size_m = np.array([rng.uniform(3, 9), rng.uniform(3, 7), rng.uniform(2.3, 3.6)])
        self.listener_m = np.array(
            [rng.uniform(0.4, 1.2), self.size_m[1] * rng.uniform(0.4, 0.6), rng.uniform(1.1, 1.6)]
        )
        self.rt60_s = 0.0 if rng.random() < _DRY_SHARE else float(rng.uniform(0.12, 0.5))
        self.dullness = float(rng.uniform(0.1, 0.6))
        self.least_direct_db = float(rng.uniform(*_DIRECT_DB))

    def place(self, azimuth_deg: float, rng: np.random.Generator) -> Place:
        """Draw a place in the room in a given direction: 1..4.5 m away, 7 degrees down to 3 degrees up."""
        elevation_deg = float(rng.uniform(-7, 3))
        reach = self.reach(azimuth_deg, elevation_deg)
        return Place(azimuth_deg, elevation_deg, float(rng.uniform(min(1.0, 0.7 * reach), min(4.5, reach))))

    def response(self, place: Place, head: Ears) -> NDArray[np.float32]:
        """Return the binaural room response from `place`.

        The direct sound starts at once with gain 1, whatever the distance; every reflection of the image-source model
        follows with its gain relative to it, its delay (to the sample) and the head's response for its direction. So
        that the direct sound carries the direction, all of them together are held below it by `least_direct_db`.

        Returns
        -------
        NDArray[np.float32]
            Shape (2, samples), left then right, at most 0.36 s.
        """
        direct = head.hrir(place.azimuth_deg, place.elevation_deg)
        if self.rt60_s == 0.0:
            return direct
        offsets, gains = self.images(place)
        distances = np.linalg.norm(offsets, axis=1)
        first = int(distances.argmin())
        delays = np.round((distances - distances[first]) * (head.sample_rate / SOUND_SPEED_M_S)).astype(np.int64)
        gains = gains / distances * (distances[first] / gains[first])
        gains[first] = 0.0
        kept = (np.abs(gains) > 10 ** (_WEAKEST_DB / 20)) & (delays < _LONGEST_S * head.sample_rate)
        azimuths = np.degrees(np.arctan2(offsets[kept, 1], offsets[kept, 0]))
        elevations = np.degrees(np.arcsin(offsets[kept, 2] / distances[kept]))
        samples = int(delays[kept].max(initial=0)) + head.taps
        reflected = scatter(head, azimuths, elevations, delays[kept], gains[kept], samples)
        dulled = np.asarray(lfilter([1 - self.dullness], [1, -self.dullness], reflected), np.float32)
        most = float(np.square(direct).sum()) * 10 ** (-self.least_direct_db / 10)
        dulled *= np.float32(min(1.0, np.sqrt(most / max(float(np.square(dulled).sum()), 1e-12))))
        dulled[:, : head.taps] += direct
        return dulled

    def reach(self, azimuth_deg: float, elevation_deg: float) -> float:
        """Return the distance in metres at which a direction comes within 0.3 m of a wall."""
        towards = _towards(azimuth_deg, elevation_deg)
        walls = np.where(towards > 0, self.size_m - _WALL_M - self.listener_m, self.listener_m - _WALL_M)
        return float(np.min(np.maximum(walls, 0.0) / np.maximum(np.abs(towards), 1e-9)))

    def images(self, place: Place, most_bounces: int = _MAX_ORDER) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the images' offsets from the listener in metres (I, 3) and their damping (I,)."""
        towards = _towards(place.azimuth_deg, place.elevation_deg)
        absorption = _absorption(self.size_m, self.rt60_s)
        order = int(np.clip(SOUND_SPEED_M_S * self.rt60_s / self.size_m.min(), 2, most_bounces))
        room = pyroomacoustics.ShoeBox(self.size_m, materials=pyroomacoustics.Material(absorption), max_order=order)
        room.add_source(self.listener_m + towards * place.distance_m)
        room.add_microphone(self.listener_m)
        room.image_source_model()
        source = room.sources[0]
        return source.images.T.astype(np.float64) - self.listener_m, source.damping[0].astype(np.float64)


class RoomBank:
    """A fixed number of rooms, and their responses remembered.

    Parameters
    ----------
    head
        The listener's head.
    seed
        Draws the rooms; the same seed gives the same rooms and places in any order of calls.
    count
        How many rooms.
    """

    def __init__(self, head: Ears, seed: int, count: int = 40) -> None:
        self.head = head
        self.count = count
        self._seed = seed
        self._rooms = [Room(np.random.default_rng([seed, 0, number])) for number in range(count)]
        self._places: dict[tuple[int, int], tuple[Place, NDArray[np.float32]]] = {}

    def __getitem__(self, number: int) -> Room:
        """Return a room by its number, 0..count-1."""
        return self._rooms[number]

    def response(self, number: int, azimuth_deg: float) -> tuple[Place, NDArray[np.float32]]:
        """Return the place of a room at an azimuth on the 2.5-degree grid, and its response (2, samples).

        Each room has one place, with its own distance and elevation, per azimuth of the grid; the place says the
        azimuth that was used.
        """
        step = round(azimuth_deg / AZIMUTH_STEP_DEG)
        if (number, step) not in self._places:
            rng = np.random.default_rng([self._seed, 1, number, step + 1000])
            place = self._rooms[number].place(step * AZIMUTH_STEP_DEG, rng)
            self._places[number, step] = place, self._rooms[number].response(place, self.head)
        return self._places[number, step]


def _towards(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    return np.array([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)])


def _absorption(size_m: NDArray[np.float64], rt60_s: float) -> float:
    """Return the energy absorption of all walls for a reverberation time, by Eyring's formula."""
    volume = float(size_m.prod())
    surface = 2 * float(size_m[0] * size_m[1] + size_m[0] * size_m[2] + size_m[1] * size_m[2])
    return float(np.clip(1 - np.exp(-24 * np.log(10) / SOUND_SPEED_M_S * volume / (surface * rt60_s)), 0.02, 0.98))


def scatter(
    head: Ears,
    azimuths_deg: NDArray[np.float64],
    elevations_deg: NDArray[np.float64],
    delays: NDArray[np.int64],
    gains: NDArray[np.float64],
    samples: int,
) -> NDArray[np.float32]:
    """Sum the head's responses of the nearest 5-degree directions, delayed and scaled, into (2, samples)."""
    azimuths = np.round(azimuths_deg / 5).astype(np.int64) * 5
    elevations = np.round(elevations_deg / 10).astype(np.int64) * 10
    total = np.zeros((2, samples), np.float32)
    for azimuth, elevation, delay, gain in zip(azimuths, elevations, delays, gains.astype(np.float32), strict=True):
        total[:, delay : delay + head.taps] += gain * head.hrir(azimuth, elevation)
    return total
