"""Camera: a field of view, and what cameras do to a picture."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models.scenes.stage import Lens
from models.scenes.variety import Variety


class Camera(Lens):
    """One camera: its field of view, tilt, exposure, colours, focus, shake, noise and compression, drawn from `rng`."""

    def __init__(self, variety: Variety, rng: np.random.Generator) -> None:
        super().__init__(rng)
        plain = rng.random() < variety.plain_field_share
        self.field_deg = 90.0 if plain else round(float(rng.uniform(*variety.field_deg)), 1)
        self.tilt_deg = float(rng.normal(0, 3))
        faults = variety.camera_faults
        self._exposure = float(np.exp(rng.normal(0, 0.22))) if faults and rng.random() < 0.5 else 1.0
        self._grey = faults and rng.random() < 0.03
        self._defocus = float(rng.uniform(0.4, 1.6)) if faults and rng.random() < 0.25 else 0.0
        self._shake = rng.normal(0, 1.6, 2) if faults and rng.random() < 0.2 else None
        self._quality = int(rng.integers(18, 88)) if faults and rng.random() < 0.6 else 0
        self._vignette = float(rng.uniform(0.1, 0.5)) if faults and rng.random() < 0.25 else 0.0

    def look(self, image: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return an RGB picture as this camera takes it, shape (height, width, 3), uint8."""
        scale = image.height / 112
        if self._defocus:
            image = image.filter(ImageFilter.GaussianBlur(self._defocus * scale))
        if self._shake is not None:
            image = _shaken(image, self._shake * scale)
        if self._grey:
            image = image.convert("L").convert("RGB")
        if self._exposure != 1.0 or self._vignette:
            image = _exposed(image, self._exposure, self._vignette)
        pixels = super().look(image, rng)
        return _compressed(pixels, self._quality) if self._quality else pixels


def _shaken(image: Image.Image, way: NDArray[np.float64]) -> Image.Image:
    """Smear a picture along a way of some pixels: the mean of copies on it."""
    steps = max(2, min(6, round(float(np.abs(way).max())) + 1))
    total = image
    for step in range(1, steps):
        x, y = (way * step / (steps - 1)).tolist()
        moved = image.transform(image.size, Image.Transform.AFFINE, (1, 0, x, 0, 1, y), Image.Resampling.BILINEAR)
        total = Image.blend(total, moved, 1 / (step + 1))
    edge = int(np.ceil(np.abs(way).max()))
    return total.crop((edge, edge, image.width - edge, image.height - edge)).resize(image.size)


def _exposed(image: Image.Image, exposure: float, vignette: float) -> Image.Image:
    """Give more or less light, less towards the corners."""
    gain = np.float32(exposure)
    if vignette:
        xs, ys = np.linspace(-1, 1, image.width), np.linspace(-1, 1, image.height)
        gain = (exposure * (1 - vignette / 2 * (xs**2 + ys[:, None] ** 2))).astype(np.float32)[..., None]
    return Image.fromarray(np.clip(np.asarray(image, np.float32) * gain, 0, 255).astype(np.uint8))


def _compressed(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Compress a picture as JPEG and read it again."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    with Image.open(file) as opened:
        return np.array(opened.convert("RGB"))
