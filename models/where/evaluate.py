"""Where a model finds the sound of clips, by the code that runs live: python -m models.where.evaluate MODEL CLIP..."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.where.network import HOP, N_FFT, SAMPLE_RATE, WINDOW
from realtime.clip import Clip
from realtime.errors import ClipError, EarsightError, RecordingError
from realtime.hearing import BANDS, EDGES_HZ
from realtime.pictures import Image, fit, save_png, thumbnail
from realtime.stft import StreamingSTFT
from realtime.watcher import Watcher
from realtime.where import Map, Where

SETTLED_S = 4.0
"""From when on answers count: the memory is full."""
CLOSE = 0.15
"""Of the picture's width: an answer no farther from what is expected is right."""
PICTURE_WIDTH = 480
ROWS = ("whole", *(f"{low:g}-{high:g} Hz" for low, high in pairwise(EDGES_HZ)))


def watch(where: Where, clip: Clip) -> Iterator[tuple[float, Image, Map]]:
    """Every new map with its time in seconds and the image that brought it; sound and images come as they do live."""
    sound = clip.audio().mean(axis=0)
    stft = StreamingSTFT(clip.sample_rate, SAMPLE_RATE, N_FFT, HOP, WINDOW)
    padded = np.pad(sound, (stft.half, stft.half))
    watcher = Watcher(where.rows, where.columns, clip.sample_rate)
    frame = 0
    for time_s, image in clip.images(max_width=PICTURE_WIDTH):
        position = round(time_s * clip.sample_rate)
        if position < 0:
            continue
        for frame in range(frame, stft.frames_until(min(position, len(sound)))):  # noqa: B020 - goes on where it was
            centre = stft.centre(frame)
            where.hear(centre, stft.spectrum(padded[centre : centre + stft.length]))
        frame = stft.frames_until(min(position, len(sound)))
        sight = watcher.look(image, position)
        if sight is not None and where.watch(sight) and where.map is not None:
            yield time_s, image, where.map


def columns(given: Map) -> NDArray[np.float64]:
    """Of the whole and of each band, fractions of the width: (1 + BANDS,)."""
    return np.array([given.column(), *(given.column(band) for band in range(BANDS))])


def overlay(image: Image, given: Map) -> Image:
    """The image, and below it the same for each band: places in red, the brighter the likelier."""
    small = thumbnail(image, PICTURE_WIDTH)
    height, width = small.shape[:2]
    return np.concatenate([_painted(small, places, width, height) for places in (given.whole, *given.places)])


def _painted(image: Image, places: NDArray[np.float32], width: int, height: int) -> Image:
    level = (255 * places / max(float(places.max()), 1e-6)).astype(np.uint8)
    share = fit(np.repeat(level[:, :, None], 3, axis=2), width, height).astype(np.float32) / 255
    red = np.array((255, 40, 40), np.float32)
    return (image * (1 - 0.7 * share) + 0.7 * share * red).astype(np.uint8)


def report(name: str, found: NDArray[np.float64], expected: float | None) -> list[str]:
    """Lines on one clip.

    Parameters
    ----------
    found
        (times, 1 + BANDS) from `columns`.
    expected
        The column of the player, as a fraction of the width.
    """
    lines = [f"{name}: {len(found)} maps from {SETTLED_S:g} s on"]
    for row, values in zip(ROWS, found.T, strict=True):
        low, middle, high = np.percentile(values, (25, 50, 75))
        right = "" if expected is None else f"  right {np.mean(np.abs(values - expected) <= CLOSE):.0%}"
        lines.append(f"  {row:>14}  {middle:.2f}  ({low:.2f} to {high:.2f}){right}")
    return lines


def evaluate(model: Path, clips: Sequence[Path], expected: float | None, pictures: Path | None) -> None:
    """Print a report on each clip.

    Raises
    ------
    ModelError, ClipError
        When one of the files cannot be used, or a clip is too short for an answer.
    RecordingError
        When a picture cannot be written.
    """
    for path in clips:
        clip = Clip.open(path)
        where = Where(model, clip.sample_rate)
        found: list[NDArray[np.float64]] = []
        shown: tuple[Image, Map] | None = None
        for time_s, image, given in watch(where, clip):
            if time_s >= SETTLED_S:
                found.append(columns(given))
                shown = image, given
        if shown is None:
            raise ClipError(f"'{path}' is too short for an answer; give a clip of more than {SETTLED_S:g} s")
        cost = where.durations.percentiles_ms()
        print("\n".join(report(path.name, np.stack(found), expected)))
        print(f"  {'cost':>14}  {cost.p50:.1f} ms a slot (99 %: {cost.p99:.1f})", flush=True)
        if pictures is not None:
            save_png(pictures / f"{path.stem}.png", overlay(*shown))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.where.evaluate", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--expect", type=float, help="where the player is, as a fraction of the width from the left")
    parser.add_argument("--pictures", type=Path, help="folder for each clip's last image with its maps laid over it")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.pictures is not None:
            _create(chosen.pictures)
        evaluate(chosen.model, chosen.clips, chosen.expect, chosen.pictures)
    except EarsightError as error:
        sys.exit(f"models.where.evaluate: {error}")


def _create(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot create folder '{folder}': {error.strerror}; name another") from error


if __name__ == "__main__":
    main()
