"""Canvas: draws with PIL, large, and reduces once; colours and light for what is drawn."""

from __future__ import annotations

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]

_OVERSAMPLE = 3


class Canvas:
    """A transparent picture in units of 1/100 of its height, drawn large and reduced once.

    Parameters
    ----------
    width
        Width in hundredths of the height.
    height_px
        Height of the result in pixels.
    """

    def __init__(self, width: float, height_px: int) -> None:
        self._scale = height_px * _OVERSAMPLE / 100
        self._size = (round(width * height_px / 100), height_px)
        self._image = Image.new("RGBA", (self._size[0] * _OVERSAMPLE, height_px * _OVERSAMPLE))
        self._draw = ImageDraw.Draw(self._image)

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._at(*point) for point in points], fill=colour)

    def ellipse(self, x: float, y: float, half_width: float, half_height: float, colour: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        corners = (*self._at(x - half_width, y - half_height), *self._at(x + half_width, y + half_height))
        self._draw.ellipse(corners, colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, radius: float = 0.0) -> None:
        """Fill a rectangle, its corners rounded by `radius`."""
        corners = (*self._at(left, top), *self._at(right, bottom))
        self._draw.rounded_rectangle(corners, radius * self._scale, fill=colour)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draw a line with round ends and joints."""
        pixels = max(1, round(width * self._scale))
        self._draw.line([self._at(*point) for point in points], fill=colour, width=pixels, joint="curve")
        for x, y in (points[0], points[-1]):
            self.ellipse(x, y, width / 2, width / 2, colour)

    def tube(self, points: Points, colour: Colour, first: float, last: float) -> None:
        """Draw a bent tube whose width goes from `first` to `last`, lit along its middle."""
        path = np.asarray(points, np.float64)
        places = np.linspace(0, len(path) - 1, 24 * len(path))
        xs = np.interp(places, np.arange(len(path)), path[:, 0])
        ys = np.interp(places, np.arange(len(path)), path[:, 1])
        shares = np.linspace(0, 1, len(places)) ** 1.5
        for part, paint in ((1.0, shade(colour, 0.72)), (0.62, colour), (0.2, shade(colour, 1.3))):
            for x, y, share in zip(xs, ys, shares, strict=True):
                radius = (first + (last - first) * float(share)) / 2 * part
                self.ellipse(float(x), float(y), radius, radius, paint)

    def finish(self, rng: np.random.Generator) -> Image.Image:
        """Reduce, shade from a random side, and return the picture as RGBA."""
        image = self._image.resize(self._size, Image.Resampling.BOX)
        return shaded(image, rng)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return x * self._scale, y * self._scale


def shade(colour: Colour, gain: float) -> Colour:
    """Make a colour lighter (gain > 1) or darker."""
    red, green, blue = (int(np.clip(value * gain, 0, 255)) for value in colour)
    return red, green, blue


def shaded(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Give a flat drawing light from one side, soft inner shadow and a little grain."""
    pixels = np.asarray(image, np.float32).copy()
    height, width = pixels.shape[:2]
    side = float(rng.uniform(-0.22, 0.22))
    light = 1 + side * np.linspace(-1, 1, width)[None, :] - 0.14 * np.linspace(-1, 1, height)[:, None]
    inner = np.asarray(image.getchannel("A").filter(ImageFilter.GaussianBlur(height / 40)), np.float32) / 255
    light = light * (0.72 + 0.3 * inner) + rng.normal(0, 0.02, (height, width))
    pixels[..., :3] = np.clip(pixels[..., :3] * light[..., None], 0, 255)
    return Image.fromarray(pixels.astype(np.uint8), "RGBA")


def pick(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    """Draw one of some colours, a little lighter or darker."""
    return shade(colours[int(rng.integers(len(colours)))], float(rng.uniform(0.85, 1.15)))


def cloth(rng: np.random.Generator) -> Colour:
    """Draw a colour for clothes, walls or cushions: often muted, sometimes bright."""
    saturation = float(rng.uniform(0.05, 0.85))
    red, green, blue = colorsys.hsv_to_rgb(float(rng.random()), saturation, float(rng.uniform(0.15, 0.95)))
    return int(red * 255), int(green * 255), int(blue * 255)
