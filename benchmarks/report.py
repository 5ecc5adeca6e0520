"""docs/measurements.md: runs the other programs here and writes down what each printed.

python -m benchmarks.report docs/measurements.md
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from realtime.stats import machine_facts, program_version

COMMANDS = (
    ("Round trip: stated and measured", "loopback --jack-dummy"),
    ("A busy Python beside the sound", "spinner --seconds 20 --jack-dummy"),
    ("A live host on one core", "latency --seconds 20 --cores 1"),
    ("The same in overlap mode", "latency --seconds 20 --cores 1 --mode overlap"),
    ("Rendering", "render --seconds 60"),
    ("A chain of effects", "chain --seconds 20"),
)
TIMEOUT_S = 600


def report() -> str:
    """Markdown with each command and its output.

    Raises
    ------
    subprocess.CalledProcessError
        When one of the programs fails.
    """
    facts = machine_facts("cpu")
    parts = [
        "# Measurements\n\nWritten by `python -m benchmarks.report docs/measurements.md`, "
        f"{date.today().isoformat()}, version {program_version()}, {facts['cpu']}, {facts['cores']} cores, "
        f"{facts['os']}, Python {facts['python']}.\n"
    ]
    for title, command in COMMANDS:
        name, *options = command.split()
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *options],
            check=True,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        parts.append(f"## {title}\n\n`earsight bench {command}`\n\n```\n{done.stdout.strip()}\n```\n")
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args(arguments)
    chosen.out.write_text(report(), encoding="utf-8")


if __name__ == "__main__":
    main()
