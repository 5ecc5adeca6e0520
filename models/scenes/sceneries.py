"""Sceneries, drawn: rooms, stages, fields and textures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from models.scenes.canvas import Colour, cloth, shade


def scenery(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Draw a random scenery, half of them rooms; RGB, `width` x `height` pixels."""
    painter = (_room, _room, _room, _stage, _field, _texture)[int(rng.integers(6))]
    return painter(width, height, rng)


def _gradient(width: int, height: int, top: Colour, bottom: Colour) -> Image.Image:
    ramp = np.linspace(0, 1, height)[:, None]
    column = np.asarray(top) * (1 - ramp) + np.asarray(bottom) * ramp
    return Image.fromarray(np.repeat(column[:, None].astype(np.uint8), width, axis=1))


def clouds(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return smooth noise of several sizes, shape (height, width), about -1..1."""
    total = np.zeros((height, width), np.float32)
    for size in (4, 9, 20):
        noise = Image.fromarray(rng.normal(0, 1, (size, 2 * size)).astype(np.float32))
        total += np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC)) * (2.0 / size) ** 0.5
    return total / 2


def _lit(image: Image.Image, gain: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(image, np.float32) * gain[..., None], 0, 255).astype(np.uint8))


def _room(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """A wall, a floor in perspective, windows, frames, shelves, doors, curtains."""
    wall = cloth(rng)
    upper, lower = shade(wall, float(rng.uniform(0.9, 1.2))), shade(wall, float(rng.uniform(0.6, 1.0)))
    image = _gradient(width, height, upper, lower)
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.3:
        _wallpaper(draw, width, height, wall, rng)
    horizon = int(rng.uniform(0.6, 0.85) * height)
    for _ in range(int(rng.integers(1, 6))):
        furnish = (_window, _frame, _shelf, _door, _curtain, _cupboard)[int(rng.integers(6))]
        furnish(draw, float(rng.uniform(0, 0.9)) * width, horizon, height, rng)
    floor = shade(cloth(rng), 0.8)
    draw.rectangle((0, horizon, width, height), floor)
    draw.rectangle((0, horizon - height // 50, width, horizon), shade(wall, 1.25))
    vanishing, count = float(rng.uniform(0.3, 0.7)) * width, int(rng.integers(6, 24))
    for board in range(-count, 2 * count):
        x = width * board / count
        draw.line((vanishing + (x - vanishing) * 0.45, horizon, x, height), shade(floor, 0.78), max(1, height // 160))
    if rng.random() < 0.4:
        rug = [(0.3, 0.02), (0.7, 0.02), (0.85, 0.9), (0.15, 0.9)]
        draw.polygon([(x * width, horizon + y * (height - horizon)) for x, y in rug], cloth(rng))
    return _lit(image, 1 + 0.16 * clouds(width, height, rng))


def _wallpaper(draw: ImageDraw.ImageDraw, width: int, height: int, wall: Colour, rng: np.random.Generator) -> None:
    step = int(rng.integers(height // 20 + 2, height // 5))
    paint = shade(wall, float(rng.uniform(0.8, 1.2)))
    brick = rng.random() < 0.5
    for row, y in enumerate(range(0, height, max(3, step // 2))):
        if brick:
            draw.line((0, y, width, y), paint, 1)
            for x in range((row % 2) * step // 2, width, step):
                draw.line((x, y, x, y + step // 2), paint, 1)
    if not brick:
        for x in range(0, width, step):
            draw.rectangle((x, 0, x + step // 2, height), paint)


def _window(draw: ImageDraw.ImageDraw, x: float, _: int, height: int, rng: np.random.Generator) -> None:
    wide, tall, top = height * rng.uniform(0.25, 0.55), height * rng.uniform(0.3, 0.5), height * rng.uniform(0.05, 0.2)
    frame = shade((230, 228, 222), float(rng.uniform(0.5, 1.05)))
    sky = shade((168, 204, 236), float(rng.uniform(0.3, 1.1)))
    draw.rectangle((x, top, x + wide, top + tall), frame)
    for column in range(2):
        for row in range(2):
            left, up = x + wide * (0.05 + 0.48 * column), top + tall * (0.05 + 0.48 * row)
            draw.rectangle((left, up, left + wide * 0.42, up + tall * 0.42), sky)


def _frame(draw: ImageDraw.ImageDraw, x: float, _: int, height: int, rng: np.random.Generator) -> None:
    wide, tall, top = height * rng.uniform(0.12, 0.3), height * rng.uniform(0.12, 0.3), height * rng.uniform(0.08, 0.3)
    draw.rectangle((x, top, x + wide, top + tall), shade(cloth(rng), 0.5))
    edge = height * 0.015
    draw.rectangle((x + edge, top + edge, x + wide - edge, top + tall - edge), cloth(rng))
    draw.ellipse((x + wide * 0.3, top + tall * 0.3, x + wide * 0.75, top + tall * 0.8), cloth(rng))


def _shelf(draw: ImageDraw.ImageDraw, x: float, horizon: int, height: int, rng: np.random.Generator) -> None:
    wide, top = height * rng.uniform(0.3, 0.6), height * rng.uniform(0.1, 0.35)
    wood = shade((150, 104, 62), float(rng.uniform(0.4, 1.4)))
    draw.rectangle((x, top, x + wide, horizon), shade(wood, 0.6))
    boards = int(rng.integers(2, 5))
    tall = (horizon - top) / boards
    for board in range(boards):
        bottom = top + (board + 1) * tall
        book = x + 2
        while book < x + wide - 3:
            thick = height * float(rng.uniform(0.01, 0.03))
            if rng.random() < 0.85:
                draw.rectangle((book, bottom - tall * rng.uniform(0.5, 0.85), book + thick, bottom), cloth(rng))
            book += thick + 1
        draw.rectangle((x, bottom - height * 0.01, x + wide, bottom + height * 0.01), wood)


def _door(draw: ImageDraw.ImageDraw, x: float, horizon: int, height: int, rng: np.random.Generator) -> None:
    wide, top, paint = height * rng.uniform(0.22, 0.3), height * rng.uniform(0.1, 0.2), cloth(rng)
    draw.rectangle((x, top, x + wide, horizon), shade(paint, 0.7))
    draw.rectangle((x + wide * 0.06, top + wide * 0.06, x + wide * 0.94, horizon), paint)
    draw.ellipse((x + wide * 0.78, height * 0.48, x + wide * 0.86, height * 0.48 + wide * 0.08), (214, 190, 110))


def _curtain(draw: ImageDraw.ImageDraw, x: float, horizon: int, height: int, rng: np.random.Generator) -> None:
    wide, paint, folds = height * rng.uniform(0.2, 0.8), cloth(rng), int(rng.integers(5, 16))
    for fold in range(folds):
        left = x + wide * fold / folds
        draw.rectangle((left, 0, left + wide / folds, horizon), shade(paint, float(rng.uniform(0.7, 1.1))))


def _cupboard(draw: ImageDraw.ImageDraw, x: float, horizon: int, height: int, rng: np.random.Generator) -> None:
    wide, top, paint = height * rng.uniform(0.3, 0.7), horizon - height * rng.uniform(0.15, 0.3), cloth(rng)
    draw.rectangle((x, top, x + wide, horizon), paint)
    draw.rectangle((x - 2, top - height * 0.02, x + wide + 2, top), shade(paint, 1.3))
    for panel in range(3):
        left = x + wide * (0.04 + 0.32 * panel)
        draw.rectangle((left, top + height * 0.02, left + wide * 0.28, horizon - height * 0.02), shade(paint, 0.8))


def _stage(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """A dark stage with pools of coloured light."""
    image = _gradient(width, height, shade(cloth(rng), 0.25), shade(cloth(rng), 0.4))
    pixels = np.asarray(image, np.float32).copy()
    ys, xs = np.mgrid[0:height, 0:width] / height
    for _ in range(int(rng.integers(2, 5))):
        x, lean, spread = float(rng.uniform(0, 2)), float(rng.uniform(-0.5, 0.5)), float(rng.uniform(0.06, 0.2))
        beam = np.exp(-(((xs - x - lean * ys) / (spread * (0.4 + ys))) ** 2))
        pixels += (beam * float(rng.uniform(0.3, 0.8)))[..., None] * np.asarray(cloth(rng), np.float32)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    horizon = int(rng.uniform(0.7, 0.85) * height)
    boards = Image.new("RGB", (width, height - horizon), shade((130, 92, 58), float(rng.uniform(0.3, 1.0))))
    image.paste(Image.blend(boards, image.crop((0, horizon, width, height)), 0.45), (0, horizon))
    return image


def _field(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Sky, hills, trees and grass."""
    sky = shade((150, 196, 238), float(rng.uniform(0.6, 1.1)))
    image = _lit(_gradient(width, height, shade(sky, 0.8), shade(sky, 1.2)), 1 + 0.12 * clouds(width, height, rng))
    draw = ImageDraw.Draw(image)
    xs = np.linspace(0, width, 60)
    for layer in range(int(rng.integers(2, 5))):
        level = height * (0.42 + 0.14 * layer)
        ridge = level + height * 0.07 * np.sin(xs / width * rng.uniform(3, 10) + rng.uniform(0, 6))
        green = shade((96, 142, 70), float(rng.uniform(0.5, 1.2)))
        draw.polygon([(0, height), *zip(xs.tolist(), ridge.tolist(), strict=True), (width, height)], green)
        for _ in range(int(rng.integers(0, 7))):
            spot = int(rng.integers(60))
            x, y, size = xs[spot], ridge[spot], height * rng.uniform(0.05, 0.16)
            draw.rectangle((x - size * 0.1, y - size * 0.3, x + size * 0.1, y + size * 0.2), (92, 66, 44))
            draw.ellipse((x - size * 0.6, y - size * 1.4, x + size * 0.6, y - size * 0.2), shade(green, 0.65))
    return _lit(image, 1 + 0.1 * clouds(width, height, rng))


def _texture(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Blended colours with a heap of soft shapes."""
    image = _gradient(width, height, cloth(rng), cloth(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(0, 30))):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
        wide, tall = height * float(rng.uniform(0.04, 0.3)), height * float(rng.uniform(0.04, 0.3))
        paint = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        paint((x, y, x + wide, y + tall), fill=cloth(rng))
    image = image.filter(ImageFilter.GaussianBlur(height * float(rng.uniform(0.005, 0.05))))
    return _lit(image, 1 + float(rng.uniform(0, 0.4)) * clouds(width, height, rng))
