"""Measurements: `bench` runs one of the programs in `benchmarks/`."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Literal

import typer

from realtime.commands.options import optional_packages
from realtime.errors import EarsightError

AVAILABLE = ("chain", "latency", "loopback", "render", "spinner", "window")


def bench(
    context: typer.Context,
    what: Annotated[
        Literal["chain", "latency", "loopback", "render", "spinner", "window", "providers"],
        typer.Argument(help="What to measure.", show_default=False),
    ],
) -> None:
    """Measure on this machine. Each has its own options: earsight bench latency -- --help, and --json FILE.

    providers is not there yet.
    """
    if what not in AVAILABLE:
        raise EarsightError(f"bench {what} is not there yet; accepted: {', '.join(AVAILABLE)}")
    with optional_packages("bench", "the benchmarks' packages"):
        import_module(f"benchmarks.{what}").main([argument for argument in context.args if argument != "--"])
