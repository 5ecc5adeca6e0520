"""Shows where the sounding thing is in each video of a folder: `python -m models.pseudo FOLDER [--workers N]`.

A video that is left out, or whose place is wrong, can be given its place by hand in the folder's pseudo/places.json:
"NAME": {"by_hand": true, "column": 0.2, "row": 0.6}, fractions from the picture's upper left.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.pseudo.places import Findings, find_places
from realtime.errors import EarsightError

_PIPE_WIDTH = 160


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit status."""
    parser = argparse.ArgumentParser(
        "python -m models.pseudo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="videos with mono sound, or a folder with a folder 'videos' of them")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    options = parser.parse_args(arguments)
    try:
        findings = find_places(options.folder, options.workers)
    except EarsightError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(_table(findings))
    return 0


def _table(findings: Findings) -> Table:
    used = sum(not finding.reason for finding in findings.values())
    table = Table(title=f"{used} of {len(findings)} videos can be used")
    for name in ("video", "column", "row", "width", "confidence", "left out because"):
        table.add_column(name, justify="left" if name in ("video", "left out because") else "right", overflow="fold")
    for path, finding in findings.items():
        figures = (finding.column, finding.row, finding.width, finding.confidence)
        shown = [f"{figure:.2f}" if finding.confidence else "-" for figure in figures]
        table.add_row(escape(path.name), *shown, escape(finding.reason))
    return table


if __name__ == "__main__":
    sys.exit(main())
