"""World: composes varied scenes from a cast, what is heard of it and what is seen."""

from __future__ import annotations

import zlib

import numpy as np

from models.scenes.camera import Camera
from models.scenes.cast import Cast, Role
from models.scenes.hearing import Hearing
from models.scenes.play import Play
from models.scenes.rooms import Place
from models.scenes.sample import SceneSample, Silent, Source
from models.scenes.sights import SEEN_FROM, Sights
from models.scenes.variety import Variety

_QUIETEST_DB = -9.0
_LATE_FROM_S = 4.0


class World:
    """Varied scenes by their number.

    Parameters
    ----------
    variety
        What differs.
    seeds
        The sampler's.
    cast, hearing, sights
        The parts of a scene.
    duration_s
        Length of a scene, seconds; its picture is that of the middle.
    """

    def __init__(
        self,
        variety: Variety,
        seeds: tuple[int, ...],
        cast: Cast,
        hearing: Hearing,
        sights: Sights,
        duration_s: float,
    ) -> None:
        self._variety = variety
        self._seeds = (zlib.crc32(variety.name.encode()), *seeds)
        self._cast = cast
        self._hearing = hearing
        self._sights = sights
        self._duration_s = duration_s
        self._moment_s = duration_s / 2

    def staged(self, index: int) -> tuple[SceneSample, Play]:
        """Return scene number `index` with its stage."""
        rng = np.random.default_rng([*self._seeds, index])
        camera = Camera(self._variety, rng)
        cast = self._cast.draw(camera, rng)
        hall = int(rng.integers(self._hearing.halls.count))
        sounding = [role for role in cast if role.sounds]
        heard = [self._hearing.halls.response(hall, role.track.azimuths_deg[0]) for role in sounding]
        places = [place for place, _ in heard]
        places += [self._hearing.place(hall, role.track.azimuths_deg[0], rng) for role in cast[len(sounding) :]]
        sources = self._sources(sounding, places, rng)
        tracks = [role.track for role in sounding]
        ears, ambience = self._hearing.render(sources, [reflections for _, reflections in heard], tracks, rng)
        play = self._sights.dress(cast, places, self._moment_s, camera, rng)
        shown = [number for number, role in enumerate(cast) if role.sight != "away"]
        share = np.zeros(len(cast), np.float32)
        share[shown] = self._sights.visible(play, len(shown))
        at = np.full((len(cast), 2), np.nan, np.float32)
        for number, sprite in zip(shown, play.sprites, strict=False):
            if share[number] >= SEEN_FROM:
                at[number] = sprite.row, sprite.column
        count = len(sounding)
        sample = SceneSample(
            binaural=ears,
            image=play.picture(rng),
            columns=at[:count, 1].copy(),
            rows=at[:count, 0].copy(),
            sources=sources,
            ambience=ambience,
            silent=tuple(
                Silent(
                    role.class_name,
                    self._azimuth(role),
                    places[number].elevation_deg,
                    places[number].distance_m,
                    float(at[number, 1]),
                    float(at[number, 0]),
                    role.track,
                )
                for number, role in enumerate(cast)
                if not role.sounds
            ),
            tracks=tuple(tracks) if any(track.moves for track in tracks) else (),
            visible=share[:count],
            field_deg=camera.field_deg,
            rt60_s=self._hearing.halls[hall].room.rt60_s,
        )
        return sample, play

    def _azimuth(self, role: Role) -> float:
        return float(role.track.at(np.array([self._moment_s]))[0])

    def _sources(self, cast: list[Role], places: list[Place], rng: np.random.Generator) -> tuple[Source, ...]:
        levels = rng.uniform(_QUIETEST_DB, 0.0, len(cast))
        levels -= 3.0 * np.log2([place.distance_m for place in places[: len(cast)]])
        levels = np.maximum(levels - levels.max(), _QUIETEST_DB)
        sources: list[Source] = []
        for number, (role, place) in enumerate(zip(cast, places, strict=False)):
            late = number > 0 and self._duration_s >= _LATE_FROM_S and rng.random() < 0.3
            sources.append(
                Source(
                    role.class_name,
                    self._azimuth(role),
                    place.elevation_deg,
                    place.distance_m,
                    float(levels[number]),
                    round(float(rng.uniform(0.1, 0.3)) * self._duration_s, 2) if late else 0.0,
                    self._duration_s,
                    role.familiar,
                )
            )
        return tuple(sources)
