"""Verdict: what became of an input, and whether the program may behave like that."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from realtime.errors import EarsightError

MOST_SECONDS = 10.0
MOST_BYTES = 2 * 2**30
LONGEST_LINE = 2000
CURES = (";", "accepted", "run:", "give ", "takes ", "reads ", "known:", "export it", "has:", "holds ")
"""What tells that a line says what would do instead."""
NO_ROOM = ("bad_alloc", "Failed to allocate", "Unable to allocate", "can't allocate memory", "not enough memory")
"""What libraries say when they asked for more memory than there is: without a limit they would have got it."""


@dataclass(frozen=True)
class Verdict:
    """Of one input. It travels from one process to the other as JSON.

    Attributes
    ----------
    failure
        Its kind, "" for none.
    detail
        One line on it.
    refused
        Whether the program said that it does not take the input.
    seconds, peak_bytes
        What reading it took.
    """

    failure: str = ""
    detail: str = ""
    refused: bool = False
    seconds: float = 0.0
    peak_bytes: int = 0


def of_error(error: BaseException) -> tuple[str, str]:
    """Kind and detail of what was raised; "" where it is one good line of an EarsightError."""
    if isinstance(error, EarsightError):
        return of_line(str(error), refusal=True)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/tests/" not in frame.filename and "site-packages" not in frame.filename]
    at = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{at}", " ".join(str(error).split())[:300]


def of_line(line: str, *, refusal: bool = False) -> tuple[str, str]:
    """Kind and detail of what is wrong with a line that the program said; "" for nothing."""
    if not line.strip():
        return "empty line", ""
    if len(line.splitlines()) != 1:
        return "line break in a line", repr(line)[:300]
    if not line.isprintable():
        return "control character in a line", repr(line)[:300]
    if len(line) > LONGEST_LINE:
        return "endless line", line[:300]
    if any(words in line for words in NO_ROOM):
        return "asked for too much memory", line[:300]
    if refusal and not any(sign in line for sign in "'0123456789") and not any(cure in line for cure in CURES):
        return "neither what was given nor the cure", line
    return "", ""
