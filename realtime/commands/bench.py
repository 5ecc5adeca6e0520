"""Measurements: `bench` runs one of the programs in `benchmarks/`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import typer

from realtime.commands.options import ForceOption, optional_packages, refuse_overwriting
from realtime.errors import EarsightError

AVAILABLE = ("latency", "loopback", "render", "spinner")


def bench(
    what: Annotated[
        Literal["latency", "loopback", "render", "spinner", "providers", "chain"],
        typer.Argument(help="What to measure.", show_default=False),
    ],
    json_path: Annotated[
        Path | None,
        typer.Option("--json", help="Write the figures to this file.", metavar="FILE", show_default="none"),
    ] = None,
    plot_dir: Annotated[
        Path | None, typer.Option("--plot", help="Write plots into this folder.", metavar="DIR", show_default="none")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Measure on this machine; prints tables, writes figures and plots. providers and chain are not there yet."""
    if what not in AVAILABLE:
        raise EarsightError(f"bench {what} is not there yet; accepted: {', '.join(AVAILABLE)}")
    refuse_overwriting((json_path,), force)
    with optional_packages("bench", "the benchmarks' packages"):
        import_module(f"benchmarks.{what}").main(json_path, plot_dir)
