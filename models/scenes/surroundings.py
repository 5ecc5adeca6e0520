"""Surroundings: sceneries with the statistics of photographs and crowded with things."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from models.scenes.canvas import cloth, shade
from models.scenes.sceneries import clouds, scenery
from models.scenes.things import Things


class Surroundings:
    """Paints what stands behind the sources.

    Parameters
    ----------
    part
        'familiar': rooms, stages, fields, textures and leaves; 'foreign': streets, tiled halls and weaves.
    things
        What stands about.
    """

    def __init__(self, part: str, things: Things) -> None:
        self._familiar = part == "familiar"
        self._things = things

    def paint(self, width: int, height: int, rng: np.random.Generator) -> Image.Image:
        """Return a picture; RGB, `width` x `height` pixels."""
        if self._familiar:
            image = leaves(width, height, rng) if rng.random() < 0.25 else scenery(width, height, rng)
        else:
            image = (_street, _hall, _weave)[int(rng.integers(3))](width, height, rng)
        # Walls, streets and leaves are paler than clothes.
        image = ImageEnhance.Color(_grained(image, rng)).enhance(float(rng.uniform(0.1, 0.85)))
        if rng.random() < 0.75:
            self._crowd(image, rng)
        if rng.random() < 0.5:
            image = _lamplit(image, rng)
        blur = float(rng.uniform(0, 0.012)) if rng.random() < 0.7 else float(rng.uniform(0.012, 0.03))
        return image.filter(ImageFilter.GaussianBlur(blur * height))

    def _crowd(self, image: Image.Image, rng: np.random.Generator) -> None:
        """Put two to nine photographs of things on the picture, the higher up the smaller, with shadows."""
        count = int(rng.integers(2, 10))
        for bottom in np.sort(rng.uniform(0.3, 1.05, count)).tolist():
            thing = self._things.thing(rng)
            size = float(rng.uniform(0.1, 0.3)) * (0.5 + bottom) * image.height
            scale = size / max(thing.size)
            thing = thing.resize((max(2, round(thing.width * scale)), max(2, round(thing.height * scale))))
            if rng.random() < 0.5:
                thing = thing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            left, top = int(rng.uniform(-0.3, 1.0) * image.width), int(bottom * image.height - thing.height)
            dark = thing.getchannel("A").point([value // 3 for value in range(256)])
            image.paste((0, 0, 0), (left + thing.width // 12, top + thing.height // 20), dark)
            image.paste(thing, (left, top), thing)


def leaves(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Draw opaque discs and boxes over each other, sizes falling as in photographs ("dead leaves")."""
    image = Image.new("RGB", (width, height), cloth(rng))
    draw = ImageDraw.Draw(image)
    palette = [cloth(rng) for _ in range(int(rng.integers(3, 9)))]
    sizes = np.sort(0.03 / np.sqrt(rng.uniform(0.002, 1, 260)))[::-1] * height
    for size in sizes.tolist():
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
        paint = shade(palette[int(rng.integers(len(palette)))], float(rng.uniform(0.5, 1.4)))
        stretch = float(rng.uniform(0.4, 2.0))
        box = (x - size * stretch, y - size, x + size * stretch, y + size)
        if rng.random() < 0.6:
            draw.ellipse(box, paint)
        else:
            draw.rectangle(box, paint)
    return image


def _lit(image: Image.Image, gain: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(image, np.float32) * gain[..., None], 0, 255).astype(np.uint8))


def _grained(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Roughen every surface a little: nothing real is one colour."""
    fine = rng.normal(0, 1, (image.height // 2, image.width // 2)).astype(np.float32)
    coarse = np.asarray(Image.fromarray(fine).resize(image.size, Image.Resampling.BICUBIC))
    soft = clouds(image.width, image.height, rng)
    return _lit(image, 1 + float(rng.uniform(0.01, 0.07)) * coarse + 0.12 * soft)


def _lamplit(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Light one place more than the rest."""
    ys, xs = np.mgrid[0 : image.height, 0 : image.width] / image.height
    x, y, reach = float(rng.uniform(0, 2)), float(rng.uniform(-0.3, 0.7)), float(rng.uniform(0.5, 1.5))
    light = 0.55 + 0.75 * np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / reach**2)
    return _lit(image, light.astype(np.float32))


def _street(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """A row of houses with windows under a sky, pavement before them."""
    sky = shade((170, 198, 226), float(rng.uniform(0.35, 1.15)))
    image = _lit(Image.new("RGB", (width, height), sky), 1 + 0.2 * clouds(width, height, rng))
    draw = ImageDraw.Draw(image)
    ground = int(rng.uniform(0.68, 0.88) * height)
    x = -int(rng.uniform(0, 0.2) * width)
    while x < width:
        wide, top = int(rng.uniform(0.15, 0.45) * width), int(rng.uniform(-0.1, 0.35) * height)
        wall = cloth(rng)
        draw.rectangle((x, top, x + wide, ground), wall)
        across, down = int(rng.integers(2, 6)), int(rng.integers(2, 6))
        glass = shade((70, 86, 110), float(rng.uniform(0.4, 2.2)))
        for column in range(across):
            for row in range(down):
                left, up = x + wide * (column + 0.2) / across, top + (ground - top) * (row + 0.2) / down
                right, low = left + 0.6 * wide / across, up + 0.6 * (ground - top) / down
                draw.rectangle((left, up, right, low), shade(glass, float(rng.uniform(0.6, 1.4))))
                draw.rectangle((left, low, right, low + 2), shade(wall, 1.3))
        x += wide + int(rng.uniform(0, 0.05) * width)
    draw.rectangle((0, ground, width, height), shade((120, 118, 114), float(rng.uniform(0.4, 1.2))))
    draw.line((0, ground + height // 30, width, ground + height // 30), (70, 70, 70), max(1, height // 100))
    return image


def _hall(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Tiled walls, pillars and a chequered floor."""
    wall, step = cloth(rng), int(rng.integers(height // 16 + 2, height // 5))
    image = Image.new("RGB", (width, height), wall)
    draw = ImageDraw.Draw(image)
    horizon = int(rng.uniform(0.55, 0.8) * height)
    for x in range(0, width, step):
        for y in range(0, horizon, step):
            draw.rectangle((x + 1, y + 1, x + step - 1, y + step - 1), shade(wall, float(rng.uniform(0.85, 1.2))))
    for x in np.arange(float(rng.uniform(0, 0.3)), 1, float(rng.uniform(0.2, 0.45))).tolist():
        thick, paint = float(rng.uniform(0.03, 0.08)) * width, cloth(rng)
        for part in range(6):
            left = x * width + thick * part / 6
            draw.rectangle((left, 0, left + thick / 6, horizon), shade(paint, 1.2 - 0.1 * part))
    light, dark, rows = cloth(rng), cloth(rng), 7
    for row in range(rows):
        top, low = (horizon + (height - horizon) * (edge / rows) ** 1.6 for edge in (row, row + 1))
        tile = width / 14 * (0.6 + row / rows)
        for number, left in enumerate(np.arange(width / 2 - 14 * tile, width, tile).tolist()):
            draw.rectangle((left, top, left + tile, low), (light, dark)[(number + row) % 2])
    return image


def _weave(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Crossed bands, as of cloth or netting, in uneven light."""
    image = Image.new("RGB", (width, height), cloth(rng))
    for _ in range(int(rng.integers(6, 22))):
        band = Image.new("RGB", (width, height), cloth(rng))
        mask = Image.new("L", (width, height))
        draw, thick = ImageDraw.Draw(mask), int(rng.integers(2, max(4, height // 8)))
        at, lean = float(rng.uniform(0, 1)), float(rng.normal(0, 0.1))
        if rng.random() < 0.5:
            draw.line((at * width, 0, (at + lean) * width, height), int(rng.integers(90, 230)), thick)
        else:
            draw.line((0, at * height, width, (at + lean) * height), int(rng.integers(90, 230)), thick)
        image.paste(band, (0, 0), mask)
    return _lit(image, 1 + 0.3 * clouds(width, height, rng))
