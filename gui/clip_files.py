"""Which files are clips, and those that a user means by dropping or choosing files and folders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData
from PySide6.QtWidgets import QFileDialog, QWidget

CLIP_SUFFIXES = ("mp4", "mkv", "mov", "avi", "webm", "m4v", "wav", "flac", "ogg", "mp3", "m4a")


def ask_for_clips(parent: QWidget) -> list[Path]:
    """Let the user pick clips; none when they change their mind."""
    title = QCoreApplication.translate("ClipFiles", "Open clips")
    patterns = " ".join(f"*.{suffix}" for suffix in CLIP_SUFFIXES)
    kinds = QCoreApplication.translate("ClipFiles", "Clips ({0})").format(patterns)
    kinds += ";;" + QCoreApplication.translate("ClipFiles", "All files (*)")
    names, _ = QFileDialog.getOpenFileNames(parent, title, "", kinds)
    return [Path(name) for name in names]


def dropped_files(data: QMimeData) -> list[Path]:
    """Files and folders of this computer among what is dropped."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def clips_among(paths: Iterable[Path]) -> list[Path]:
    """The files as they are given, and in place of a folder the clips in it, by name and number."""
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_clips_at(path)))
    return list(found)


def _clips_at(path: Path) -> list[Path]:
    """A folder that may not be read stands for itself: whoever plays it says why that does not work."""
    try:
        if not path.is_dir():
            return [path]
        files = (file for file in path.iterdir() if file.suffix.lower().removeprefix(".") in CLIP_SUFFIXES)
        return sorted((file for file in files if file.is_file()), key=_natural)
    except OSError:
        return [path]


def _natural(path: Path) -> list[tuple[int, str]]:
    """Take 2 before take 10."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
