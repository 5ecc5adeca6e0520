"""A film that can be played at every moment while it grows: picture, binaural sound, and the mono sound behind it.

Matroska is written in clusters of a quarter of a second, MP4 in fragments of the same length that the end turns into an
ordinary MP4 in place; each goes to the disk at once, so a killed program leaves a film that lacks its last moments.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from realtime.errors import RecordingError
from realtime.growing_file import GrowingFile
from realtime.pictures import Image
from realtime.tracks import PictureTrack, SoundTrack, check_rate

# The interleaver would keep the sound back for up to 10 s while no image comes.
SHARED = {"max_interleave_delta": "100000", "flush_packets": "1"}
FORMATS = {
    ".mkv": ("matroska", {"cluster_time_limit": "250"}),
    ".mp4": ("mp4", {"movflags": "hybrid_fragmented+empty_moov+delay_moov", "frag_duration": "250000"}),
}
"""FFmpeg's names and options. With `delay_moov` the header can tell how much AAC has to be cut off at the start."""
STILL_S, REPEAT_S = 0.75, 0.25
MONO, LEFT = 0, 1


class FilmWriter:
    """A growing .mkv or .mp4: H.264, then binaural sound, then mono. One thread; not real-time safe.

    All tracks begin at time zero. Whether there is a picture, and its size, is settled by the first sound: an image
    that is shown before gives it.

    Parameters
    ----------
    path
        New file, .mkv or .mp4.
    sample_rate
        Hz.

    Attributes
    ----------
    written
        Samples per channel.
    has_picture
        There is a picture track; None before the first sound.

    Raises
    ------
    RecordingError
        When the file cannot be made, or holds no sound at this rate.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        check_rate(path.suffix.lower(), sample_rate)
        self.path = path
        self.written = 0
        self.has_picture: bool | None = None
        self._sample_rate = sample_rate
        self._first: Image | None = None
        self._container: OutputContainer | None = None
        self._picture: PictureTrack | None = None
        self._sounds: tuple[SoundTrack, ...] = ()
        try:
            self._file = GrowingFile(path)
        except OSError as error:
            raise _failure(path, error) from error

    @property
    def limited(self) -> int:
        """Values that were beyond full scale, or not finite (those become 0)."""
        return sum(sound.limited for sound in self._sounds)

    def write(self, block: NDArray[np.float32]) -> None:
        """Append mono, left and right: float32 (3, n), full scale at +-1.

        Raises
        ------
        RecordingError
            When the disk is full or gone; what was written stays playable.
        """
        with self._told():
            if self._container is None:
                self._begin()
            binaural, mono = self._sounds
            binaural.write(block[LEFT : LEFT + 2])
            mono.write(block[MONO : MONO + 1])
            self.written += block.shape[1]
            # With `flush_packets` only whole clusters and fragments have gone to the disk by now.
            self._file.mark()

    def show(self, image: Image, time_s: float) -> None:
        """Append an image, (H, W, 3) RGB; one before the first sound replaces the one before it and is the first.

        Raises
        ------
        RecordingError
            As `write`.
        """
        if self._container is None:
            self._first = image
        elif self._picture is not None:
            with self._told():
                self._picture.write(image, max(0.0, time_s))

    def hold(self, late_s: float = 0.0) -> None:
        """Write the newest image again if it stands still, so that the picture lasts as long as the sound.

        Parameters
        ----------
        late_s
            By how much images come after the sound, beyond what `show` is told; they are waited for.

        Raises
        ------
        RecordingError
            As `write`.
        """
        picture = self._picture
        if picture is None:
            return
        with self._told():
            while self.written / self._sample_rate - picture.newest_s > STILL_S + max(0.0, late_s):
                picture.repeat(picture.newest_s + REPEAT_S)

    def flush(self) -> None:
        """Nothing waits here; raises RecordingError when the disk has failed."""
        with self._told():
            pass

    def close(self) -> None:
        """Complete the file. Idempotent.

        Raises
        ------
        RecordingError
            When the disk is full or gone; what was written stays playable.
        """
        if self._file.closed:
            return
        try:
            with self._told():
                if self._file.error is None:
                    self._end()
        finally:
            if self._container is not None:
                with suppress(FFmpegError, OSError):
                    self._container.close()
            self._file.close()

    def _begin(self) -> None:
        kind, options = FORMATS[self.path.suffix.lower()]
        self._container = container = av.open(self._file, "w", format=kind, options=SHARED | options)
        self.has_picture = self._first is not None
        if self._first is not None:
            height, width = self._first.shape[:2]
            self._picture = PictureTrack(container, width, height)
        suffix, rate = self.path.suffix, self._sample_rate
        self._sounds = (
            SoundTrack(container, suffix, rate, 2, "binaural"),
            SoundTrack(container, suffix, rate, 1, "microphone"),
        )
        if self._picture is not None and self._first is not None:
            self._picture.write(self._first, 0.0)
            self._first = None

    def _end(self) -> None:
        if self._container is None:
            # FFmpeg makes a header only with the first sound.
            self.write(np.zeros((3, 1), np.float32))
        assert self._container is not None
        for track in (self._picture, *self._sounds):
            if track is not None:
                track.end()
        self._container.close()

    @contextmanager
    def _told(self) -> Generator[None]:
        """What FFmpeg or the disk says, as one line."""
        try:
            yield
        except (FFmpegError, OSError) as error:
            raise _failure(self.path, self._file.error or error) from error
        if self._file.error is not None:
            raise _failure(self.path, self._file.error)


def _failure(path: Path, error: FFmpegError | OSError) -> RecordingError:
    reason = error.strerror or str(error)
    return RecordingError(f"'{path}' cannot be written ({reason}); free some space or choose another place")
