"""Unrest: what moves behind the sources and has nothing to do with them: curtains, screens and lamps."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance

from models.scenes.canvas import cloth

_SHARE = 0.5
_SLICES = 12


class Unrest:
    """Draws where a background stirs, in half of the scenes.

    Parameters
    ----------
    size
        Width and height of the background, pixels.
    count
        How many pictures there will be.
    rng
        Draws all of it.
    """

    def __init__(self, size: tuple[int, int], count: int, rng: np.random.Generator) -> None:
        width, height = size
        self.kind = ("curtain", "screen", "lamp")[int(rng.integers(3))] if rng.random() < _SHARE else "none"
        wide, tall = float(rng.uniform(0.08, 0.25)) * width, float(rng.uniform(0.2, 0.6)) * height
        left, top = float(rng.uniform(0, width - wide)), float(rng.uniform(0, 0.8 * height - tall))
        self.box = (round(left), round(top), round(left + wide), round(top + tall))
        self._waves = (
            float(rng.uniform(0.02, 0.06))
            * wide
            * np.sin(np.arange(count)[:, None] * float(rng.uniform(0.3, 1.2)) + np.linspace(0, 3, _SLICES + 1)[None])
        )
        held = rng.random(count) < float(rng.uniform(0.1, 0.6))
        held[:1] = True
        shot = np.maximum.accumulate(np.where(held, np.arange(count), 0))
        colours = [cloth(rng) for _ in range(count)]
        self._colours = [colours[number] for number in shot.tolist()]
        self._lights = rng.uniform(0.6, 1.4, count)[shot]

    def stir(self, image: Image.Image, number: int) -> Image.Image:
        """Change a background, which is overwritten, to what it is in picture `number`; return it."""
        if self.kind == "none":
            return image
        part = image.crop(self.box)
        if self.kind == "screen":
            part = Image.blend(part, Image.new("RGB", part.size, self._colours[number]), 0.75)
        elif self.kind == "lamp":
            part = ImageEnhance.Brightness(part).enhance(float(self._lights[number]))
        else:
            part = self._waved(part, number)
        image.paste(part, self.box[:2])
        return image

    def _waved(self, part: Image.Image, number: int) -> Image.Image:
        edges = np.linspace(0, part.height, _SLICES + 1)
        offsets = self._waves[number]
        mesh: list[tuple[tuple[int, int, int, int], tuple[float, ...]]] = []
        for top, low, first, last in zip(edges[:-1], edges[1:], offsets[:-1], offsets[1:], strict=True):
            box = (0, round(top), part.width, round(low))
            right = part.width
            quad = (first, top, last, low, right + last, low, right + first, top)
            mesh.append((box, tuple(float(np.clip(value, 0, max(part.size))) for value in quad)))
        return part.transform(part.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
