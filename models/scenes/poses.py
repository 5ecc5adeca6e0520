"""Poses: how an actor moves from picture to picture, in time with its sound or by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models.scenes.play import Actor
from models.scenes.stage import Sprite

_PARTS = 4
"""Loudness is looked at this many times a picture, so that an onset is not smeared."""
_ONSET_DB = 3.0
_FOLLOW = 0.7
_COLUMNS, _ROWS = 6, 9
_MOUTH_ROW = 0.147
"""Of a drawn person, as a share of its height."""


@dataclass(frozen=True, slots=True)
class Poses:
    """The poses of one actor, one of each per picture, in shares of its own height.

    Parameters
    ----------
    lift
        How far it is raised, shape (pictures,).
    swing
        How far its moving part is out of place, shape (pictures, 2), to the right and down.
    opened
        How far its mouth is open, 0..1, shape (pictures,).
    centre
        Middle of the moving part, as shares of width and height.
    radius
        Size of the moving part.
    """

    lift: NDArray[np.float64]
    swing: NDArray[np.float64]
    opened: NDArray[np.float64]
    centre: tuple[float, float]
    radius: float


def poses(actor: Actor, sound: NDArray[np.float32] | None, pictures: int, hop: int, rng: np.random.Generator) -> Poses:
    """Return the poses of an actor.

    Parameters
    ----------
    sound
        What it moves with, shape (samples,); None for what is silent.
    pictures, hop
        How many pictures, and how many samples each lasts.
    """
    level, onsets = np.zeros(pictures), np.zeros(pictures, np.bool_)
    if sound is not None:
        level, onsets = _heard(sound, pictures, hop)
    times = np.arange(pictures)
    lift, swing = np.zeros(pictures), np.zeros((pictures, 2))
    centre, radius = (float(rng.choice((0.3, 0.7))), float(rng.uniform(0.3, 0.5))), float(rng.uniform(0.16, 0.3))
    lean = float(rng.uniform(0, 2 * np.pi))
    way = np.array([np.cos(lean), 0.6 * np.sin(lean)]) * float(rng.uniform(0.04, 0.1))
    opened = np.zeros(pictures)
    if actor.manner == "stroke":
        swing = _strokes(onsets)[:, None] * way * (0.4 + 0.6 * level[:, None])
        lift = 0.015 * level
    elif actor.manner == "fidget":
        swing = _strokes(rng.random(pictures) < rng.uniform(0.03, 0.2))[:, None] * way
    elif actor.manner == "mouth":
        opened = level**0.7
        smooth = np.convolve(level, np.hanning(5) / 2, "same")[:pictures]
        swing = (smooth * np.sin(times * float(rng.uniform(0.3, 0.9))))[:, None] * way
        lift = 0.01 * opened
    elif actor.manner == "call":
        opened, centre = level**0.7, (centre[0], 0.25)
        swing = level[:, None] * np.array([0.03 * np.cos(lean), -0.07])
        lift = 0.02 * level
    elif actor.manner == "shake":
        swing = level[:, None] * rng.normal(0, 0.02, (pictures, 2))
        lift = 0.012 * level * rng.standard_normal(pictures)
    elif actor.manner == "sway":
        swing = np.sin(times * float(rng.uniform(0.05, 0.4)) + lean)[:, None] * way
        radius = 0.5
    return Poses(lift, swing, opened, centre, radius)


def posed_at(sprite: Sprite, actor: Actor, its: Poses, number: int) -> Image.Image:
    """Return an actor's picture in one of its poses."""
    image = sprite.image
    height = image.height
    shift = its.swing[number] * height
    if np.abs(shift).max() > 0.05:
        image = _bent(image, its.centre, its.radius, shift)
    if actor.manner != "mouth" or its.opened[number] < 0.05:
        return image
    opened = float(its.opened[number])
    if not actor.person:
        return _bent(image, (0.5, 0.5), 0.4, np.array([0.0, -0.06 * opened * height]))
    image = _bent(image, (0.5, 0.1), 0.12, np.array([0.0, -0.015 * opened * height]))
    x, y, wide, tall = image.width / 2, _MOUTH_ROW * height, 0.021 * height, (0.004 + 0.02 * opened) * height
    ImageDraw.Draw(image).ellipse((x - wide, y - tall, x + wide, y + tall), (90, 26, 30, 255))
    return image


def _heard(sound: NDArray[np.float32], pictures: int, hop: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a sound's level, 0..1, and whether anything starts, shape (pictures,) each."""
    part = hop // _PARTS
    padded = np.pad(sound, (0, max(0, pictures * _PARTS * part - len(sound))))[: pictures * _PARTS * part]
    rms = np.sqrt(np.square(padded.reshape(-1, part), dtype=np.float64).mean(axis=1))
    loud = max(float(np.percentile(rms, 98)), 1e-6)
    rms_db = 20 * np.log10(np.maximum(rms / loud, 1e-2))
    before = np.concatenate([rms_db[:1], np.maximum(rms_db[:-1], np.concatenate([rms_db[:1], rms_db[:-2]]))])
    onsets = (rms_db - before > _ONSET_DB) & (rms_db > -25)
    level = np.clip(rms / loud, 0, 1).reshape(pictures, _PARTS).mean(axis=1)
    return level, onsets.reshape(pictures, _PARTS).any(axis=1)


def _strokes(onsets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Turn to the other side, -1 or 1, at every onset, most of the way in the first picture."""
    place, target = 0.0, 1.0
    places = np.zeros(len(onsets))
    for number, onset in enumerate(onsets):
        target = -target if onset else target
        place += _FOLLOW * (target - place) if onsets[: number + 1].any() else 0.0
        places[number] = place
    return places


def _bent(image: Image.Image, centre: tuple[float, float], radius: float, shift: NDArray[np.float64]) -> Image.Image:
    """Move what is around a point by some pixels, the rest less and less."""
    width, height = image.size
    xs, ys = np.linspace(0, width, _COLUMNS + 1), np.linspace(0, height, _ROWS + 1)
    reach = radius * height
    far = ((xs[None] - centre[0] * width) / reach) ** 2 + ((ys[:, None] - centre[1] * height) / reach) ** 2
    weight = np.exp(-far)  # (rows + 1, columns + 1)
    from_x, from_y = xs[None] - weight * shift[0], ys[:, None] - weight * shift[1]
    mesh: list[tuple[tuple[int, int, int, int], tuple[float, ...]]] = []
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            box = (round(xs[column]), round(ys[row]), round(xs[column + 1]), round(ys[row + 1]))
            corners = ((row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1))
            mesh.append((box, tuple(float(part[at]) for at in corners for part in (from_x, from_y))))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
