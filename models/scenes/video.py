"""MP4 files: pictures and sound."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from realtime.errors import DataError
from realtime.whole_file import whole_file

_AUDIO_BIT_RATE = 192_000
_X264 = {"crf": "21", "preset": "veryfast", "x264-params": "mbtree=0"}
"""A little better than x264's default quality. With the macroblock tree the same pictures gave different bytes."""


@contextmanager
def whole(path: Path) -> Generator[Path]:
    """Give a hidden name beside `path` to write to; it becomes `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        yield partial


def write_video(
    path: Path, images: Iterable[NDArray[np.uint8]], images_per_s: int, sound: NDArray[np.float32], sample_rate: int
) -> None:
    """Write an MP4 file with H.264 pictures and AAC sound.

    Parameters
    ----------
    path
        The file; it appears when it is whole.
    images
        Pictures of shape (height, width, 3), uint8, RGB, both sides even.
    images_per_s
        Their rate.
    sound
        Shape (channels, samples), 1 or 2 channels, -1..1.
    sample_rate
        Of the sound, Hz.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    try:
        with whole(path) as partial, av.open(str(partial), "w", options={"movflags": "faststart"}) as container:
            _write(container, images, images_per_s, sound, sample_rate)
    except (av.error.FFmpegError, OSError) as error:
        raise DataError(f"cannot write {path} ({error}); give a folder with free space to write to") from error


def _write(
    container: OutputContainer,
    images: Iterable[NDArray[np.uint8]],
    images_per_s: int,
    sound: NDArray[np.float32],
    sample_rate: int,
) -> None:
    layout = "mono" if len(sound) == 1 else "stereo"
    audio = container.add_stream("aac", rate=sample_rate, layout=layout)
    audio.bit_rate = _AUDIO_BIT_RATE
    video = container.add_stream("libx264", rate=images_per_s, options=_X264)
    video.pix_fmt = "yuv420p"
    video.thread_count = 1
    for number, image in enumerate(images):
        if number == 0:
            video.height, video.width = image.shape[:2]
        picture = av.VideoFrame.from_ndarray(image, format="rgb24")
        picture.pts, picture.time_base = number, Fraction(1, images_per_s)
        container.mux(video.encode(picture))
    container.mux(video.encode())
    block = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=layout)
    block.sample_rate = sample_rate
    block.pts, block.time_base = 0, Fraction(1, sample_rate)
    container.mux(audio.encode(block))
    container.mux(audio.encode())
