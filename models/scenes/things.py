"""Things: photographs that belong to no class that sounds, and shapes that belong to none at all."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from models.scenes.canvas import cloth, shaded
from models.scenes.classes import BY_NAME
from models.scenes.sceneries import clouds
from models.scenes.synthesis import STAMPS
from realtime.errors import DataError

_FOLDERS = (
    "household",
    "food",
    "plants",
    "clothes",
    "sports",
    "vehicles",
    "animals/fish",
    "animals/insects",
    "animals/lizards",
    "seasonal",
    "hobbies",
    "medical",
    "military",
    "space",
    "town",
)
_SHAPES = 24
_KEPT = 400


class Things:
    """Silent things and unknown ones, each made when first asked for.

    Parameters
    ----------
    part
        'familiar' or 'foreign': two thirds and one third of the photographs, none in both.
    seed
        Draws the shapes.
    height_px
        Largest height and width at which they are kept.

    Raises
    ------
    DataError
        When there are no photographs.
    """

    def __init__(self, part: str, seed: int, height_px: int) -> None:
        foreign = part != "familiar"
        self._paths = [path for path in _photographs() if (zlib.crc32(path.name.encode()) % 3 == 0) == foreign]
        if not self._paths:
            raise DataError(f"no photographs in {STAMPS}; run: apt-get install tuxpaint-stamps-default")
        self._seed = seed
        self._height = height_px
        self._kept: dict[int, Image.Image] = {}

    def thing(self, rng: np.random.Generator) -> Image.Image:
        """Return the photograph of a silent thing, RGBA and shared: do not write to it."""
        return self._get(int(rng.integers(len(self._paths))))

    def stranger(self, rng: np.random.Generator) -> Image.Image:
        """Return what nobody knows: half of the time a photograph, otherwise a shape; RGBA and shared."""
        if rng.random() < 0.5:
            return self.thing(rng)
        return self._get(len(self._paths) + int(rng.integers(_SHAPES)))

    def _get(self, number: int) -> Image.Image:
        if number not in self._kept:
            if len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[number] = self._make(number)
        return self._kept[number]

    def _make(self, number: int) -> Image.Image:
        if number >= len(self._paths):
            return shape(self._height, np.random.default_rng([self._seed, number]))
        with Image.open(self._paths[number]) as opened:
            photo = opened.convert("RGBA")
        photo = photo.crop(photo.getchannel("A").point([0] * 8 + [255] * 248).getbbox())
        photo.thumbnail((self._height, self._height), Image.Resampling.BOX)
        return photo


def shape(height_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw a rounded shape of random outline with a random pattern; RGBA, `height_px` high."""
    width = round(height_px * float(rng.uniform(0.45, 1.3)))
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones_like(turns)
    for wave in range(2, 7):
        radius += float(rng.normal(0, 0.3 / wave)) * np.cos(wave * turns + float(rng.uniform(0, 6.3)))
    radius = np.clip(radius, 0.35, None) / radius.max()
    mask = Image.new("L", (width, height_px))
    points = [
        (width / 2 * (1 + r * np.cos(t)), height_px / 2 * (1 + r * np.sin(t)))
        for r, t in zip(radius.tolist(), turns.tolist(), strict=True)
    ]
    ImageDraw.Draw(mask).polygon(points, fill=255)
    ys, xs = np.mgrid[0:height_px, 0:width] / height_px
    lean, step = float(rng.uniform(0, np.pi)), float(rng.uniform(12, 60))
    stripes = np.sin(step * (xs * np.cos(lean) + ys * np.sin(lean))) > float(rng.uniform(-0.6, 0.9))
    colours = np.where(stripes[..., None], np.array(cloth(rng)), np.array(cloth(rng))).astype(np.float32)
    colours *= 1 + 0.4 * clouds(width, height_px, rng)[..., None]
    image = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)).convert("RGBA")
    image.putalpha(mask.filter(ImageFilter.GaussianBlur(0.8)))
    return shaded(image, rng)


@cache
def _photographs() -> tuple[Path, ...]:
    """The stamps' photographs of what sounds in no scene, mirrored and outlined copies left out."""
    sounding = {STAMPS / f"{photo}.png" for known in BY_NAME.values() for photo in known.photos}
    paths = sorted(path for folder in _FOLDERS for path in (STAMPS / folder).rglob("*.png"))
    return tuple(
        path
        for path in paths
        if path not in sounding
        and not path.stem.endswith(("_mirror", "_flip", "-outline"))
        and not {"flags", "roadsigns", "hanukkah"} & set(path.parts)
    )
