"""Recording a data set from made-up microphones and a made-up camera, and looking at what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from realtime.ring import Ring
from realtime.take_folder import TakeFolder
from realtime.takes import Takes
from tests.clips import level_image

RATE = 8_000
INTERVAL = RATE // 20
"""Samples between two images."""
Wait = Callable[..., bool]


def noise(n: int, seed: int = 0, amplitude: float = 1.0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-amplitude, amplitude, (2, n)).astype(np.float32)


def level_of(index: int) -> int:
    return 20 + 5 * (index % 40)


def feed(takes: Takes, sound: NDArray[np.float32], wait_for: Wait, *, block: int = 100, first_image: int = 0) -> None:
    """Write sound in blocks, with image k shown just before sample `first_image + k * INTERVAL`."""
    ring = takes._ring
    for start in range(0, sound.shape[1], block):
        assert wait_for(lambda: len(takes._arrived) < 16 and ring.written - takes._position < ring.capacity // 2)
        if start >= first_image and (start - first_image) % INTERVAL == 0:
            takes.show(level_image(level_of((start - first_image) // INTERVAL)))
        ring.write(sound[:, start : start + block])


def record(
    folder: Path, sound: NDArray[np.float32], wait_for: Wait, *, lag_ms: float = 0.0, first_image: int = 0
) -> Takes:
    target = TakeFolder(folder)
    target.picture_lag_ms = lag_ms
    takes = Takes(Ring(2, 4 * RATE), target, RATE, clip_length_s=2.0)
    takes.start()
    feed(takes, sound, wait_for, first_image=first_image)
    takes.stop()
    takes.stop()
    return takes


def sounds(folder: Path) -> list[NDArray[np.float64]]:
    return [
        np.asarray(soundfile.read(path)[0], np.float64).T for path in sorted((folder / "binaural_audios").iterdir())
    ]


def pictures(path: Path) -> tuple[list[float], list[float], float]:
    """Times and grey levels of the images, and how long they last together, seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration and stream.time_base
        duration_s = float(stream.duration * stream.time_base)
        frames = [(frame.time, float(frame.to_ndarray(format="rgb24").mean())) for frame in container.decode(stream)]
    times, levels = zip(*frames, strict=True)
    return list(times), list(levels), duration_s


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def read_split(folder: Path, part: str) -> list[str]:
    return (folder / "splits" / "split1" / f"{part}.txt").read_text().splitlines()
