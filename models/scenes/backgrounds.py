"""Backgrounds: drawn sceneries with silent things standing about, or pictures from a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from models.scenes.sceneries import scenery
from models.scenes.synthesis import STAMPS
from realtime.errors import DataError

_CLUTTER_FOLDERS = ("household", "food", "plants", "clothes", "sports", "vehicles")
_IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


class Backgrounds:
    """A pool of backgrounds, each drawn when first asked for.

    Parameters
    ----------
    height, width
        Size of the pictures to cut from them, pixels; the pool is kept 1.5 times as large.
    seed
        Draws the pool.
    count
        How many are drawn.
    folder
        Take the pictures of this folder, too.
    share
        Of the backgrounds that are those pictures.
    paint
        Draws one, RGB, from width, height and generator; by default a scenery with silent things.

    Raises
    ------
    DataError
        When `folder` holds no picture.
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int,
        *,
        count: int = 64,
        folder: Path | None = None,
        share: float = 1.0,
        paint: Callable[[int, int, np.random.Generator], Image.Image] | None = None,
    ) -> None:
        self._size = (width, height)
        self._large = (round(1.5 * width), round(1.5 * height))
        self._seed = seed
        self._paint = paint
        self._paths = [] if folder is None else _pictures(folder)
        self._share = share
        self._count = count
        self._pool: dict[int | Path, Image.Image] = {}
        self._things: list[Image.Image] = []

    def cut(self, rng: np.random.Generator) -> Image.Image:
        """Return an RGB picture of the wanted size: a random part of a random background, perhaps mirrored."""
        which = self._choose(rng)
        if which not in self._pool:
            self._pool[which] = _filled(which, self._large) if isinstance(which, Path) else self._make(which)
        large = self._pool[which]
        share = float(rng.uniform(0.65, 1.0))
        width, height = large.width * share, large.height * share
        left, top = float(rng.uniform(0, large.width - width)), float(rng.uniform(0, large.height - height))
        box = (left, top, left + width, top + height)
        part = large.resize(self._size, Image.Resampling.BILINEAR, box=box)
        return part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else part

    def _choose(self, rng: np.random.Generator) -> int | Path:
        if self._paths and (self._share == 1 or rng.random() < self._share):
            return self._paths[int(rng.integers(len(self._paths)))]
        return int(rng.integers(self._count))

    def _make(self, number: int) -> Image.Image:
        rng = np.random.default_rng([self._seed, number])
        if self._paint is not None:
            return self._paint(*self._large, rng)
        image = scenery(*self._large, rng)
        if rng.random() < 0.6:
            self._clutter(image, rng)
        return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.008)) * image.height))

    def _clutter(self, image: Image.Image, rng: np.random.Generator) -> None:
        """Put one to four photographs of silent things on the picture."""
        if not self._things:
            self._things = _silent_things()
        for _ in range(int(rng.integers(1, 5))):
            thing = self._things[int(rng.integers(len(self._things)))].copy()
            height = float(rng.uniform(0.1, 0.32)) * image.height
            thing.thumbnail((round(1.5 * height), round(height)))
            left = int(rng.uniform(0, image.width - thing.width))
            top = int(rng.uniform(0.3, 0.95) * image.height - thing.height)
            image.paste(thing, (left, top), thing)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"no folder of pictures {folder}; give one that holds .jpg or .png files")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _IMAGE_SUFFIXES)
    if not paths:
        raise DataError(f"no picture in {folder}; accepted are {', '.join(sorted(_IMAGE_SUFFIXES))}")
    return paths


def _filled(path: Path, size: tuple[int, int]) -> Image.Image:
    """Read a picture, scaled and cropped around its middle to fill `size`."""
    try:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
    except OSError as error:
        raise DataError(f"cannot read {path} as a picture; give {', '.join(sorted(_IMAGE_SUFFIXES))}") from error
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _silent_things() -> list[Image.Image]:
    """Read the stamps' photographs of things that make no sound here, at most 160 pixels large."""
    paths = sorted(path for folder in _CLUTTER_FOLDERS for path in (STAMPS / folder).rglob("*.png"))
    if not paths:
        raise DataError(f"no photographs in {STAMPS}; run: apt-get install tuxpaint-stamps-default")
    things: list[Image.Image] = []
    for path in paths[:: max(1, len(paths) // 60)]:
        with Image.open(path) as opened:
            thing = opened.convert("RGBA")
        thing.thumbnail((160, 160))
        things.append(thing)
    return things
