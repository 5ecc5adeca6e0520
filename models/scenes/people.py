"""People, drawn: skin, hair, clothes, gestures, glasses and beards differ from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from models.scenes.canvas import Canvas, Colour, Points, cloth, pick, shade

_SKINS: tuple[Colour, ...] = (
    (247, 214, 186),
    (236, 188, 150),
    (224, 172, 125),
    (198, 134, 88),
    (160, 104, 66),
    (115, 72, 46),
    (84, 53, 36),
)
_HAIRS: tuple[Colour, ...] = (
    (28, 22, 20),
    (58, 38, 24),
    (96, 62, 34),
    (150, 104, 52),
    (208, 168, 96),
    (160, 70, 36),
    (150, 150, 152),
)


@dataclass(frozen=True, slots=True)
class _Looks:
    skin: Colour
    hair: Colour
    top: Colour
    legs: Colour
    long_hair: bool
    playing: bool


def person(height_px: int, rng: np.random.Generator, *, long_hair: bool, playing: bool = False) -> Image.Image:
    """Draw a standing person, 40 wide; `playing` bends both arms to hold something at the chest."""
    canvas = Canvas(40, height_px)
    looks = _Looks(pick(_SKINS, rng), pick(_HAIRS, rng), cloth(rng), cloth(rng), long_hair, playing)
    skin, hair, top, legs = looks.skin, looks.hair, looks.top, looks.legs
    shoe = shade(cloth(rng), 0.5)
    shoulder, hip = float(rng.uniform(8.2, 10)) - long_hair, float(rng.uniform(5.6, 7.2)) + 0.6 * long_hair
    middle, waist, foot = 20.0, 52.0, 97.0
    if long_hair:
        length = float(rng.uniform(18, 32))
        canvas.box(middle - 7.4, 4, middle + 7.4, length, hair, 6)
    dress = long_hair and rng.random() < 0.4
    for side in (-1, 1):
        ankle = middle + side * float(rng.uniform(3, 5.5))
        leg = skin if dress else legs
        bones: Points = [(middle + side * hip * 0.5, waist), (ankle, 76), (ankle, foot - 2)]
        canvas.line(bones, leg, 4.2 if dress else 6.2)
        canvas.ellipse(ankle + side * 1.4, foot, 3.8, 2.2, shoe)
    canvas.polygon([(17.6, 14), (22.4, 14), (22.6, 24), (17.4, 24)], shade(skin, 0.86))
    hem = 74.0 if dress else waist + 3
    flare = hip * (1.5 if dress else 1.0)
    body: Points = [(middle - shoulder, 24), (middle - 3, 21), (middle + 3, 21), (middle + shoulder, 24)]
    body += [(middle + hip * 0.92, 44), (middle + flare, hem), (middle - flare, hem), (middle - hip * 0.92, 44)]
    canvas.polygon(body, top)
    if rng.random() < 0.4:
        canvas.polygon([(17, 21), (23, 21), (20, 29)], skin)
    if rng.random() < 0.35:
        canvas.box(middle - 0.5, 22, middle + 0.5, min(hem, 56), shade(top, 0.6))
    sleeve = skin if rng.random() < 0.4 else top
    for side in (-1, 1):
        _arm(canvas, middle + side * (shoulder - 1), side, looks, sleeve, rng)
    _face(canvas, middle, looks, rng)
    return canvas.finish(rng)


def _arm(canvas: Canvas, x: float, side: int, looks: _Looks, sleeve: Colour, rng: np.random.Generator) -> None:
    gesture = float(rng.random())
    elbow = (x + side * float(rng.uniform(2, 4.5)), 39.0)
    if looks.playing:
        hand = (20 - side * float(rng.uniform(-4, 2)), float(rng.uniform(34, 44)))
    elif gesture < 0.55:
        hand = (x + side * float(rng.uniform(1, 4)), 54.0)
    else:
        hand = (x + side * float(rng.uniform(-5, 6)), float(rng.uniform(28, 42)))
    canvas.line([(x, 26), elbow], shade(looks.top, 0.9), 4.6)
    canvas.line([elbow, hand], shade(sleeve, 0.94), 3.6)
    canvas.ellipse(*hand, 2.2, 2.4, looks.skin)


def _face(canvas: Canvas, x: float, looks: _Looks, rng: np.random.Generator) -> None:
    skin, hair, long_hair = looks.skin, looks.hair, looks.long_hair
    bald = not long_hair and rng.random() < 0.12
    if not bald:
        canvas.ellipse(x, 8.4, 6.6, 7.4, hair)
    canvas.ellipse(x, 10.4, 5.6, 7.2, skin)
    if not bald:
        fringe: Points = [(x - 5.8, 9), (x - 5.4, 4), (x, 1.4), (x + 5.4, 4), (x + 5.8, 9), (x + 2, 5.8), (x - 3, 5.4)]
        canvas.polygon(fringe, hair)
    if not long_hair and rng.random() < 0.35:
        canvas.ellipse(x, 15.4, 4.4, 2.8, hair)
    for side in (-1, 1):
        canvas.ellipse(x + side * 2.2, 9.8, 0.9, 0.7, (250, 250, 248))
        canvas.ellipse(x + side * 2.2, 9.8, 0.5, 0.6, (40, 30, 26))
        canvas.line([(x + side * 1.3, 8.2), (x + side * 3.2, 8.0)], shade(hair, 0.8), 0.5)
    if rng.random() < 0.25:
        for side in (-1, 1):
            canvas.box(x + side * 2.2 - 1.7, 8.7, x + side * 2.2 + 1.7, 11, (36, 34, 38), 0.8)
            canvas.box(x + side * 2.2 - 1.3, 9.1, x + side * 2.2 + 1.3, 10.6, (190, 205, 215), 0.6)
    canvas.line([(x, 10.4), (x - 0.5, 12.2), (x + 0.3, 12.3)], shade(skin, 0.75), 0.4)
    opened = float(rng.uniform(0.5, 1.5))
    canvas.ellipse(x, 14.6, 1.9, opened, (150, 52, 54))
    canvas.ellipse(x, 14.8, 1.3, opened * 0.55, (70, 20, 24))
