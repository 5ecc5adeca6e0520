"""Files and folders that only their owner may read: what microphone and camera gave, and what the user chose.

Windows has no such modes; there a file has the rights of its folder.
"""

from __future__ import annotations

import os
from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o600, 0o700


def make_private(path: Path, *, replace: bool = False) -> None:
    """Make an empty file for its owner alone; whoever opens it to write afterwards leaves that as it is.

    Parameters
    ----------
    replace
        Take away first what stands there; a link goes itself, never what it points to.

    Raises
    ------
    FileExistsError
        When something stands there and is not to be replaced.
    OSError
        When the file cannot be made.
    """
    if replace:
        path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone; what is there stays as it is.

    Raises
    ------
    OSError
        When one cannot be made, or a file stands there.
    """
    if not path.parent.exists():
        make_private_folder(path.parent)
    path.mkdir(FOLDER_MODE, exist_ok=True)
