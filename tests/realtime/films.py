"""Reading films back: their tracks, when a click is heard, and when a flash is seen."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray


def read_sound(path: Path, track: int) -> tuple[NDArray[np.float64], float]:
    """Samples of a sound track, (channels, n), and the time of the first, seconds."""
    parts: list[NDArray[np.float64]] = []
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams.audio[track]))
        for frame in frames:
            data = frame.to_ndarray()
            if not frame.format.is_planar:
                data = data.reshape(-1, frame.layout.nb_channels).T
            parts.append(data.astype(np.float64) / (2.0**31 if data.dtype.kind == "i" else 1.0))
    return np.concatenate(parts, axis=1), float(frames[0].time or 0.0)


def read_levels(path: Path) -> tuple[list[float], list[float]]:
    """Times and mean grey levels of the pictures."""
    with av.open(str(path)) as container:
        frames = [(frame.time, frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]
    return [float(time_s or 0.0) for time_s, _ in frames], [float(level) for _, level in frames]


def click_s(path: Path, track: int) -> float:
    """When the loudest sample of the first channel is heard."""
    sound, start_s = read_sound(path, track)
    with av.open(str(path)) as container:
        rate = container.streams.audio[track].rate
    return start_s + int(np.argmax(np.abs(sound[0]))) / rate


def flash_s(path: Path) -> float:
    """When the picture first is brighter than grey."""
    times, levels = read_levels(path)
    return next(time_s for time_s, level in zip(times, levels, strict=True) if level > 128)


def ffprobe(path: Path) -> list[dict[str, str]]:
    """What FFmpeg's own program says of the streams, without a complaint."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (Debian: apt install ffmpeg)")
    entries = "stream=codec_type,codec_name,channels,start_time"
    command = ["ffprobe", "-v", "warning", "-show_entries", entries, "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr == ""
    return json.loads(done.stdout)["streams"]
