"""Where compiled code is kept between runs: a folder for each state of the sources that it is made of.

numba compiles a function anew when its own file has changed, not when one has that it calls: what was inlined, and
constants of other files, would stay as they were.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from realtime.folders import cache_folder
from realtime.private_file import make_private_folder

MOST_KEPT = 3
COMPILES = "atomics"
"""The module without which nothing is compiled."""
_PREFIX = "compiled-"
_IMPORT = re.compile(r"^ *from realtime((?:\.\w+)*) import (\([^)]*\)|.*)", re.MULTILINE)


def folder_for(sources: Path, parent: Path) -> Path | None:
    """Folder in `parent` for the compiled code of the files under `sources`, a package's; older ones go.

    None where nothing can be written: numba then finds a place of its own.
    """
    digest = hashlib.sha256()
    for name, text in sorted(compiled_sources(sources).items()):
        digest.update(f"{name}\0{text}".encode())
    folder = parent / f"{_PREFIX}{digest.hexdigest()[:16]}"
    try:
        # What lies there is run: it is nobody else's to read or write.
        make_private_folder(folder)
        folder.touch()
        others = sorted(parent.glob(f"{_PREFIX}*"), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return None
    for old in others[MOST_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def compiled_sources(sources: Path) -> dict[str, str]:
    """Texts, by module, of the files that compile something and of all that those import of the same package."""
    texts = {
        ".".join(path.relative_to(sources).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sources.rglob("*.py")
    }
    needs = {module: _imports(text) & texts.keys() for module, text in texts.items()}
    taken: set[str] = set()
    new = {module for module, imports in needs.items() if COMPILES in imports} | ({COMPILES} & texts.keys())
    while new:
        taken |= new
        new = set[str]().union(*(needs[module] for module in new)) - taken
    return {module: texts[module] for module in taken}


def _imports(text: str) -> set[str]:
    """What may be modules among what a file imports, without the package's own name."""
    found: set[str] = set()
    for package, names in _IMPORT.findall(text):
        module = package.removeprefix(".")
        found |= {module, *(f"{module}.{name}".removeprefix(".") for name in re.findall(r"\w+", names))}
    return found


def choose_folder() -> Path | None:
    """For this program's own sources."""
    return folder_for(Path(__file__).parent, cache_folder())
