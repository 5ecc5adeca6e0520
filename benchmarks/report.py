"""The page of all measurements: runs the other programs here and writes down what they found, with their plots.

python -m benchmarks.report docs/performance.md

The plots go to a folder of the page's name beside it. Takes half an hour on a machine that does nothing else; with
--quick minutes, for figures that say nothing.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.results import add_force_and_quick, exit_with, facts
from realtime.commands.options import refuse_overwriting
from realtime.errors import EarsightError
from realtime.whole_file import whole_file


@dataclass(frozen=True)
class Section:
    """One command of the page.

    Attributes
    ----------
    slug
        Begins the names of its plots.
    command
        What follows `earsight bench`.
    text
        Below the heading.
    profile
        Where one reads why, if something falls short.
    """

    slug: str
    title: str
    command: str
    text: str
    profile: str = ""


COST = "the processor time by stage under [Cost model](#cost-model)"
SECTIONS = (
    Section(
        "loopback",
        "Round trip",
        "loopback --jack-dummy",
        "Stated by the host, and measured through the whole way with a maximum length sequence.",
    ),
    Section(
        "jack",
        "Live on JACK",
        "latency --jack-dummy",
        "With nothing else to do, beside a Python thread that never rests, while networks are loaded and then changed, "
        "and in the window. Age is not latency: the sound never waits for a mask.",
        "the loads that share the cores, the CPU column, and " + COST,
    ),
    Section(
        "overlap",
        "Live on JACK, overlap",
        "latency --jack-dummy --mode overlap --block-sizes 64 128 --loads pass-through none",
        "The mode of best fidelity, whose latency has a hop and the time for the network in it.",
        COST,
    ),
    Section(
        "one-core",
        "Live on one core",
        "latency --cores 1 --loads pass-through none",
        "A clip on a clock without a device: all of Earsight on one core.",
    ),
    Section(
        "streams",
        "Ten streams at once",
        "latency --streams 10 --jack-dummy",
        "Each with a network and pictures of its own; a process each, as ten users would, and all in one.",
        COST
        + ": ten times the one stream's is more than these cores have, so inferences are left out, as the column of "
        "late ones says; and one process has one interpreter lock for all",
    ),
    Section(
        "render",
        "Rendering",
        "render",
        "Files to files, and plain PyTorch beside it.",
        "the processor time by stage, and the times of both halves, under [Rendering](#rendering)",
    ),
    Section(
        "providers",
        "Providers",
        "providers",
        "What each setting of ONNX Runtime gives, and what it costs in error.",
        "how close each half already is to what a core can do, under [Cost model](#cost-model)",
    ),
    Section(
        "chain",
        "A chain of effects",
        "chain",
        "In the callback, and offline beside pedalboard's.",
        "the effects one by one under [A chain of effects](#a-chain-of-effects)",
    ),
    Section("cost", "Cost model", "cost", "What the work is, what a core can do at most, and how the cost grows."),
)
TIMEOUT_S = 3600


def measured(section: Section, plots: Path, quick: bool) -> tuple[str, dict[str, Any]]:
    """Run it: what it printed, without the line of facts, and its figures; its plots come into the folder.

    Raises
    ------
    EarsightError
        When it fails.
    """
    print(f"earsight bench {section.command}", file=sys.stderr, flush=True)
    name, *options = section.command.split()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        options += ["--json", str(folder / "found.json"), "--plot", str(folder / "plots"), *(["--quick"] * quick)]
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *options],
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        if done.returncode:
            reason = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise EarsightError(f"bench {section.command} failed: {reason[-1].removeprefix('earsight: ')}")
        for plot in sorted((folder / "plots").glob("*.svg")):
            shutil.copy(plot, plots / f"{section.slug}-{plot.stem.partition('-')[2]}.svg")
        return done.stdout.partition("\n")[2].strip(), json.loads((folder / "found.json").read_text())


def page(sections: Sequence[Section], plots: Path, command: str, quick: bool) -> str:
    """All of it as Markdown."""
    parts: list[str] = []
    asked: list[str] = []
    short: list[str] = []
    line = ""
    for section in sections:
        printed, found = measured(section, plots, quick)
        line = line or facts(found)
        pictures = [
            f"![{section.title}: {path.stem.removeprefix(section.slug + '-')}]({plots.name}/{path.name})"
            for path in sorted(plots.glob(f"{section.slug}-*.svg"))
        ]
        load = f"load {found['machine']['load']:.1f} at its end"
        heading = f"## {section.title}\n\n{section.text}\n\n`earsight bench {section.command}`, {load}:"
        parts.append("\n\n".join([heading, printed, *pictures]))
        for aim in found["aims"]:
            reached = "yes" if aim["reached"] else "NO"
            asked.append(
                f"| [{section.title}](#{_anchor(section.title)}) | {aim['asked']} | {aim['measured']} | {reached} |"
            )
            if not aim["reached"]:
                why = f" Why: {section.profile}." if section.profile else ""
                short.append(f"- {aim['asked']}: {aim['measured']}.{why}")
    summary = "\n".join(["| section | asked for | measured | reached |", "|---|---|---|---|", *asked])
    failures = "\n".join(short) if short else "Nothing."
    head = f"# Performance\n\nWritten by `{command}`: {line}.\n\n{summary}\n\n## What falls short\n\n{failures}"
    return "\n\n".join([head, *parts]) + "\n"


def _anchor(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the page, such as docs/performance.md")
    parser.add_argument("--only", nargs="+", choices=[section.slug for section in SECTIONS], help="default: all")
    add_force_and_quick(parser)
    chosen = parser.parse_args(arguments)
    refuse_overwriting((chosen.out,), chosen.force)
    sections = [section for section in SECTIONS if chosen.only is None or section.slug in chosen.only]
    plots = chosen.out.with_suffix("")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / plots.name
        fresh.mkdir()
        command = shlex.join(["python", "-m", "benchmarks.report", *(sys.argv[1:] if arguments is None else arguments)])
        text = page(sections, fresh, command, chosen.quick)
        shutil.rmtree(plots, ignore_errors=True)
        shutil.copytree(fresh, plots)
    with whole_file(chosen.out) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    exit_with(main)
