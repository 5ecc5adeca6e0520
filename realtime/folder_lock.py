"""A folder that one program at a time may write to."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

NAME = ".lock"


class FolderLock:
    """Held from `take` to `release` at most; it goes with the process, also when that is killed.

    It is SQLite's lock on an empty file: the operating system's own, in one way on all of them. Any thread.

    Parameters
    ----------
    folder
        It exists; a hidden file lies in it while the lock is held.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._held: sqlite3.Connection | None = None

    def take(self) -> bool:
        """Whether it is held now; False when somebody else holds it.

        Raises
        ------
        OSError
            When the folder cannot be written to.
        """
        if self._held is not None:
            return True
        try:
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise OSError(None, str(error)) from error
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return False
            raise OSError(None, str(error)) from error
        self._held = connection
        return True

    def release(self) -> None:
        """Give it back. Idempotent."""
        connection, self._held = self._held, None
        if connection is not None:
            # Before the lock goes, so that it is nobody else's; Windows keeps open files, and this one does no harm.
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            connection.close()
