"""The one way out of all measurements: tables on stdout, JSON and plots in files, each with the machine and command."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.tables import Table
from realtime.commands.options import optional_packages, refuse_overwriting
from realtime.errors import EarsightError, SettingsError
from realtime.stats import machine_facts, program_version
from realtime.whole_file import whole_file

PLOT_SUFFIXES = (".png", ".svg")
STDOUT = Path("-")


@dataclass(frozen=True)
class Plot:
    """A drawing; `draw` is given matplotlib's axes, see `benchmarks.drawing`."""

    name: str
    draw: Callable[[Any], None]


@dataclass(frozen=True)
class Aim:
    """What is asked of a figure, beside what it is."""

    text: str
    figure: str
    reached: bool


@dataclass
class Results:
    """What a benchmark found.

    Attributes
    ----------
    tables
        By the name that they have in the JSON.
    aims
        Shown last, as a table of their own.
    remarks
        Sentences below the tables: what was not measured, and why.
    """

    tables: dict[str, Table] = field(default_factory=dict[str, Table])
    plots: list[Plot] = field(default_factory=list[Plot])
    aims: list[Aim] = field(default_factory=list[Aim])
    remarks: list[str] = field(default_factory=list[str])

    def markdown(self) -> str:
        parts = [f"**{table.title}**\n\n{table.markdown()}" for table in self.tables.values() if table.rows]
        if self.aims:
            lines = [f"| {aim.text} | {aim.figure} | {'yes' if aim.reached else 'NO'} |" for aim in self.aims]
            parts.append("\n".join(["| asked for | measured | reached |", "|---|---|---|", *lines]))
        return "\n\n".join([*parts, *self.remarks])

    def as_dict(self) -> dict[str, Any]:
        return {
            "tables": {name: [dict(row) for row in table.rows] for name, table in self.tables.items()},
            "aims": [{"asked": aim.text, "measured": aim.figure, "reached": aim.reached} for aim in self.aims],
            "remarks": self.remarks,
        }


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those that every benchmark has."""
    common = parser.add_argument_group("in all measurements")
    common.add_argument("--json", type=Path, metavar="FILE", help="write all figures here; - instead of the tables")
    common.add_argument("--plot", type=Path, metavar="DIR", help="write the plots here, as PNG and SVG")
    add_force_and_quick(common)


def add_force_and_quick(parser: Any) -> None:
    """To a parser or a group of one."""
    parser.add_argument("--force", action="store_true", help="overwrite existing files")
    parser.add_argument("--quick", action="store_true", help="see that it works; too short for figures to rely on")


def run(
    name: str,
    about: str | None,
    declare: Callable[[argparse.ArgumentParser], None],
    measure: Callable[[argparse.Namespace], Results],
    arguments: Sequence[str] | None,
) -> None:
    """A benchmark from its arguments to its files.

    Parameters
    ----------
    name
        Of the program, and of its plots' files.
    about
        Its help.
    declare
        Adds its own options.
    measure
        Does the work.
    arguments
        None for those that the process was started with.

    Raises
    ------
    EarsightError
        When something cannot be measured or written.
    """
    parser = argparse.ArgumentParser(
        prog=f"earsight bench {name}", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    declare(parser)
    add_options(parser)
    given = sys.argv[1:] if arguments is None else list(arguments)
    chosen = parser.parse_args(given)
    _check(chosen)
    results = measure(chosen)
    found = {
        "benchmark": name,
        "command": shlex.join(["earsight", "bench", name, *given]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": program_version(),
        "machine": {**machine_facts(getattr(chosen, "provider", "cpu")), "load": round(_load(), 2)},
        "quick": chosen.quick,
        **results.as_dict(),
    }
    text = json.dumps(found, indent=2, allow_nan=False) + "\n"
    if chosen.json == STDOUT:
        print(text, end="")
    else:
        print(f"{facts(found)}\n\n{results.markdown()}")
    if chosen.plot is not None:
        _draw(results.plots, chosen.plot, name, chosen.force)
    if chosen.json not in (None, STDOUT):
        _write(chosen.json, lambda part: part.write_text(text, encoding="utf-8"))


def exit_with(main: Callable[[], None]) -> None:
    """Run a program: a failure is one line and exit code 1."""
    try:
        main()
    except EarsightError as error:
        sys.exit(f"earsight: {error}")


def facts(found: Mapping[str, Any]) -> str:
    """One line: machine, versions, date."""
    machine = found["machine"]
    line = (
        f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']:.1f} at the end, {machine['os']}, "
        f"Python {machine['python']}, version {found['version']}, {found['date'][:10]}"
    )
    return line + (", quick: too short to rely on" if found["quick"] else "")


def _check(chosen: argparse.Namespace) -> None:
    refuse_overwriting((None if chosen.json == STDOUT else chosen.json,), chosen.force)
    if chosen.plot is None:
        return
    if chosen.plot.exists() and not chosen.plot.is_dir():
        raise SettingsError(f"'{chosen.plot}' is a file; plots go to a folder: --plot DIR")
    with optional_packages("bench", "matplotlib for its plots"):
        import_module("matplotlib.figure")  # known to be there before the measuring begins


def _draw(plots: Sequence[Plot], folder: Path, name: str, force: bool) -> None:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from benchmarks.drawing import SIZE, STYLE

    folder.mkdir(parents=True, exist_ok=True)
    paths = {plot.name: [folder / f"{name}-{plot.name}{suffix}" for suffix in PLOT_SUFFIXES] for plot in plots}
    refuse_overwriting((path for group in paths.values() for path in group), force)

    def save(figure: Figure, part: Path) -> None:
        # A date in the file would make every run a change.
        figure.savefig(part, metadata={"Date": None} if part.suffix == ".svg" else {}, bbox_inches="tight")

    with rc_context(STYLE):
        for plot in plots:
            figure = Figure(figsize=SIZE, layout="constrained")
            plot.draw(figure.subplots())
            for path in paths[plot.name]:
                _write(path, partial(save, figure))


def _write(path: Path, write: Callable[[Path], object]) -> None:
    try:
        with whole_file(path) as part:
            write(part)
    except OSError as error:
        raise SettingsError(f"'{path}' cannot be written ({error.strerror}); choose another place") from error


def _load() -> float:
    """Of the last minute: how many programs wanted a core; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
