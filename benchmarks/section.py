"""One section of a Markdown file: runs a command and puts what it printed under a heading, with command and date.

python -m benchmarks.section docs/results.md "The paper's rows" -- earsight evaluate MODEL.onnx --data seated:1:200

A section of that heading is replaced, others stay as they are.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from realtime.stats import machine_facts
from realtime.whole_file import whole_file

PROGRAMS = {"earsight": [sys.executable, "-m", "realtime.cli"], "python": [sys.executable]}


def section(heading: str, command: Sequence[str]) -> str:
    """Run a command here and lay out what it printed.

    Raises
    ------
    subprocess.CalledProcessError
        When it fails; what it said went to stderr.
    """
    program, *rest = command
    # Tables are as wide as the page, also where no terminal says how wide that is.
    environment = {**os.environ, "COLUMNS": "120"}
    done = subprocess.run(
        [*PROGRAMS.get(program, [program]), *rest], check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    facts = machine_facts("cpu")
    when = f"{date.today().isoformat()}, {facts['cpu']}, {facts['cores']} cores:"
    printed = done.stdout.strip()
    shown = printed if printed.startswith("|") else f"```\n{printed}\n```"
    return f"## {heading}\n\n`{shlex.join(command)}`\n\n{when}\n\n{shown}\n"


def replaced(text: str, heading: str, fresh: str) -> str:
    """Put a section in the place of the one of its heading, or at the end."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    for number, part in enumerate(parts):
        if part.startswith(f"## {heading}\n"):
            parts[number] = fresh if number == len(parts) - 1 else f"{fresh}\n"
            return "".join(parts)
    return f"{text.rstrip()}\n\n{fresh}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.section", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("heading")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args(arguments)
    text = chosen.file.read_text(encoding="utf-8") if chosen.file.exists() else ""
    fresh = section(chosen.heading, chosen.command)
    with whole_file(chosen.file) as part:
        part.write_text(replaced(text, chosen.heading, fresh), encoding="utf-8")


if __name__ == "__main__":
    main()
