"""The list of clips in an .h5, as FAIR-Play's authors keep it, read by a process of its own.

From some damaged files HDF5 (1.14) does not return, and no check before finds all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from realtime.hdf5 import UNFIT, open_tables, read_table, reason

KEY = "audio"
"""What the authors call the clips."""
TIMEOUT_S = 8.0
_ROOT = Path(__file__).parents[1]
"""Where the child finds our packages, wherever it is started."""
_PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from models import split_table; split_table.main()"


def table_entries(path: Path) -> list[str]:
    """Entries of an .h5, stored as bytes or as text.

    Raises
    ------
    ValueError
        When it is damaged, or has no list of names.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(_ROOT), str(path)],
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ValueError("it is damaged, HDF5 does not come to its end") from None
    if done.returncode:
        raise ValueError("it is damaged, HDF5 crashes over it")
    answer: list[str] | str = json.loads(done.stdout)
    if isinstance(answer, str):
        raise ValueError(answer)
    return answer


def main() -> None:
    """In the child: print the entries of the file that the last argument names as a JSON list, or a string why not."""
    try:
        answer: object = _entries(Path(sys.argv[-1]))
    except UNFIT as error:
        answer = reason(error)
    print(json.dumps(answer))


def _entries(path: Path) -> list[str]:
    with open_tables(path) as file:
        entries = read_table(file, KEY, texts=True).ravel().tolist()
    names = [entry.decode() if isinstance(entry, bytes) else entry for entry in entries]
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"'{KEY}' holds no names")
    return [str(name) for name in names]
