"""Sights: what a varied scene looks like, and what of it is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models.scenes import stage
from models.scenes.backgrounds import Backgrounds
from models.scenes.camera import Camera
from models.scenes.canvas import cloth
from models.scenes.cast import Role, is_person
from models.scenes.classes import BY_NAME
from models.scenes.play import Actor, Manner, Play
from models.scenes.rooms import Place
from models.scenes.sceneries import clouds
from models.scenes.stage import Sprite
from models.scenes.things import Things
from models.scenes.tracks import still
from models.scenes.variety import Variety

SEEN_FROM = 0.25
"""A source counts as seen when at least this share of it is."""

_CUT_SHARE = 0.35
_MANNERS: dict[str, Manner] = {"instrument": "stroke", "talker": "mouth", "animal": "call", "machine": "shake"}
_IDLE: tuple[Manner, ...] = ("stand", "stand", "sway", "fidget")


class Sights:
    """Dresses scenes.

    Parameters
    ----------
    variety
        What differs.
    backgrounds, things
        What stands behind, and in front.
    size
        Width and height of the picture, pixels.
    """

    def __init__(self, variety: Variety, backgrounds: Backgrounds, things: Things, size: tuple[int, int]) -> None:
        self._variety = variety
        self._backgrounds = backgrounds
        self._things = things
        self._size = size

    def dress(
        self, cast: list[Role], places: list[Place], moment_s: float, camera: Camera, rng: np.random.Generator
    ) -> Play:
        """Return the stage of a scene; its first sprites are the cast's that is in the picture, at a moment."""
        width, height = self._size
        shown = [pair for pair in zip(cast, places, strict=True) if pair[0].sight != "away"]
        azimuths = [float(role.track.at(np.array([moment_s]))[0]) for role, _ in shown]
        columns = [stage.column(azimuth, camera.field_deg) for azimuth in azimuths]
        sprites: list[Sprite] = []
        actors: list[Actor] = []
        screens: list[Sprite] = []
        for number, (role, place) in enumerate(shown):
            elevation = place.elevation_deg - camera.tilt_deg
            row = float(np.clip(stage.row(azimuths[number], elevation, width / height, camera.field_deg), 0.12, 0.9))
            gap = min((abs(columns[number] - it) for at, it in enumerate(columns) if at != number), default=1.0)
            size = self._height(role, place, row, gap, camera, rng)
            sprite = Sprite(stage.posed(role.picture, size, rng), columns[number], row, place.distance_m)
            sprites.append(sprite)
            source = cast.index(role) if role.sounds else None
            actors.append(Actor(source, self._manner(role, rng), role.track, is_person(role)))
            if role.sight == "hidden":
                screens.append(_screen(sprite, self._size, rng))
        in_front = screens + (self._occluders(rng) if rng.random() < self._variety.occluder_share else [])
        actors += [Actor(None, "stand", still(0.0), False)] * len(in_front)
        background = self._backgrounds.cut(rng)
        return Play(background, (*sprites, *in_front), camera, tuple(actors), camera.field_deg)

    def visible(self, play: Play, count: int) -> NDArray[np.float32]:
        """Return how much of each of the first `count` sprites is in the picture and not covered, 0..1."""
        width, height = self._size
        owner = Image.new("L", self._size, 255)
        whole = np.zeros(count)
        order = sorted(range(len(play.sprites)), key=lambda number: -play.sprites[number].distance_m)
        for number in order:
            sprite = play.sprites[number]
            mask = sprite.image.getchannel("A").point([0] * 128 + [255] * 128)
            if number < count:
                whole[number] = mask.histogram()[255]
            left = round(sprite.column * width - sprite.image.width / 2)
            top = round(sprite.row * height - sprite.image.height / 2)
            owner.paste(number, (left, top, left + mask.width, top + mask.height), mask)
        seen = np.array(owner.histogram()[:count], np.float64)
        return (seen / np.maximum(whole, 1)).astype(np.float32)

    def _height(
        self, role: Role, place: Place, row: float, gap: float, camera: Camera, rng: np.random.Generator
    ) -> float:
        """Return the height in pixels: the nearer the larger, not far beyond the picture or the neighbours."""
        width, height = self._size
        zoom = 1 / float(np.tan(np.radians(camera.field_deg / 2)))
        wanted = role.height * (2.0 / place.distance_m) ** 0.7 * float(rng.uniform(0.85, 1.2)) * height * zoom
        # Legs may be out of the picture, heads not.
        below = 1.6 if rng.random() < _CUT_SHARE else 1.05
        tallest = 2 * min(row, (1 - row) * below) * height
        if role.sight == "hidden":
            gap *= 0.6
        widest = min(2.0 * gap, 0.7) * width
        return max(10.0, min(wanted, tallest, widest * role.picture.height / role.picture.width))

    def _manner(self, role: Role, rng: np.random.Generator) -> Manner:
        if not role.sounds:
            return _IDLE[int(rng.integers(len(_IDLE)))]
        if not role.familiar:
            return ("stroke", "mouth", "call", "shake")[int(rng.integers(4))]
        return _MANNERS[BY_NAME[role.class_name].kind]

    def _occluders(self, rng: np.random.Generator) -> list[Sprite]:
        """One or two near things at the lower edge: heads of an audience, or things out of focus."""
        height = self._size[1]
        occluders: list[Sprite] = []
        for _ in range(int(rng.integers(1, 3))):
            image = _from_behind(height, rng) if rng.random() < 0.5 else self._near(rng)
            row = 1.0 - float(rng.uniform(-0.1, 0.35)) * image.height / height
            occluders.append(Sprite(image, float(rng.uniform(0.05, 0.95)), row, 0.4))
        return occluders

    def _near(self, rng: np.random.Generator) -> Image.Image:
        thing = self._things.thing(rng)
        size = float(rng.uniform(0.25, 0.5)) * self._size[1]
        scale = size / max(thing.size)
        image = thing.resize((max(4, round(thing.width * scale)), max(4, round(thing.height * scale))))
        return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.015)) * self._size[1]))


def _from_behind(height: int, rng: np.random.Generator) -> Image.Image:
    """A dark head and shoulders, out of focus."""
    size = round(float(rng.uniform(0.3, 0.5)) * height)
    ys, xs = np.mgrid[0:size, 0:size] / size
    head = ((xs - 0.5) / 0.2) ** 2 + ((ys - 0.32) / 0.27) ** 2 < 1
    shoulders = ((xs - 0.5) / 0.48) ** 2 + ((ys - 1.05) / 0.5) ** 2 < 1
    alpha = Image.fromarray(np.where(head | shoulders, 255, 0).astype(np.uint8))
    dark = tuple(int(value * 0.35) for value in cloth(rng))
    image = Image.new("RGBA", (size, size), (*dark, 0))
    image.putalpha(alpha.filter(ImageFilter.GaussianBlur(0.012 * height)))
    return image


def _screen(hidden: Sprite, size: tuple[int, int], rng: np.random.Generator) -> Sprite:
    """A piece of furniture or curtain in front of a sprite that covers all of it."""
    width, height = round(1.15 * hidden.image.width) + 4, round(1.15 * hidden.image.height) + 4
    paint = np.broadcast_to(np.array(cloth(rng), np.float32), (height, width, 3))
    folds = 1 + 0.12 * np.sin(np.arange(width) / width * float(rng.uniform(6, 60)))[None, :]
    light = (1 + 0.15 * clouds(width, height, rng)) * folds
    image = Image.fromarray(np.clip(paint * light[..., None], 0, 255).astype(np.uint8)).convert("RGBA")
    return Sprite(image, hidden.column, hidden.row, 0.8 * hidden.distance_m)
