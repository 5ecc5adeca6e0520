"""A file that a multiplexer writes to piece by piece, and that keeps what it holds when its disk fails."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path


class GrowingFile:
    """What PyAV writes a container to: unbuffered, and from the first error on as it was at the last `mark`.

    A multiplexer goes on after an error: it rewrites headers to state what it believes to have written. Here nothing
    reaches the disk any more once a write has failed, so that what was playable stays playable. One thread.

    Parameters
    ----------
    path
        New or empty file.

    Attributes
    ----------
    error
        What the disk answered when a write failed, or None.

    Raises
    ------
    OSError
        When the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.error: OSError | None = None
        # Unbuffered: what is written here outlives the program.
        self._file = path.open("wb", buffering=0)
        self._marked = 0

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, data: bytes) -> int:
        """Write all of it, or nothing more from the first failure on; the number of bytes, whatever happened."""
        rest = memoryview(data)
        try:
            while rest and self.error is None:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.error = error
            with suppress(OSError):
                self._file.truncate(self._marked)
        return len(data)

    def mark(self) -> None:
        """What was appended so far is playable."""
        if self.error is None:
            self._marked = self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        """Idempotent."""
        self._file.close()
