"""Cast: who is in a varied scene, what they look like and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from models.scenes.camera import Camera
from models.scenes.classes import BY_NAME
from models.scenes.pictures import PictureBook
from models.scenes.rooms import AZIMUTH_STEP_DEG
from models.scenes.things import Things
from models.scenes.tracks import Track, still, walk
from models.scenes.variety import Variety

MIN_GAP_DEG = 10.0
THING = "thing"

_WIDEST_DEG = 50.0
_AWAY_DEG = (5.0, 40.0)
"""How far out of view something out of view is."""
_HIDDEN_SHARE = 0.4
_TWICE_SHARE = 0.2
_KNOWN_SILENT_SHARE = 0.45
_TWIN_SHARE = 0.1
_LEAST_WAY_DEG = 4.0
_KINDS = {"instrument": 0.45, "talker": 0.33, "animal": 0.14, "machine": 0.08}

Sight = Literal["open", "hidden", "away"]


@dataclass(frozen=True, slots=True)
class Role:
    """One member of the cast.

    Parameters
    ----------
    class_name
        What it sounds like, or for a silent one looks like; `THING` when it looks like no class.
    picture
        RGBA, shared.
    height
        Drawn height at 2 m as a share of the image's, at a field of view of 90 degrees.
    sounds
        Whether it is a source.
    familiar
        Whether it looks like its class.
    sight
        In the open, hidden behind something, or out of the picture.
    track
        Where it is over time.
    """

    class_name: str
    picture: Image.Image
    height: float
    sounds: bool
    familiar: bool
    sight: Sight
    track: Track


@dataclass(frozen=True, slots=True)
class _Look:
    class_name: str
    picture: Image.Image
    height: float
    familiar: bool = True


class Cast:
    """Draws the cast of scenes.

    Parameters
    ----------
    variety
        What differs.
    counts
        How many sources at least and at most.
    duration_s
        Length of the scenes, seconds.
    aspect
        Width of the picture over its height.
    book, things
        Pictures of what sounds and of what does not.
    """

    def __init__(
        self,
        variety: Variety,
        counts: tuple[int, int],
        duration_s: float,
        aspect: float,
        book: PictureBook,
        things: Things,
    ) -> None:
        self._variety = variety
        self._counts = counts
        self._duration_s = duration_s
        self._aspect = aspect
        self._book = book
        self._things = things
        kinds = {known.kind for known in variety.classes}
        self._kinds = [kind for kind in _KINDS if kind in kinds]
        shares = np.array([_KINDS[kind] for kind in self._kinds])
        self._shares = shares / shares.sum()
        self._choices = {kind: [known.name for known in variety.classes if known.kind == kind] for kind in self._kinds}

    def draw(self, camera: Camera, rng: np.random.Generator) -> list[Role]:
        """Draw one cast as it stands before a camera: the sources first, then the silent ones."""
        variety = self._variety
        names = self._names(rng)
        looks = [self._source(name, rng) for name in names]
        sights: list[Sight] = ["open"] * len(names)
        if rng.random() < (variety.unseen_share if len(names) > 1 else variety.unseen_alone_share):
            sights[-1] = "hidden" if rng.random() < _HIDDEN_SHARE else "away"
        silent = [self._silent(names, rng) for _ in range(int(rng.choice(3, p=variety.silent)))]
        in_view = [look for look, sight in zip(looks, sights, strict=True) if sight != "away"]
        azimuths, edges = self._azimuths(in_view, silent, camera.field_deg, rng)
        tracks = self._tracks(azimuths, edges, rng)
        cast: list[Role] = []
        for look, sight in zip(looks, sights, strict=True):
            track = tracks.pop(0) if sight != "away" else still(_away(camera.field_deg, rng))
            cast.append(Role(look.class_name, look.picture, look.height, True, look.familiar, sight, track))
        for look, track in zip(silent, tracks, strict=False):
            cast.append(Role(look.class_name, look.picture, look.height, False, look.familiar, "open", track))
        return cast

    def _names(self, rng: np.random.Generator) -> list[str]:
        count = int(rng.integers(self._counts[0], self._counts[1] + 1))
        twice = bool(rng.random() < _TWICE_SHARE)
        names: list[str] = []
        while len(names) < count:
            choices = self._choices[self._kinds[int(rng.choice(len(self._kinds), p=self._shares))]]
            name = names[0] if twice and len(names) == 1 else choices[int(rng.integers(len(choices)))]
            if name not in names or (twice and len(names) == 1):
                names.append(name)
        return names

    def _source(self, name: str, rng: np.random.Generator) -> _Look:
        if rng.random() < self._variety.stranger_share:
            return _Look(name, self._things.stranger(rng), float(rng.uniform(0.3, 0.75)), familiar=False)
        return _Look(name, *self._book.picture(name, rng))

    def _silent(self, names: list[str], rng: np.random.Generator) -> _Look:
        """Draw what makes no sound: things, what could sound, and now and then the like of what does."""
        if rng.random() >= _KNOWN_SILENT_SHARE:
            return _Look(THING, self._things.thing(rng), float(rng.uniform(0.2, 0.6)), familiar=False)
        kind = self._kinds[int(rng.choice(len(self._kinds), p=self._shares))]
        others = [name for name in self._choices[kind] if name not in names]
        name = names[0] if rng.random() < _TWIN_SHARE or not others else others[int(rng.integers(len(others)))]
        return _Look(name, *self._book.picture(name, rng))

    def _azimuths(
        self, looks: list[_Look], silent: list[_Look], field_deg: float, rng: np.random.Generator
    ) -> tuple[list[float], list[float]]:
        """Draw azimuths on the halls' grid, apart from each other, and how far out each may go.

        Silent ones that find no room are sent away: the lists may be shorter than the two together.
        """
        half = np.tan(np.radians(field_deg / 2))
        while True:
            edges: list[float] = []
            for look in looks + silent:
                width = look.height * look.picture.width / look.picture.height / self._aspect / half
                inside = half * (1 - min(0.6, 0.7 * width))
                edges.append(min(_WIDEST_DEG, float(np.degrees(np.arctan(inside)))))
            for _ in range(40):
                drawn = [AZIMUTH_STEP_DEG * round(float(rng.uniform(-edge, edge)) / AZIMUTH_STEP_DEG) for edge in edges]
                if np.diff(np.sort(drawn)).min(initial=90.0) >= MIN_GAP_DEG:
                    return drawn, edges
            if not silent:
                spread = np.linspace(-0.5, 0.5, len(looks)) * max(MIN_GAP_DEG * (len(looks) - 1), 1.2 * min(edges))
                spread = AZIMUTH_STEP_DEG * np.round(spread / AZIMUTH_STEP_DEG)
                return spread.tolist(), edges
            silent.pop()

    def _tracks(self, azimuths: list[float], edges: list[float], rng: np.random.Generator) -> list[Track]:
        """Let some walk, half-way to their neighbours at most."""
        tracks: list[Track] = []
        for azimuth, edge in zip(azimuths, edges, strict=True):
            gap = MIN_GAP_DEG / 2
            low = max([-edge, *((azimuth + other) / 2 + gap for other in azimuths if other < azimuth)])
            high = min([edge, *((azimuth + other) / 2 - gap for other in azimuths if other > azimuth)])
            if rng.random() < self._variety.moving_share and high - low >= _LEAST_WAY_DEG and low <= azimuth <= high:
                tracks.append(walk(azimuth, low, high, self._duration_s, rng))
            else:
                tracks.append(still(azimuth))
        return tracks


def _away(field_deg: float, rng: np.random.Generator) -> float:
    azimuth = field_deg / 2 + float(rng.uniform(*_AWAY_DEG))
    side = 1 if rng.random() < 0.5 else -1
    return side * AZIMUTH_STEP_DEG * round(min(azimuth, 90.0) / AZIMUTH_STEP_DEG)


def is_person(role: Role) -> bool:
    """Whether a role is played by a drawn person."""
    return role.familiar and BY_NAME[role.class_name].kind == "talker"
