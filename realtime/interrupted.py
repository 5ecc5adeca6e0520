"""Names under which recordings grow, and the ones that an interrupted recording left behind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path


def left_behind(path: Path) -> list[Path]:
    """What recordings to `path` left that never ended: NAME.part.wav, NAME.part2.wav, ...; each plays as it is."""
    return list(takewhile(Path.exists, _names(path)))


def free_part(path: Path) -> Path:
    """The first of those names that is free."""
    return next(part for part in _names(path) if not part.exists())


def _names(path: Path) -> Iterator[Path]:
    return (path.with_suffix(f".part{'' if number == 1 else number}{path.suffix}") for number in count(1))
