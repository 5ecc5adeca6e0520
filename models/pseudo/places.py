"""Places: what was found in each video of a folder, remembered beside the videos."""

from __future__ import annotations

import hashlib
import json
import math
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from models.image_cache import user_cache
from models.pseudo.finder import VERSION, Finding, find_source
from realtime.errors import DataError
from realtime.whole_file import whole_file

SUFFIXES = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v")

_KEPT_EVERY = 20

Findings = dict[Path, Finding]


def videos(folder: Path) -> list[Path]:
    """Videos of a folder, or of `videos` in it, by name.

    Raises
    ------
    DataError
        When there is no such folder, or no video in it.
    """
    inner = folder / "videos"
    where = inner if inner.is_dir() else folder
    if not where.is_dir():
        raise DataError(f"there is no folder '{folder}'; give one with videos ({', '.join(SUFFIXES)})")
    found = (path for path in where.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith("."))
    if not (paths := sorted(path for path in found if path.is_file())):
        raise DataError(f"'{where}' holds no videos; accepted: {', '.join(SUFFIXES)}")
    return paths


def find_places(folder: Path, workers: int = 1) -> Findings:
    """Find the source in every video of a folder, or remember what was found before.

    What is found is kept in `pseudo/places.json` of the folder, or in the user's cache where the folder cannot be
    written to; a video that changed is looked at again. Entries such as `"NAME": {"by_hand": true, "column": 0.2,
    "row": 0.6}` in that file are the user's: they count whatever the finder says. A progress bar shows on a terminal.

    Parameters
    ----------
    folder
        As for `videos`.
    workers
        How many processes look at videos.

    Raises
    ------
    DataError
        When there is no video, the file is malformed, or what was found can be kept nowhere.
    """
    paths = videos(folder)
    remembered = _Memory(folder)
    findings = {path: remembered.get(path) for path in paths}
    missing = [path for path, finding in findings.items() if finding is None]
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not (missing and console.is_terminal)) as progress:
        bar = progress.add_task("looking for sources", total=len(missing))
        try:
            for done, (path, finding) in enumerate(_found(missing, workers), 1):
                findings[path] = finding
                remembered.put(path, finding)
                progress.advance(bar)
                if done % _KEPT_EVERY == 0:
                    remembered.keep()
        finally:
            if missing:
                remembered.keep()
    return {path: finding for path, finding in findings.items() if finding is not None}


def facts(path: Path) -> list[int]:
    """Return what changes when a file does: its size and time of change."""
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _found(paths: list[Path], workers: int) -> Iterator[tuple[Path, Finding]]:
    if workers <= 1 or len(paths) <= 1:
        yield from ((path, find_source(path)) for path in paths)
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    try:
        yield from zip(paths, pool.map(find_source, paths), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


class _Memory:
    """The file of a folder's findings."""

    def __init__(self, folder: Path) -> None:
        beside = folder / "pseudo" / "places.json"
        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
        self._files = (beside, user_cache().parent / "pseudo" / f"{name}.json")
        self._entries: dict[str, dict[str, Any]] = {}
        for file in reversed(self._files):
            self._entries |= _read(file)

    def get(self, path: Path) -> Finding | None:
        """Return what was found in a video, if it is the same still."""
        entry = self._entries.get(path.name)
        if entry is None:
            return None
        if entry.get("by_hand"):
            try:
                return _finding({"width": 0.1, "confidence": 1.0, "reason": ""} | entry)
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"'{self._files[0]}' has no place for '{path.name}'; accepted by hand: column and row, 0 to 1"
                ) from error
        if entry.get("version") != VERSION or entry.get("file") != facts(path):
            return None
        try:
            return _finding(entry)
        except (KeyError, TypeError, ValueError):
            return None

    def put(self, path: Path, finding: Finding) -> None:
        """Remember a finding; `keep` writes it."""
        self._entries[path.name] = {"version": VERSION, "file": facts(path)} | asdict(finding)

    def keep(self) -> None:
        """Write the file."""
        text = json.dumps(dict(sorted(self._entries.items())), indent=1) + "\n"
        try:
            _write(self._files[0], text)
        except OSError:
            self._keep_in_cache(text)

    def _keep_in_cache(self, text: str) -> None:
        try:
            _write(self._files[1], text)
        except OSError as error:
            beside, cached = self._files
            raise DataError(
                f"places can be kept neither in '{beside}' nor in '{cached}' ({error.strerror}); free some space"
            ) from error


def _finding(entry: dict[str, Any]) -> Finding:
    numbers = {f.name: float(entry[f.name]) for f in fields(Finding) if f.name != "reason"}
    if not all(math.isfinite(number) and 0 <= number <= 1 for number in numbers.values()):
        raise ValueError
    return Finding(**numbers, reason=str(entry["reason"]))


def _read(file: Path) -> dict[str, dict[str, Any]]:
    """Read findings; none from a file that is missing."""
    try:
        entries: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except ValueError as error:
        raise DataError(f"'{file}' is not JSON ({error}); mend it, or delete it to look at the videos again") from error
    if not isinstance(entries, dict):
        raise DataError(f"'{file}' is no object of places by video; delete it to look at the videos again")
    return {name: entry for name, entry in entries.items() if isinstance(entry, dict)}


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file, shared=True) as part:
        part.write_text(text, encoding="utf-8")
