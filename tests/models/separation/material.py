"""A small separating network, and clips of tones to mix for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from models.batches import Sample
from models.separation.duets import LENGTH, MATERIAL_RATE, DuetBatch
from models.separation.network import SAMPLE_RATE, Separation

SMALL: dict[str, Any] = {"eyes_width": 4, "widths": [8, 8, 12, 12, 16], "hidden": 16, "what": 8}


class Tones:
    """Clip k: a tone of its own, louder left when k is even; a picture bright on that side, and a little of k in it."""

    def sample(self, index: int) -> Sample:
        time_s = np.arange(2 * MATERIAL_RATE) / MATERIAL_RATE
        tone = np.sin(2 * np.pi * (200 + 150 * (index % 17)) * time_s)
        gains = np.array([1.0, 0.3] if index % 2 == 0 else [0.3, 1.0])
        image = np.full((112, 224, 3), 20 + index % 50, np.uint8)
        column = 0.25 if index % 2 == 0 else 0.75
        middle = round(column * 224)
        image[:, middle - 10 : middle + 10] = 250
        sound = (0.3 * gains[:, None] * tone).astype(np.float32)[None]
        return Sample(sound, image, np.array([[0.5, column]], np.float32), np.array([-1]))


@dataclass
class Config:
    """What the task asks of a training configuration."""

    seed: int = 3
    batch_size: int = 4
    steps: int = 2
    workers: int = 0
    validation_samples: int = 4

    def material(self, part: str, duration_s: float) -> Tones:
        assert part in ("train", "val")
        assert duration_s > LENGTH / SAMPLE_RATE
        return Tones()


def small(**options: Any) -> Separation:
    torch.manual_seed(0)
    return Separation(**{**SMALL, **options})


def same(ours: DuetBatch, theirs: DuetBatch) -> bool:
    return all(torch.equal(getattr(ours, name), getattr(theirs, name)) for name in ("shown", "other", "image", "mono"))
