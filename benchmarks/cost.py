"""The cost model: multiplications, bytes and time for a second of sound, beside what one core can do at most.

Each half of each network in one thread of the CPU, its processor time, against the shortest time that its
multiplications and bytes allow on this core, whose peak is measured in the same run with a large matrix product and a
large copy. And how the cost of the whole grows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.drawing import COLOURS, bars, stacked
from benchmarks.graph_cost import graph_cost
from benchmarks.growth import growth
from benchmarks.inference import Runner, times
from benchmarks.peak import Peak, measure_peak
from benchmarks.results import Plot, Results, exit_with, run
from benchmarks.tables import Column, Row, Table
from realtime.commands.options import optional_packages
from realtime.hearing import SLOT_S
from realtime.modelfile import KINDS, ModelFile, read_model, shipped_model
from realtime.windows import STEP_S

IMAGES_PER_S = 10.0
BUDGET_S, QUICK_BUDGET_S = 4.0, 0.05
PEAK_TURNS, QUICK_PEAK_TURNS = 20, 2

MOST_SHOWN = len(COLOURS)
"""Stages of the plot: the rest is too small to be seen."""

POINT = Column("", "point")
NETWORK, HALF = Column("network", "network"), Column("half", "half")
SHARE = Column("of the bound's speed, %", "of_bound_percent", ".0f")
PER_SECOND = Column("ms for a second of sound", "ms_per_s", ".2f")
COLUMNS = (
    NETWORK,
    HALF,
    Column("modes", "modes"),
    Column("runs a second", "runs_per_s", ".0f"),
    Column("million multiplications a run", "multiplications_m", ".1f"),
    Column("and a second", "multiplications_m_per_s", ".0f"),
    Column("weights, MB", "weights_mb", ".1f"),
    Column("activations, MB a run", "activations_mb", ".1f"),
    Column("bytes, GB a second", "gb_per_s", ".2f"),
    Column("a run p50, ms", "ms.p50", ".3f"),
    PER_SECOND,
    Column("billion multiplications a second of work", "achieved_g", ".1f"),
    Column("of the peak, %", "of_peak_percent", ".0f"),
    Column("bound, ms", "bound_ms", ".3f"),
    Column("bound by", "bound_by"),
    SHARE,
)
GROWTH = (
    Column("what grows", "grows"),
    Column("to", "value"),
    PER_SECOND,
    Column("of the first row's", "times_first", ".2f"),
)


def runs_per_s(file: ModelFile) -> dict[str, float]:
    """How often each half runs for a second of sound, at 10 pictures a second: picture and sound."""
    if file.info.kind == "where":
        return {"picture": 1 / SLOT_S, "sound": 1 / SLOT_S}
    step_s = file.info.hop / file.info.sample_rate if file.info.kind == "streaming" else STEP_S
    return {"picture": IMAGES_PER_S, "sound": 1 / step_s}


def halves(file: ModelFile, name: str, peak: Peak, budget_s: float) -> list[dict[str, Any]]:
    """A row for each half of a network."""
    modes = "filter, overlap, window" if file.info.kind == "window" else "filter, overlap"
    rows: list[dict[str, Any]] = []
    for half, graph in (("picture", file.visual), ("sound", file.audio)):
        cost, often = graph_cost(graph), runs_per_s(file)[half]
        spent, _ = times(Runner(graph, file.path).run, budget_s, time.thread_time_ns)
        bound_s = peak.bound_s(cost.multiplications, cost.moved_bytes)
        computing_s = cost.multiplications / peak.multiplications_per_s
        rows.append(
            {
                "network": name,
                "half": half,
                "modes": modes,
                "runs_per_s": often,
                "multiplications_m": cost.multiplications / 1e6,
                "multiplications_m_per_s": cost.multiplications * often / 1e6,
                "weights_mb": cost.weight_bytes / 1e6,
                "activations_mb": cost.activation_bytes / 1e6,
                "gb_per_s": cost.moved_bytes * often / 1e9,
                "ms": spent.as_dict(),
                "ms_per_s": spent.p50 * often,
                "achieved_g": cost.multiplications / spent.p50 / 1e6,
                "of_peak_percent": 100 * computing_s / (spent.p50 / 1000),
                "bound_ms": 1000 * bound_s,
                "bound_by": "multiplications" if computing_s >= bound_s else "bytes",
                "of_bound_percent": 100 * bound_s / (spent.p50 / 1000),
            }
        )
    return rows


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line."""
    budget_s = QUICK_BUDGET_S if chosen.quick else BUDGET_S
    peak = measure_peak(QUICK_PEAK_TURNS if chosen.quick else PEAK_TURNS)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        named = {path.stem: path for path in chosen.models or [shipped_model(), shipped_model("where.onnx")]}
        if not (chosen.models or chosen.no_paper or chosen.quick):
            with optional_packages("train", "the training packages for the paper's network (or --no-paper)"):
                from benchmarks.paper import write_paper_model
            named["the paper's"] = write_paper_model(Path(folder))
        for name, path in named.items():
            rows += halves(read_model(path, (*KINDS, "where")), name, peak, budget_s)
    grown = list(growth(None, 0.5 if chosen.quick else 10.0, quick=chosen.quick))
    for row in grown:
        first = next(other for other in grown if other["grows"] == row["grows"])
        row["times_first"] = row["ms_per_s"] / first["ms_per_s"]
    whole = next(row for row in grown if row["grows"] == "streams")
    parts = [
        {"stage": stage, "ms_per_s": taken, "share_percent": 100 * taken / whole["ms_per_s"]}
        for stage, taken in sorted(whole["stages"].items(), key=lambda item: -item[1])
    ]
    part = (Column("stage", "stage"), PER_SECOND, Column("of the whole, %", "share_percent", ".0f"))
    shown = [Column(row["stage"], f"stages.{row['stage']}") for row in parts[:MOST_SHOWN]]
    points = [{**row, "point": f"{row['grows']} {row['value']}"} for row in grown]
    return Results(
        {
            "networks": Table("Networks, one thread, without a pause between runs", COLUMNS, rows),
            "stream": Table("One stream in the mode filter: processor time by stage", part, parts),
            "growth": Table(
                "How it grows (block size and plugins: the callback alone; else a whole stream's, or all streams')",
                GROWTH,
                grown,
            ),
        },
        [
            Plot("networks", lambda axes: bars(axes, rows, (NETWORK, HALF), SHARE)),
            Plot("stages", lambda axes: bars(axes, parts, part[0], PER_SECOND)),
            Plot("growth", lambda axes: stacked(axes, _streams(points), POINT, shown, PER_SECOND.title)),
            Plot("callback", lambda axes: bars(axes, _callbacks(points), POINT, PER_SECOND)),
        ],
        remarks=[
            f"This core's peak: {peak.multiplications_per_s / 1e9:.1f} billion multiplications a second (fp32, a "
            f"product of 1024 x 1024 matrices), {peak.bytes_per_s / 1e9:.1f} GB a second (a copy of 128 MB, read and "
            "written). The bytes count every weight and every node's result as if no cache held them and no nodes were "
            "fused, so a small network that stays in the cache may beat its bound."
        ],
    )


def _streams(points: Sequence[Row]) -> list[Row]:
    return [point for point in points if "stages" in point]


def _callbacks(points: Sequence[Row]) -> list[Row]:
    return [point for point in points if "stages" not in point]


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", type=Path, nargs="*", metavar="MODEL.onnx", help="default: those that ship, and the paper's"
    )
    parser.add_argument("--no-paper", action="store_true", help="leave out the paper's network")


def main(arguments: Sequence[str] | None = None) -> None:
    run("cost", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
