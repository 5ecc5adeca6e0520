"""Tables of HDF5 files, read so that a damaged or malicious file costs no more than an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

UNFIT = (OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError)
"""How a damaged file shows, by h5py's choice."""
MOST_BYTES = 2**27
"""Of one table: a file of a few kilobytes may say that it holds terabytes."""


def open_tables(path: Path) -> h5py.File:
    """Open a file for reading; raises one of UNFIT."""
    return h5py.File(path, "r")


def read_table(file: h5py.File, name: str, *, texts: bool = False) -> NDArray[Any]:
    """A whole table of a file.

    Parameters
    ----------
    texts
        Whether it may hold texts of any length. Over damaged ones HDF5 may hang, so it needs a process of its own.

    Raises
    ------
    ValueError
        When there is none of that name, it is too large, or lies in another file.
    UNFIT
        When it is damaged.
    """
    if name not in file:
        raise ValueError(f"it has {', '.join(repr(key) for key in file) or 'nothing'} instead of '{name}'")
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"'{name}' lies in another file")
    table = file[name]
    if not isinstance(table, h5py.Dataset):
        raise ValueError(f"'{name}' is no list of values")
    if table.external or table.is_virtual:
        raise ValueError(f"'{name}' lies in another file")
    if table.dtype.hasobject and not texts:
        raise ValueError(f"'{name}' holds no numbers")
    size = (table.size or 0) * table.dtype.itemsize
    if size > MOST_BYTES:
        raise ValueError(f"'{name}' takes {size / 2**20:.0f} MB, accepted are {MOST_BYTES / 2**20:.0f}")
    return np.asarray(table)


def reason(error: Exception) -> str:
    """The first line of what one of UNFIT says, else what it is."""
    text = str(error.args[0]) if error.args else ""
    return text.partition("\n")[0] or type(error).__name__
