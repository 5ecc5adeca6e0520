"""What earlier scans found, in the user's cache folder: one entry for each file, also for those that failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from realtime.described import Described
from realtime.folders import cache_folder
from realtime.tables import read_json
from realtime.whole_file import whole_file

_LAYOUT = 1
"""Part of the file; a cache of another layout is begun anew."""


def cache_file() -> Path:
    """In the user's cache folder."""
    return cache_folder() / "plugins.json"


def stamp(path: Path) -> str:
    """Time of change and size of a file, or of what is newest in a bundle and of all in it.

    Raises
    ------
    OSError
        When it is gone.
    """
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else []
    facts = [file.stat() for file in (path, *files)]
    return f"{max(fact.st_mtime_ns for fact in facts)}-{sum(fact.st_size for fact in facts)}"


class ScanCache:
    """Remembers by path, time of change and size. A damaged file counts as none. One thread.

    Parameters
    ----------
    file
        Its folder is made when it is first saved.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries: dict[str, Any] = _read(file)
        self._changed = False

    def find(self, kind: str, path: Path) -> list[Described] | None:
        """What is known of a file as it is now; None when that is nothing."""
        entry = self._entries.get(f"{kind}:{path}")
        try:
            if entry is None or entry["stamp"] != stamp(path):
                return None
            return [Described.of_plain(plain) for plain in entry["found"]]
        except (TypeError, KeyError, OSError):
            return None

    def remember(self, kind: str, path: Path, found: list[Described]) -> None:
        """Keep what was found in a file as it is now."""
        try:
            entry = {"stamp": stamp(path), "found": [described.plain() for described in found]}
        except OSError:
            return
        self._entries[f"{kind}:{path}"] = entry
        self._changed = True

    def save(self) -> None:
        """Write what is new; where that cannot be, the next scan looks again."""
        if not self._changed:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self._file, shared=True) as part:
                part.write_text(json.dumps({"layout": _LAYOUT, "files": self._entries}), encoding="utf-8")
        except OSError:
            return
        self._changed = False


def _read(file: Path) -> dict[str, Any]:
    try:
        content = cast(dict[str, Any], read_json(file))
        return dict(content["files"]) if content["layout"] == _LAYOUT else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
