"""Paths from anywhere, asked without an error for those that no system takes."""

from __future__ import annotations

from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether there is such a file. A path that is too long or holds a zero byte is none, as from Python 3.14 on."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Whether there is anything; as `is_file`."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
