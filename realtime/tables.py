"""Tables that people and programs write down, as TOML or JSON: read within limits, whatever they hold."""

from __future__ import annotations

import errno
import json
import os
import tomllib
from pathlib import Path
from typing import Any, cast

from realtime.paths import exists, is_file

MOST_BYTES = 2**24
LARGEST = 1e308


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a file.

    Raises
    ------
    OSError
        When it cannot be read, is no file or far too large.
    ValueError
        When it is not TOML.
    """
    try:
        return tomllib.loads(_read(path))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_json(path: Path) -> Any:
    """What a file says in JSON; raises as `read_toml`."""
    try:
        return json.loads(_read(path))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def is_number(value: object) -> bool:
    """Whether it is a finite number, and one that 64 bits can hold."""
    return type(value) in (int, float) and -LARGEST <= cast(float, value) <= LARGEST


def _read(path: Path) -> str:
    if exists(path) and not is_file(path):
        raise OSError(errno.EINVAL, "it is not a file")
    if path.stat().st_size > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return path.read_text(encoding="utf-8")
