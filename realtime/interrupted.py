"""Names under which recordings grow, and the ones that an interrupted recording left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count, takewhile
from pathlib import Path

from realtime.private_file import make_private


def left_behind(path: Path) -> list[Path]:
    """What recordings to `path` left that never ended: NAME.part.wav, NAME.part2.wav, ...; each plays as it is."""
    return list(takewhile(Path.exists, _names(path)))


def make_part(path: Path) -> Path:
    """An empty file, readable by its owner only, under the first of those names that is free.

    Raises
    ------
    OSError
        When it cannot be made.
    """
    for part in _names(path):
        with suppress(FileExistsError):
            make_private(part)
            return part
    raise AssertionError("names never end")


def _names(path: Path) -> Iterator[Path]:
    return (path.with_suffix(f".part{'' if number == 1 else number}{path.suffix}") for number in count(1))
