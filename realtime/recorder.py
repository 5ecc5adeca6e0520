"""Records what the host plays: follows its output ring in a thread of its own and writes left and right to a file."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np

from realtime.clip_writer import check_target
from realtime.errors import RecordingError
from realtime.ring import Ring
from realtime.sound_writer import SUFFIXES, SoundWriter

POLL_S = 0.02
FLUSH_S = 0.5
MAX_READ = 16_384
STOP_TIMEOUT_S = 10.0
LEFT = 1


class Recorder:
    """Writes left and right of a ring (mono, left, right) from `start` to `stop`, every sample in its place.

    While it runs, the file is called NAME.part.wav (.flac) and is playable to within a second, even if the program is
    killed; `stop` gives it its name.

    Parameters
    ----------
    ring
        float32 (3, n): mono, left, right. Only read.
    path
        .wav or .flac.
    sample_rate
        Of the ring, Hz.
    force
        Overwrite an existing file.

    Attributes
    ----------
    lost
        Samples that the ring overwrote before they could be written; silence stands in their place.
    notice
        One line on what went wrong, or "". The sound itself is never held up.

    Notes
    -----
    `start` and `stop` belong to one thread; the attributes may be read from any.
    """

    def __init__(self, ring: Ring, path: Path, sample_rate: int, *, force: bool = False) -> None:
        self.path = path
        self.lost = 0
        self.notice = ""
        self._ring = ring
        self._sample_rate = sample_rate
        self._force = force
        self._position = 0
        self._end: int | None = None
        self._writer: SoundWriter | None = None
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
        if self.path.suffix.lower() not in SUFFIXES:
            raise RecordingError(f"'{self.path.name}' cannot be recorded to; accepted: {', '.join(SUFFIXES)}")
        check_target(self.path, force=self._force)
        self._writer = SoundWriter(_free_part(self.path), self._sample_rate)
        self._position, self._end = self._ring.written, None
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, args=(self._writer,), name="recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write up to the ring's newest sample, complete the file and give it its name. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._end = self._ring.written
        self._stopping.set()
        thread.join(STOP_TIMEOUT_S)
        if thread.is_alive():
            self.notice = f"recording '{self.path}' cannot be completed: the disk does not answer; check the disk"

    def _run(self, writer: SoundWriter) -> None:
        flushed_s = time.monotonic()
        try:
            while not self._stopping.wait(POLL_S):
                self._copy(writer, self._ring.written)
                if time.monotonic() - flushed_s >= FLUSH_S:
                    writer.flush()
                    flushed_s = time.monotonic()
            self._copy(writer, self._ring.written if self._end is None else self._end)
        except RecordingError as error:
            self.notice = f"recording stopped, what was written is kept: {error}"
        try:
            writer.close()
        except RecordingError as error:
            self.notice = self.notice or f"recording stopped, what was written is kept: {error}"
        self._name(writer.path)

    def _copy(self, writer: SoundWriter, end: int) -> None:
        while self._position < end:
            n = min(MAX_READ, end - self._position)
            block = self._ring.read(self._position, n)
            if block is None:
                # Overwritten: the oldest is about to go as well, so leave the writer of the ring some room.
                n = min(max(self._ring.oldest + self._ring.capacity // 4, self._position + 1), end) - self._position
                self.lost += n
                self.notice = "the disk is too slow for the recording; silence stands where sound is missing"
                self._silence(writer, n)
            else:
                writer.write(block[LEFT : LEFT + 2])
            self._position += n

    def _silence(self, writer: SoundWriter, n: int) -> None:
        for start in range(0, n, MAX_READ):
            writer.write(np.zeros((2, min(MAX_READ, n - start)), np.float32))

    def _name(self, part: Path) -> None:
        if self.path.exists() and not self._force:
            self.notice = f"'{self.path}' appeared meanwhile; the recording is kept as '{part}'"
            return
        try:
            part.replace(self.path)
        except OSError as error:
            self.notice = f"the recording is kept as '{part}': '{self.path}' cannot be written ({error.strerror})"


def _free_part(path: Path) -> Path:
    """A name beside `path` that no earlier, interrupted recording holds."""
    part = path.with_suffix(f".part{path.suffix}")
    number = 2
    while part.exists():
        part = path.with_suffix(f".part{number}{path.suffix}")
        number += 1
    return part
