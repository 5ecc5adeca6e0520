"""Files that torch saved: read without running any code that they might hold, and refused in one line."""

from __future__ import annotations

import pickle
import struct
import textwrap
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from realtime.errors import ModelError

UNFIT = (
    *(LookupError, RuntimeError, ValueError, TypeError, AttributeError, AssertionError, OSError, EOFError),
    *(pickle.UnpicklingError, struct.error, MemoryError),
)
"""How a damaged file, or weights that do not fit a network, show, by torch's choice."""
MAX_REASON = 200


def load_tensors(path: Path) -> dict[str, Any]:
    """Read a dictionary of tensors and plain values; raises one of UNFIT when the file holds anything else."""
    with warnings.catch_warnings(action="ignore"):  # of odd pickles, on which it then fails
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict):
        raise TypeError(f"it holds a {type(content).__name__}")
    return content


@contextmanager
def fitting(path: Path, trouble: str, cure: str) -> Generator[None]:
    """Refuse the file when what happens in the block shows that it does not fit.

    Parameters
    ----------
    trouble, cure
        For the line "'PATH' TROUBLE (REASON); CURE".

    Raises
    ------
    ModelError
        In the place of one of UNFIT.
    """
    try:
        yield
    except UNFIT as error:
        raise ModelError(f"'{path}' {trouble} ({_reason(error)}); {cure}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # torch's own words for what it cannot unpickle advise to let the file run code.
    if isinstance(error, pickle.UnpicklingError | EOFError):
        return "it is not a torch file"
    if isinstance(error, MemoryError):
        return "it says that it is larger than any"
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    return textwrap.shorten(str(error), MAX_REASON, placeholder=" ...").rstrip(".:") or type(error).__name__
