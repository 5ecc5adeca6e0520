"""What is measured with: clips made on the spot, and what a rendering makes of a sound and a picture."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from realtime.clip import Clip
from realtime.clip_writer import write_muxed, write_sound
from realtime.networks import open_network
from realtime.pictures import save_png
from realtime.pipeline import Pipeline
from realtime.render import render_clip

SAMPLE_RATE = 48_000
IMAGES_PER_S = 10
HEIGHT, WIDTH = 180, 320
LIVE_BLOCK_S = 0.002


def picture(height: int, width: int, discs: Sequence[float] = (0.3,)) -> NDArray[np.uint8]:
    """uint8 (height, width, 3): discs over a textured background, which is always the same.

    Parameters
    ----------
    discs
        Their middles, 0 (left) to 1.
    """
    image = np.random.default_rng(0).integers(60, 120, (height, width, 3), np.uint8)
    rows, columns = np.ogrid[:height, :width]
    for middle in discs:
        image[(rows - height / 2) ** 2 + (columns - middle * width) ** 2 < (height / 6) ** 2] = (230, 180, 60)
    return image


@contextmanager
def moving_clip(seconds: float) -> Generator[Path]:
    """An .mkv of noise bursts with a disc that wanders over a textured background; gone afterwards.

    Every picture differs from the last, so that none comes for free.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rng = np.random.default_rng(0)
        count = round(seconds * IMAGES_PER_S)
        (folder / "images").mkdir()
        for index in range(count):
            save_png(folder / "images" / f"{index:06}.png", picture(HEIGHT, WIDTH, (0.5 + 0.4 * np.sin(index / 7),)))
        time_s = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        bursts = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * time_s)
        sound = (0.1 * bursts * rng.standard_normal(len(time_s))).astype(np.float32)
        stereo = np.stack((sound, sound))
        write_sound(folder / "sound.wav", stereo, SAMPLE_RATE)
        target = folder / "moving.mkv"
        clip = Clip.from_parts(folder / "sound.wav", folder / "images", IMAGES_PER_S)
        write_muxed(target, clip, stereo, SAMPLE_RATE)
        yield target


def rendered(
    sound: NDArray[np.floating], sample_rate: int, image: NDArray[np.uint8], model: Path | None, mode: str
) -> NDArray[np.float64]:
    """Left and right, (2, N), that a network makes of mono sound (N,) with one picture all the while."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "images").mkdir()
        save_png(folder / "images" / "000001.png", image)
        soundfile.write(folder / "mono.wav", sound, sample_rate, "FLOAT")
        render_clip((folder / "mono.wav", folder / "images"), folder / "out.wav", mode=mode, model=model)
        return np.asarray(soundfile.read(folder / "out.wav")[0], np.float64).T


def live(
    sound: NDArray[np.floating], sample_rate: int, image: NDArray[np.uint8], model: Path | None, mode: str
) -> NDArray[np.float64]:
    """The same as the host makes it live, in small blocks and never late, its latency taken off."""
    block = round(LIVE_BLOCK_S * sample_rate)
    pipeline = Pipeline(open_network(model, "cpu"), sample_rate, block, mode)
    pipeline.vision.look(image, 0)
    sound_in = np.concatenate((sound, np.zeros(pipeline.latency))).astype(np.float32)
    out = np.zeros((len(sound_in), 2), np.float32)
    for start in range(0, len(sound_in), block):
        part = slice(start, start + block)
        pipeline.engine.process(np.ascontiguousarray(sound_in[part, None]), out[part])
        pipeline.advance()
    pipeline.stop()
    return out[pipeline.latency :].T.astype(np.float64)
