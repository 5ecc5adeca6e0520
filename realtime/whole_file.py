"""Files that appear under their name when they are whole, and not at all when anything goes wrong."""

from __future__ import annotations

import os
import platform
from collections.abc import Generator
from contextlib import contextmanager, suppress
from glob import escape
from itertools import count
from pathlib import Path

from realtime.private_file import make_private


@contextmanager
def whole_file(path: Path, *, shared: bool = False, private: bool = False) -> Generator[Path]:
    """Give a hidden name beside `path` to write to; it becomes `path` when the block ends without an error.

    Parameters
    ----------
    path
        In a folder that exists; what stands there is replaced.
    shared
        Several processes may write the file at once: each gets a name of its own, and the last one stays. Otherwise
        the name is always the same, so that what a killed program left is written over.
    private
        Nobody but the user may read it, from its first byte on; otherwise it is for those for whom files usually are.

    Raises
    ------
    OSError
        When the file cannot be made or given its name.
    """
    own = f".{_writer(os.getpid())}{next(_numbers)}" if shared else ""
    part = path.with_name(f".{path.stem}{own}.part{path.suffix}")
    try:
        if private:
            make_private(part, replace=True)
        yield part
        part.replace(path)
    finally:
        # Where even that fails, the reason is what the block failed of.
        with suppress(OSError):
            part.unlink(missing_ok=True)


def forget_parts(path: Path, process: int) -> None:
    """Take away what a process of this machine, now gone, has left of a shared file."""
    for part in path.parent.glob(f".{escape(path.stem)}.{_writer(process)}*.part{escape(path.suffix)}"):
        with suppress(OSError):
            part.unlink(missing_ok=True)


_numbers = count()


def _writer(process: int) -> str:
    return f"{platform.node()}-{process}-"
