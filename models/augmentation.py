"""The authors' augmentation of pictures: a random crop and random brightness and colour (their released code)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from models.batches import Material, Sample, draws_of

LARGE = (240, 480)
"""Height and width that 224 x 448 are cropped from, pixels; others in proportion."""
CHANGE = (0.7, 1.3)


class Augmented:
    """Another material with its pictures cropped to a size at random, and their brightness and colour changed.

    Parameters
    ----------
    material
        Its pictures are at least as large as wanted.
    height, width
        Wanted, pixels.
    seed
        Draws, with each sample's number.
    """

    def __init__(self, material: Material, height: int, width: int, seed: int) -> None:
        self._material = material
        self._size = (height, width)
        self._seed = seed

    def sample(self, index: int) -> Sample:
        """Sample number `index`, its places moved with the crop."""
        sample = self._material.sample(index)
        rng = draws_of("augmentation", self._seed, index)
        height, width = self._size
        tall, wide = sample.image.shape[:2]
        top, left = int(rng.integers(tall - height + 1)), int(rng.integers(wide - width + 1))
        crop = changed(sample.image[top : top + height, left : left + width], rng)
        places = (sample.places * (tall, wide) - (top, left)) / (height, width)
        return replace(sample, image=crop, places=places.astype(np.float32))


def changed(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Make a picture darker or brighter, and its colours paler or stronger."""
    picture = ImageEnhance.Brightness(Image.fromarray(image)).enhance(float(rng.uniform(*CHANGE)))
    return np.asarray(ImageEnhance.Color(picture).enhance(float(rng.uniform(*CHANGE))))


def larger(height: int, width: int) -> tuple[int, int]:
    """Height and width of the pictures to crop `height` x `width` from."""
    return round(height * LARGE[0] / 224), round(width * LARGE[1] / 448)
