"""Records what the host does: follows its output ring in a thread of its own and writes a sound file or a film."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.clip_writer import check_target
from realtime.errors import RecordingError
from realtime.film_writer import FilmWriter
from realtime.interrupted import left_behind, make_part
from realtime.pictures import Image
from realtime.ring import Ring
from realtime.sound_writer import SoundWriter
from realtime.tracks import FILM_SUFFIXES

POLL_S = 0.02
FLUSH_S = 0.5
MAX_READ = 16_384
MAX_WAITING = 16
"""Images, half a second of a usual camera's: more are left out."""
STOP_TIMEOUT_S = 10.0
MONO, LEFT = 0, 1


class Recorder:
    """Writes a ring (mono, left, right) from `start` to `stop`, every sample in its place.

    A .wav or .flac receives left and right; a film (.mkv, .mp4) also the mono sound and the images shown. A film keeps
    the time of its binaural sound: mono and images are written `latency` samples later than they came, beside the sound
    that was made of them.

    While it runs, the file is called NAME.part.wav (.flac, .mkv, .mp4) and is playable to within a second, even if the
    program is killed; `stop` gives it its name.

    Parameters
    ----------
    ring
        float32 (3, n): mono, left, right. Only read.
    path
        .wav, .flac, .mkv or .mp4.
    sample_rate
        Of the ring, Hz.
    force
        Overwrite an existing file.
    latency
        Samples by which left and right come after the mono sound that they belong to, now; any thread. Where it
        changes, by an edit of the chain, the mono sound is crossfaded to its new place within a block.
    picture_lag_ms
        By how much images come after the sound of the same moment.

    Attributes
    ----------
    lost
        Samples that the ring overwrote before they could be written; silence stands in their place.
    dropped
        Images that were left out because the machine was too slow.
    notices
        One line for each thing worth saying, oldest first. The sound itself is never held up.

    Notes
    -----
    `start` and `stop` belong to one thread, `show` to another; the attributes may be read from any.
    """

    def __init__(
        self,
        ring: Ring,
        path: Path,
        sample_rate: int,
        *,
        force: bool = False,
        latency: Callable[[], int] = lambda: 0,
        picture_lag_ms: float = 0.0,
    ) -> None:
        self.path = path
        self.lost = 0
        self.dropped = 0
        self.notices: tuple[str, ...] = ()
        self._ring = ring
        self._sample_rate = sample_rate
        self._force = force
        self._latency = latency
        self._lag = round(picture_lag_ms / 1000 * sample_rate)
        self._is_film = path.suffix.lower() in FILM_SUFFIXES
        self._oldest = self._begin = self._position = 0
        self._late = 0
        self._end: int | None = None
        self._images: deque[tuple[int, Image]] = deque()
        self._arriving = threading.Lock()
        self._writer: SoundWriter | FilmWriter | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def recording(self) -> bool:
        """Sound is being written now."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    @property
    def duration_s(self) -> float:
        """Sound written so far."""
        return self._writer.written / self._sample_rate if self._writer else 0.0

    @property
    def limited(self) -> int:
        """Values that were beyond full scale."""
        return self._writer.limited if self._writer else 0

    def start(self) -> None:
        """Make the file and record from the ring's newest sample on.

        Raises
        ------
        RecordingError
            When the file cannot be made, or exists and is not to be overwritten.
        """
        if self._thread is not None:
            return
        check_target(self.path, force=self._force)
        left = left_behind(self.path)
        if left:
            self._tell(
                f"found {', '.join(repr(str(part)) for part in left)}, left by a recording that was interrupted; it "
                "plays up to its last second: give it a name of its own, or remove it"
            )
        self._writer = self._open()
        self._oldest, self._begin = self._ring.oldest, self._ring.written
        self._position, self._end = self._begin, None
        self._late = self._latency()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, args=(self._writer,), name="recorder", daemon=True)
        self._thread.start()

    def _open(self) -> SoundWriter | FilmWriter:
        try:
            part = make_part(self.path)
        except OSError as error:
            raise RecordingError(f"'{self.path}' cannot be written ({error.strerror}); choose another place") from error
        try:
            return (FilmWriter if self._is_film else SoundWriter)(part, self._sample_rate)
        except RecordingError:
            part.unlink(missing_ok=True)
            raise

    def show(self, image: Image, position: int) -> None:
        """Hand over an image (H, W, 3) RGB, for a film, that was taken when the ring was at `position`.

        Camera's thread.
        """
        if not self._is_film or not self.recording:
            return
        with self._arriving:
            if self._ring.written == self._begin:
                # No sound yet: the film begins with the newest image.
                self._images.clear()
            if len(self._images) < MAX_WAITING:
                self._images.append((position, image))
                return
            self.dropped += 1
        self._tell("the machine is too slow for the film: images are left out, sound is not; choose a smaller picture")

    def stop(self) -> None:
        """Write up to the ring's newest sample, complete the file and give it its name. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._end = self._ring.written
        self._stopping.set()
        thread.join(STOP_TIMEOUT_S)
        if thread.is_alive():
            self._tell(f"recording '{self.path}' cannot be completed: the disk does not answer; check the disk")

    def _run(self, writer: SoundWriter | FilmWriter) -> None:
        trouble: Exception | None = None
        try:
            self._record(writer)
        except Exception as error:  # noqa: BLE001 - the sound goes on, and the reason is shown
            trouble = error
        try:
            writer.close()
        except Exception as error:  # noqa: BLE001 - as above
            trouble = trouble or error
        if not writer.path.exists():
            self._tell(f"recording stopped: {_vanished(writer.path)}")
            return
        # A sound file is completed whatever happened; the end of a film may be what the disk had no room for.
        whole = trouble is None or not self._is_film
        if trouble is not None:
            reason = (str(trouble) or type(trouble).__name__).splitlines()[0]
            kept = "is kept" if whole else f"plays and is kept as '{writer.path}'"
            self._tell(f"recording stopped, what was written {kept}: {reason}")
        if whole:
            self._name(writer.path)

    def _record(self, writer: SoundWriter | FilmWriter) -> None:
        flushed_s = time.monotonic()
        while not self._stopping.wait(POLL_S):
            self._copy(writer, self._ring.written)
            self._draw(writer)
            if time.monotonic() - flushed_s >= FLUSH_S:
                if not writer.path.exists():
                    raise RecordingError(_vanished(writer.path))
                writer.flush()
                flushed_s = time.monotonic()
        self._copy(writer, self._ring.written if self._end is None else self._end)
        self._draw(writer)

    def _copy(self, writer: SoundWriter | FilmWriter, end: int) -> None:
        if isinstance(writer, FilmWriter) and writer.has_picture is None and self._position < end:
            self._draw(writer)
        while self._position < end:
            n = min(MAX_READ, end - self._position)
            block = self._read(n)
            if block is None:
                # Overwritten: the oldest is about to go as well, so leave the writer of the ring some room.
                n = min(max(self._ring.oldest + self._ring.capacity // 4, self._position + 1), end) - self._position
                self.lost += n
                self._tell("the disk is too slow for the recording; silence stands where sound is missing")
                self._silence(writer, n)
            else:
                self._write(writer, block)
            self._position += n

    def _read(self, n: int) -> NDArray[np.float32] | None:
        """Left and right from the present position on, and the mono sound they were made of; None when overwritten."""
        block = self._ring.read(self._position, n)
        if block is None or not self._is_film:
            return block
        before, self._late = self._late, self._latency()
        mono = self._mono(self._late, n)
        leaving = mono if before == self._late else self._mono(before, n)
        if mono is None or leaving is None:
            return None
        fade = np.linspace(0, 1, n, dtype=np.float32)
        block[MONO] = mono if leaving is mono else fade * mono + (1 - fade) * leaving
        return block

    def _mono(self, late: int, n: int) -> NDArray[np.float32] | None:
        """Mono that came `late` samples before the present position; silence from before there was any."""
        start = self._position - late
        missing = max(0, self._oldest - start)
        if missing >= n:
            return np.zeros(n, np.float32)
        block = self._ring.read(start + missing, n - missing)
        return None if block is None else np.concatenate([np.zeros(missing, np.float32), block[MONO]])

    def _write(self, writer: SoundWriter | FilmWriter, block: NDArray[np.float32]) -> None:
        writer.write(block if isinstance(writer, FilmWriter) else block[LEFT : LEFT + 2])

    def _silence(self, writer: SoundWriter | FilmWriter, n: int) -> None:
        for start in range(0, n, MAX_READ):
            self._write(writer, np.zeros((3, min(MAX_READ, n - start)), np.float32))

    def _draw(self, writer: SoundWriter | FilmWriter) -> None:
        """Write the images that wait; sound that came meanwhile goes first."""
        while isinstance(writer, FilmWriter) and self._images:
            with self._arriving:
                position, image = self._images.popleft()
            if writer.has_picture is False:
                self._tell(f"the camera came after the first sound, so '{self.path.name}' has no picture; start again")
            writer.show(image, (position - self._begin + self._late - self._lag) / self._sample_rate)
            if writer.has_picture:
                self._copy(writer, self._ring.written if self._end is None else self._end)
        if isinstance(writer, FilmWriter):
            writer.hold(self._lag / self._sample_rate)

    def _name(self, part: Path) -> None:
        if self.path.exists() and not self._force:
            self._tell(f"'{self.path}' appeared meanwhile; the recording is kept as '{part}'")
            return
        try:
            part.replace(self.path)
        except OSError as error:
            self._tell(f"the recording is kept as '{part}': '{self.path}' cannot be written ({error.strerror})")

    def _tell(self, line: str) -> None:
        with self._arriving:
            if line not in self.notices:
                self.notices += (line,)


def _vanished(part: Path) -> str:
    return f"'{part}' has vanished; was its folder removed or its disk unplugged? record to another place"
