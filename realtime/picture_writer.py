"""A growing H.264 film whose images keep the times at which they were taken."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import av
from av.error import FFmpegError

from realtime.errors import RecordingError
from realtime.pictures import Image
from realtime.tracks import PictureTrack


class PictureWriter:
    """A new .mp4 with pictures only. One thread; not real-time safe.

    Parameters
    ----------
    path
        New file, .mp4.
    width, height
        Of the images; see `PictureTrack`.

    Raises
    ------
    RecordingError
        When the file cannot be made.
    """

    def __init__(self, path: Path, width: int, height: int) -> None:
        self.path = path
        self._closed = False
        try:
            self._container = av.open(str(path), "w", options={"movflags": "faststart"})
            self._track = PictureTrack(self._container, width, height)
            # At once: PyAV keeps a file open whose header fails when the disk is full already.
            self._container.start_encoding()
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
        try:
            self._track.write(image, time_s)
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
                self._track.end()
            finally:
                self._container.close()
        except (FFmpegError, OSError) as error:
            raise _failure(self.path, error) from error


def _failure(path: Path, error: FFmpegError | OSError) -> RecordingError:
    reason = error.strerror or str(error)
    return RecordingError(f"'{path}' cannot be written ({reason}); free some space or choose another place")
