"""Film: the pictures of a play over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.scenes.play import Play
from models.scenes.poses import posed_at, poses
from models.scenes.sample import SceneSample
from models.scenes.stage import column
from models.scenes.unrest import Unrest

IMAGES_PER_S = 10

_FLICKER = 0.015
_TREMOR_SHARE = 0.5
_TREMOR = 0.012
"""Largest deviation of a hand-held camera, as a share of the picture's width."""


class Film:
    """Any picture of a scene by its number: what sounds moves in time with its own sound, other things by themselves.

    Parameters
    ----------
    sample, play
        What `SceneSampler.staged` gave.
    sample_rate
        Of the sample, Hz.
    images_per_s
        Rate of the pictures.
    seed
        Draws what the scene's truth does not tell: gestures, tremor, flicker and noise.
    """

    def __init__(
        self,
        sample: SceneSample,
        play: Play,
        sample_rate: int,
        *,
        images_per_s: int = IMAGES_PER_S,
        seed: int = 0,
    ) -> None:
        self._play = play
        self._rate = images_per_s
        self._seed = seed
        hop = sample_rate // images_per_s
        self._count = max(1, -(-sample.binaural.shape[2] // hop))
        rng = np.random.default_rng([seed, 1])
        mono = sample.binaural.mean(axis=1)
        sounds = [None if actor.source is None else mono[actor.source] for actor in play.actors]
        self._poses = [
            poses(actor, sound, self._count, hop, rng) for actor, sound in zip(play.actors, sounds, strict=True)
        ]
        self._tremor = _tremor(self._count, rng) * play.background.width
        self._light = 1 + _FLICKER * rng.standard_normal(self._count)
        self._unrest = Unrest(play.background.size, self._count, rng)

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return self._count

    def number(self, time_s: float) -> int:
        """Return the number of the picture at a time; the first and the last stand for what is before and after."""
        return int(np.clip(int(time_s * self._rate + 1e-6), 0, self._count - 1))

    def picture(self, number: int) -> NDArray[np.uint8]:
        """Take picture `number`, shape (height, width, 3), uint8, RGB."""
        play = self._play
        image = self._unrest.stir(play.background.copy(), number)
        time_s = np.array([number / self._rate])
        order = sorted(range(len(play.sprites)), key=lambda at: -play.sprites[at].distance_m)
        for at in order:
            sprite, actor, its = play.sprites[at], play.actors[at], self._poses[at]
            drawn = posed_at(sprite, actor, its, number)
            across = sprite.column
            if actor.track.moves:
                across = column(float(actor.track.at(time_s)[0]), play.field_deg)
            left = round(across * image.width - drawn.width / 2)
            top = round(sprite.row * image.height - drawn.height / 2 - float(its.lift[number]) * drawn.height)
            image.paste(drawn, (left, top), drawn)
        pixels = play.lens.look(_shifted(image, self._tremor[number]), np.random.default_rng([self._seed, 2, number]))
        return np.clip(pixels * self._light[number], 0, 255).astype(np.uint8)


def _tremor(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw how far a hand-held camera is off, shape (count, 2), to the right and down; half of them stand still."""
    if rng.random() >= _TREMOR_SHARE:
        return np.zeros((count, 2))
    drawn = rng.standard_normal((count + 8, 2))
    kernel = np.hanning(7)[1:-1]
    smooth = np.stack([np.convolve(part, kernel / np.sqrt((kernel**2).sum()), "same")[:count] for part in drawn.T], 1)
    return np.clip(smooth / 2, -1, 1) * float(rng.uniform(0.1, 1.0)) * _TREMOR


def _shifted(image: Image.Image, way: NDArray[np.float64]) -> Image.Image:
    """Move a picture by some pixels, its edges drawn out."""
    if not way.any():
        return image
    x, y = (float(part) for part in way)
    edge = int(np.ceil(np.abs(way).max())) + 1
    pixels = np.pad(np.asarray(image), ((edge, edge), (edge, edge), (0, 0)), "edge")
    coefficients = (1, 0, edge + x, 0, 1, edge + y)
    return Image.fromarray(pixels).transform(
        image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )
