"""Measurements: `bench` runs one of the programs in `benchmarks/`."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Literal

import typer

from realtime.commands.options import optional_packages


def bench(
    context: typer.Context,
    what: Annotated[
        Literal["latency", "loopback", "render", "providers", "chain", "cost", "endurance"],
        typer.Argument(
            help="latency: a live host, also many at once. loopback: the round trip, stated and measured. render: "
            "files, beside plain PyTorch. providers: where and how ONNX Runtime computes. chain: plugins. cost: what "
            "is computed, and what a core could. endurance: half an hour live.",
            show_default=False,
        ),
    ],
) -> None:
    """Measure on this machine. All options of one: earsight bench latency -- --help"""
    with optional_packages("bench", "the benchmarks' packages"):
        import_module(f"benchmarks.{what}").main([argument for argument in context.args if argument != "--"])
