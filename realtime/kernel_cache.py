"""Where compiled code is kept between runs: a folder for each state of the sources.

numba compiles a function anew when its own file has changed, not when one has that it calls: what was inlined would
stay as it was.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from realtime.folders import cache_folder

MOST_KEPT = 3
_PREFIX = "compiled-"


def folder_for(sources: Path, parent: Path) -> Path | None:
    """Folder in `parent` for the compiled code of all files under `sources`; older ones go.

    None where nothing can be written: numba then finds a place of its own.
    """
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*.py")):
        digest.update(path.relative_to(sources).as_posix().encode() + b"\0" + path.read_bytes())
    folder = parent / f"{_PREFIX}{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.touch()
        others = sorted(parent.glob(f"{_PREFIX}*"), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return None
    for old in others[MOST_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def choose_folder() -> Path | None:
    """For this program's own sources."""
    return folder_for(Path(__file__).parent, cache_folder())
