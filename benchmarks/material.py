"""A clip to measure with, made on the spot: every picture differs from the last, so that none comes for free."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from realtime.clip import Clip
from realtime.clip_writer import write_muxed, write_sound
from realtime.pictures import save_png

SAMPLE_RATE = 48_000
IMAGES_PER_S = 10
HEIGHT, WIDTH = 180, 320


@contextmanager
def moving_clip(seconds: float) -> Generator[Path]:
    """An .mkv of noise bursts with a disc that wanders over a textured background; gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rng = np.random.default_rng(0)
        count = round(seconds * IMAGES_PER_S)
        (folder / "images").mkdir()
        background = rng.integers(60, 120, (HEIGHT, WIDTH, 3), np.uint8)
        rows, columns = np.mgrid[:HEIGHT, :WIDTH]
        for index in range(count):
            image = background.copy()
            middle = WIDTH * (0.5 + 0.4 * np.sin(index / 7))
            image[(rows - HEIGHT / 2) ** 2 + (columns - middle) ** 2 < 900] = (230, 180, 60)
            save_png(folder / "images" / f"{index:06}.png", image)
        time_s = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        bursts = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * time_s)
        sound = (0.1 * bursts * rng.standard_normal(len(time_s))).astype(np.float32)
        stereo = np.stack((sound, sound))
        write_sound(folder / "sound.wav", stereo, SAMPLE_RATE)
        target = folder / "moving.mkv"
        clip = Clip.from_parts(folder / "sound.wav", folder / "images", IMAGES_PER_S)
        write_muxed(target, clip, stereo, SAMPLE_RATE)
        yield target
