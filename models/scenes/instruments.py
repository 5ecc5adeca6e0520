"""Instruments, drawn: those of which there is no photograph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from models.scenes.canvas import Canvas, Colour, Points, cloth, pick, shade

_WOODS: tuple[Colour, ...] = ((22, 20, 22), (74, 40, 22), (110, 62, 32), (150, 96, 52), (212, 208, 200))
_BRASSES: tuple[Colour, ...] = ((214, 170, 66), (196, 148, 52), (186, 186, 192))


def piano(height_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw an upright piano or a grand piano from the side of the keys."""
    wood = pick(_WOODS, rng)
    if rng.random() < 0.5:
        return _grand(height_px, wood, rng)
    canvas = Canvas(125, height_px)
    canvas.box(8, 4, 117, 94, wood, 2)
    canvas.box(5, 2, 120, 8, shade(wood, 1.25), 2)
    canvas.box(16, 14, 109, 42, shade(wood, 1.15 if sum(wood) > 150 else 1.7), 2)
    canvas.box(42, 18, 83, 40, (240, 238, 228))
    for stave in range(5):
        canvas.line([(45, 22 + 3.5 * stave), (80, 22 + 3.5 * stave)], (90, 90, 90), 0.4)
    canvas.box(4, 48, 121, 64, shade(wood, 0.85), 2)
    _keys(canvas, 10, 115, 49, 58, 28)
    canvas.box(16, 68, 109, 90, shade(wood, 0.8), 2)
    for x in (10, 115):
        canvas.box(x - 4, 60, x + 4, 98, shade(wood, 0.9), 1)
    for x in (56, 62, 68):
        canvas.box(x - 1.5, 90, x + 1.5, 96, (212, 172, 70), 1)
    return canvas.finish(rng)


def _grand(height_px: int, wood: Colour, rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(140, height_px)
    lid: Points = [(12, 44), (28, 6), (70, 2), (112, 12), (134, 34), (132, 44)]
    canvas.polygon(lid, shade(wood, 1.2))
    canvas.polygon([(18, 43), (32, 11), (70, 7), (108, 16), (126, 35), (124, 43)], shade((196, 156, 84), 0.9))
    for string in range(9):
        canvas.line([(26 + 11 * string, 43), (36 + 8.5 * string, 14 + abs(string - 3))], (150, 116, 60), 0.5)
    canvas.line([(120, 46), (110, 16)], shade(wood, 0.7), 1.4)
    canvas.box(6, 43, 136, 60, wood, 4)
    _keys(canvas, 14, 128, 50, 60, 30)
    for x in (18, 72, 124):
        canvas.polygon([(x - 4, 60), (x + 4, 60), (x + 2, 97), (x - 2, 97)], shade(wood, 0.85))
    canvas.box(68, 62, 76, 92, shade(wood, 0.7))
    return canvas.finish(rng)


def _keys(canvas: Canvas, left: float, right: float, top: float, bottom: float, count: int) -> None:
    step = (right - left) / count
    canvas.box(left, top, right, bottom, (246, 244, 236))
    for key in range(count + 1):
        canvas.line([(left + key * step, top), (left + key * step, bottom)], (90, 90, 90), 0.35)
        if key % 7 not in (0, 3) and key < count:
            x = left + key * step
            canvas.box(x - 0.3 * step, top, x + 0.3 * step, top + 0.62 * (bottom - top), (18, 18, 20))


def keyboard(height_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw a stage keyboard on a crossed stand."""
    canvas = Canvas(150, height_px)
    case = shade(cloth(rng), 0.4) if rng.random() < 0.6 else (200, 40, 36)
    metal = shade((120, 122, 128), float(rng.uniform(0.4, 1.2)))
    canvas.line([(30, 34), (118, 96)], metal, 4)
    canvas.line([(120, 34), (32, 96)], metal, 4)
    for x in (32, 118):
        canvas.line([(x - 8, 97), (x + 8, 97)], shade(metal, 0.7), 3)
    canvas.box(4, 6, 146, 38, case, 3)
    canvas.box(4, 6, 146, 10, shade(case, 1.6), 2)
    canvas.box(60, 10, 90, 18, (110, 200, 190), 1)
    for knob in range(8):
        x = 12 + 5.5 * knob if knob < 7 else 100
        canvas.ellipse(x, 14, 1.8, 1.8, (220, 220, 220))
    for knob in range(6):
        canvas.box(98 + 7 * knob, 11, 102 + 7 * knob, 17, shade(cloth(rng), 1.2), 0.6)
    _keys(canvas, 9, 141, 20, 36, 35)
    return canvas.finish(rng)


def accordion(height_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw an accordion with its bellows opened by a random amount."""
    opened = float(rng.uniform(34, 62))
    canvas = Canvas(64 + opened, height_px)
    case = pick(((170, 24, 34), (24, 26, 34), (28, 60, 130), (206, 202, 192), (24, 96, 62)), rng)
    bellows = pick(((36, 32, 34), (150, 26, 34), (226, 220, 206)), rng)
    folds = int(opened // 5)
    for fold in range(folds):
        left = 32 + opened * fold / folds
        paint = shade(bellows, 1.25 if fold % 2 else 0.75)
        right = left + opened / folds
        canvas.polygon([(left, 8 + fold % 2), (right, 8 + (fold + 1) % 2), (right, 92), (left, 92)], paint)
    canvas.box(2, 4, 33, 96, case, 6)
    right = 31 + opened
    canvas.box(right, 6, right + 31, 94, case, 6)
    canvas.box(4, 12, 15, 88, (246, 244, 236), 1)
    for key in range(17):
        y = 12 + 76 * key / 16
        canvas.line([(4, y), (15, y)], (90, 90, 90), 0.5)
        if key % 7 not in (0, 3) and key < 16:
            canvas.box(9, y - 1.4, 15, y + 1.4, (18, 18, 20))
    for row in range(5):
        canvas.line([(20, 22 + 13 * row), (29, 18 + 13 * row)], (224, 196, 110), 1.6)
        for column in range(9):
            canvas.ellipse(right + 8 + 4.4 * row, 18 + 8 * column + row, 1.5, 1.5, (240, 240, 238))
    return canvas.finish(rng)


def flute(height_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw a transverse flute, slightly rising."""
    canvas = Canvas(330, height_px)
    metal = pick(((196, 200, 208), (170, 174, 182), (214, 178, 96)), rng)
    canvas.tube([(8, 70), (322, 30)], metal, 17, 16)
    canvas.ellipse(50, 62, 15, 11, shade(metal, 0.8))
    canvas.ellipse(50, 61, 6, 4.5, (50, 48, 52))
    for key in range(13):
        x = 110 + 15.4 * key
        y = 57 - 0.127 * (x - 110)
        canvas.ellipse(x, y - 3, 6, 6, shade(metal, 0.62))
        canvas.ellipse(x, y - 4, 4.2, 4.2, shade(metal, 1.2))
    for x in (88, 292):
        canvas.box(x - 4, 48 - 0.127 * (x - 110), x + 4, 69 - 0.127 * (x - 110), shade(metal, 0.7), 2)
    return canvas.finish(rng)


def saxophone(height_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw an alto saxophone: mouthpiece, bent neck, conical body, upturned bell."""
    canvas = Canvas(62, height_px)
    brass = pick(_BRASSES, rng)
    angle = np.linspace(0, np.pi, 10)
    bow: Points = [(float(30 - 11 * np.cos(a)), float(80 + 13 * np.sin(a))) for a in angle]
    canvas.tube([(4, 13), (10, 7), (17, 6), (19, 14), (19, 50), *bow], brass, 2.6, 11)
    canvas.tube([bow[-1], (43, 68), (47, 54)], brass, 11, 17)
    canvas.ellipse(49, 48, 12, 5.5, brass)
    canvas.ellipse(49, 47.4, 10, 4, shade(brass, 0.4))
    canvas.line([(2, 16), (7, 10)], (24, 22, 24), 3.4)
    for key in range(8):
        y = 22 + 7.4 * key
        canvas.ellipse(20 + 1.2 * (key % 2), y, 3.2, 2.8, shade(brass, 1.3))
        canvas.ellipse(20 + 1.2 * (key % 2), y, 1.8, 1.5, shade(brass, 0.8))
    canvas.line([(26, 22), (27, 76)], shade(brass, 0.7), 1.1)
    for y in (66, 76):
        canvas.ellipse(38, y, 4, 3.6, shade(brass, 1.25))
    return canvas.finish(rng)


def harp(height_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw a pedal harp: pillar, curved neck, soundboard and strings."""
    canvas = Canvas(66, height_px)
    wood = pick(((206, 160, 70), (150, 92, 44), (96, 54, 30), (222, 190, 120)), rng)
    neck: Points = [(9, 9), (18, 14), (30, 22), (42, 21), (52, 13), (57, 12)]
    for string in range(22):
        share = (string + 1) / 23
        x = 13 + 42 * share
        top = float(np.interp(x, [point[0] for point in neck], [point[1] for point in neck]))
        bottom = 88 + (14 - 88) * share**1.05
        paint: Colour = (190, 40, 40) if string % 7 == 0 else (236, 232, 220)
        canvas.line([(x, top), (x, max(bottom, top + 3))], paint, 0.5)
    canvas.polygon([(14, 90), (58, 10), (63, 12), (30, 94)], wood)
    canvas.polygon([(18, 90), (58, 16), (60, 17), (24, 92)], shade(wood, 1.2))
    canvas.tube([(9, 8), (10, 92)], wood, 5, 5)
    canvas.tube(neck, shade(wood, 0.95), 5, 5)
    canvas.ellipse(9, 6, 4.6, 4.2, shade(wood, 1.2))
    canvas.box(3, 90, 36, 98, shade(wood, 0.8), 2)
    return canvas.finish(rng)


DRAWINGS: dict[str, Callable[[int, np.random.Generator], Image.Image]] = {
    "piano": piano,
    "keyboard": keyboard,
    "accordion": accordion,
    "flute": flute,
    "saxophone": saxophone,
    "harp": harp,
}
"""How to draw each class of instrument that has no photograph: (height in pixels, rng) -> RGBA picture."""
