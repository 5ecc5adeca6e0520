"""Stage: a background, the sprites of the sources, and the camera that looks at them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

FIELD_OF_VIEW_DEG = 90.0

_NOISE: NDArray[np.int16] = (np.random.default_rng(0).normal(0, 1, 1 << 20) * 256).astype(np.int16)
"""Grain with a deviation of 256, read from a random place on: cheaper than drawing it for every picture."""


def column(azimuth_deg: float, field_deg: float = FIELD_OF_VIEW_DEG) -> float:
    """Return where a direction falls in the picture: 0 its left edge, 1 its right, by the pinhole formula."""
    return 0.5 - 0.5 * float(np.tan(np.radians(azimuth_deg)) / np.tan(np.radians(field_deg / 2)))


def row(azimuth_deg: float, elevation_deg: float, aspect: float, field_deg: float = FIELD_OF_VIEW_DEG) -> float:
    """Return where a direction falls: 0 the picture's upper edge, 1 its lower; `aspect` is width over height."""
    rise = float(np.tan(np.radians(elevation_deg)) / np.cos(np.radians(azimuth_deg)))
    return 0.5 - 0.5 * aspect * rise / float(np.tan(np.radians(field_deg / 2)))


@dataclass(frozen=True, slots=True)
class Sprite:
    """A picture (RGBA), the point that its middle covers in fractions from the image's upper left, and its distance."""

    image: Image.Image
    column: float
    row: float
    distance_m: float


def posed(picture: Image.Image, height: float, rng: np.random.Generator) -> Image.Image:
    """Scale, perhaps mirror, slightly turn and light a picture; turned it still fits into what it filled upright."""
    turn = float(rng.normal(0, 3)) if rng.random() < 0.5 else 0.0
    cosine, sine, aspect = np.cos(np.radians(turn)), abs(np.sin(np.radians(turn))), picture.width / picture.height
    height /= float(max(cosine + sine * aspect, cosine + sine / aspect))
    size = (max(2, round(height * aspect)), max(2, round(height)))
    small = picture.resize(size, Image.Resampling.BOX if size[1] * 2 < picture.height else Image.Resampling.BILINEAR)
    if rng.random() < 0.5:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if turn:
        small = small.rotate(turn, Image.Resampling.BILINEAR, expand=True)
    return ImageEnhance.Brightness(small).enhance(float(rng.uniform(0.75, 1.2)))


class Lens:
    """One camera's look: brightness, contrast, gamma, colour cast, blur and noise, all drawn from `rng`."""

    def __init__(self, rng: np.random.Generator) -> None:
        gain, gamma = float(rng.uniform(0.7, 1.25)), float(rng.uniform(0.8, 1.25))
        contrast, cast = float(rng.uniform(0.75, 1.15)), rng.uniform(0.88, 1.12, 3)
        ramp = (np.arange(256) / 255) ** gamma
        curves = ((ramp - 0.5) * contrast + 0.5)[None] * gain * cast[:, None]  # (3, 256)
        self._curves: list[int] = np.clip(np.round(255 * curves), 0, 255).astype(int).ravel().tolist()
        self._blur = float(rng.uniform(0.3, 1.1)) if rng.random() < 0.4 else 0.0
        self._noise = float(rng.uniform(0, 9)) if rng.random() < 0.7 else 0.0

    def look(self, image: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return an RGB picture as this camera takes it, shape (height, width, 3), uint8."""
        if self._blur:
            image = image.filter(ImageFilter.GaussianBlur(self._blur * image.height / 112))
        pixels = np.asarray(image.point(self._curves))
        if not self._noise:
            return pixels.copy()
        start = int(rng.integers(max(1, len(_NOISE) - pixels.size)))
        grain = np.resize(_NOISE[start : start + pixels.size], pixels.shape)
        shaken = pixels + (grain * np.int32(round(self._noise * 16)) // 4096)
        return np.clip(shaken, 0, 255).astype(np.uint8)


class Stage:
    """What the camera sees.

    Parameters
    ----------
    background
        RGB picture of the wanted size.
    sprites
        In any order; the nearer hide the farther.
    lens
        The camera.
    """

    def __init__(self, background: Image.Image, sprites: tuple[Sprite, ...], lens: Lens) -> None:
        self.background = background
        self.sprites = sprites
        self.lens = lens

    def picture(self, rng: np.random.Generator, lifts: NDArray[np.float64] | None = None) -> NDArray[np.uint8]:
        """Take a picture.

        Parameters
        ----------
        rng
            Draws the noise.
        lifts
            How far each sprite is raised, as a fraction of its own height, shape (sprites,).

        Returns
        -------
        NDArray[np.uint8]
            Shape (height, width, 3), RGB.
        """
        image = self.background.copy()
        raised = np.zeros(len(self.sprites)) if lifts is None else lifts
        farthest_first = sorted(zip(self.sprites, raised, strict=True), key=lambda pair: -pair[0].distance_m)
        for sprite, share in farthest_first:
            lift = float(share) * sprite.image.height
            left = round(sprite.column * image.width - sprite.image.width / 2)
            top = round(sprite.row * image.height - sprite.image.height / 2 - lift)
            image.paste(sprite.image, (left, top), sprite.image)
        return self.lens.look(image, rng)
