"""Media files made on the spot: known sound, known pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
IMAGES_PER_S = 25


def level_image(level: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """A plain grey picture: its level survives any codec."""
    return np.full((height, width, 3), level, np.uint8)


def make_clip(
    path: Path,
    sound: NDArray[np.float32] | None,
    images: list[NDArray[np.uint8]] | None,
    *,
    sample_rate: int = RATE,
    sound_start_s: float = 0.0,
    images_start_s: float = 0.0,
    rotation: int | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a media file with sound (channels, samples) as AAC and pictures as H.264; either may be None."""
    with av.open(str(path), "w", options=options or {}) as output:
        picture = track = None
        if images is not None:
            picture = output.add_stream("libx264", rate=IMAGES_PER_S, options={"crf": "10", "g": "10"})
            picture.height, picture.width = images[0].shape[:2]
            picture.pix_fmt = "yuv420p"
            if rotation is not None:
                picture.set_display_rotation(rotation)
        if sound is not None:
            track = output.add_stream("aac", rate=sample_rate, layout="stereo" if len(sound) == 2 else "mono")
        packets = []
        if picture is not None and images is not None:
            for index, image in enumerate(images):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts = index + round(images_start_s * IMAGES_PER_S)
                frame.time_base = Fraction(1, IMAGES_PER_S)
                packets += picture.encode(frame)
            packets += picture.encode(None)
        if track is not None and sound is not None and sound.shape[1]:
            layout = "stereo" if len(sound) == 2 else "mono"
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=layout)
            frame.sample_rate, frame.pts = sample_rate, round(sound_start_s * sample_rate)
            frame.time_base = Fraction(1, sample_rate)
            packets += track.encode(frame)
            packets += track.encode(None)
        for packet in sorted(packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)):
            output.mux(packet)
    return path


def tone(
    seconds: float, channels: int = 2, sample_rate: int = RATE, frequency_hz: float = 440.0
) -> NDArray[np.float32]:
    """A sine at half of full scale, float32 (channels, samples)."""
    time_s = np.arange(round(seconds * sample_rate)) / sample_rate
    return np.tile(0.5 * np.sin(2 * np.pi * frequency_hz * time_s), (channels, 1)).astype(np.float32)


def impulse(seconds: float, at_s: float, channels: int = 1, sample_rate: int = RATE) -> NDArray[np.float32]:
    """Silence with a short burst, which survives AAC, whose middle lies at `at_s`."""
    time_s = np.arange(round(seconds * sample_rate)) / sample_rate - at_s
    burst = 0.8 * np.exp(-((time_s / 0.002) ** 2)) * np.cos(2 * np.pi * 1500.0 * time_s)
    return np.tile(burst, (channels, 1)).astype(np.float32)
