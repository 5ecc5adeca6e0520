"""A growing H.264 film whose images keep the times at which they were taken."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.error import FFmpegError

from realtime.errors import RecordingError
from realtime.pictures import Image, fit

MAX_WIDTH = 1280
TIME_BASE = Fraction(1, 90_000)
RATE_HINT = 30
"""Images per second that the encoder plans for; the time stamps are what counts."""
OPTIONS = {"preset": "superfast", "tune": "zerolatency", "crf": "20", "bf": "0", "g": "30"}
"""Light, for it runs beside the sound; a key image each second, for training reads from anywhere."""


class PictureWriter:
    """A new .mp4 with pictures only. One thread; not real-time safe.

    Parameters
    ----------
    path
        New file, .mp4.
    width, height
        Of the images; it is made at most MAX_WIDTH wide, with even sides, and what has another size is fitted.

    Raises
    ------
    RecordingError
        When the file cannot be made.
    """

    def __init__(self, path: Path, width: int, height: int) -> None:
        self.path = path
        scale = min(1.0, MAX_WIDTH / width)
        self._size = max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
        self._newest = -1
        self._closed = False
        try:
            self._container = av.open(str(path), "w", options={"movflags": "faststart"})
            self._stream = self._container.add_stream("libx264", rate=RATE_HINT, options=OPTIONS)
            self._stream.width, self._stream.height = self._size
            self._stream.pix_fmt = "yuv420p"
            self._stream.thread_count = 1
            self._stream.codec_context.time_base = TIME_BASE
        except (FFmpegError, OSError) as error:
            raise _failure(path, error) from error

    def __enter__(self) -> PictureWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, image: Image, time_s: float) -> None:
        """Append an image, (H, W, 3) RGB; one that is not later than the one before is left out.

        Raises
        ------
        RecordingError
            When the disk is full or gone.
        """
        pts = round(time_s / TIME_BASE)
        if pts <= self._newest:
            return
        self._newest = pts
        frame = av.VideoFrame.from_ndarray(fit(image, *self._size), format="rgb24")
        frame.pts, frame.time_base = pts, TIME_BASE
        try:
            self._container.mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as error:
            raise _failure(self.path, error) from error

    def close(self) -> None:
        """Complete the file. Idempotent.

        Raises
        ------
        RecordingError
            When the disk is full or gone.
        """
        if self._closed:
            return
        self._closed = True
        try:
            try:
                self._container.mux(self._stream.encode(None))
            finally:
                self._container.close()
        except (FFmpegError, OSError) as error:
            raise _failure(self.path, error) from error


def _failure(path: Path, error: FFmpegError | OSError) -> RecordingError:
    reason = error.strerror or str(error)
    return RecordingError(f"'{path}' cannot be written ({reason}); free some space or choose another place")
