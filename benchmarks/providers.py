"""The networks' halves on every provider that works here, by threads, precision and spinning: time beside error.

Precisions are those that `earsight export` offers. The error is that of all outputs against fp32 on the CPU in one
thread without spinning, given the same inputs ten times in a row. Runs follow one another without a pause, which
flatters spinning: live, threads that spin burn their cores between two hops.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
from numpy.typing import NDArray

from benchmarks.drawing import bars
from benchmarks.inference import Runner, error, times
from benchmarks.results import Aim, Plot, Results, exit_with, run
from benchmarks.tables import Column, Table, spread
from realtime.commands.options import optional_packages
from realtime.modelfile import read_model, shipped_model
from realtime.providers import usable_providers

if TYPE_CHECKING:
    from export.onnx_file import Precision

BUDGET_S = 3.0
QUICK_BUDGET_S = 0.05
EAGER_RATIOS = {"fp32": 2.5, "best": 5.0}
"""The paper's network, one window with its picture, one core: times faster than plain PyTorch."""
GPU_MS = (0.6, 1.0)
"""The same window on a GPU: p50 and p99."""
PAPER = "the paper's"
PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8")

NETWORK, HALF = Column("network", "network"), Column("half", "half")
PROVIDER, PRECISION = Column("provider", "provider"), Column("precision", "precision")
THREADS = Column("threads", "threads")
P50 = Column("p50, ms", "ms.p50", ".3f")
COLUMNS = (
    NETWORK,
    HALF,
    PROVIDER,
    PRECISION,
    THREADS,
    Column("spinning", "spins"),
    spread("time", "ms", "ms", ".3f"),
    Column("CPU, % of a core", "cpu_percent", ".0f"),
    Column("error, dB", "error_db", ".0f"),
    Column("largest error", "largest_error", ".1e"),
)


@dataclass(frozen=True)
class Half:
    """One graph of a network in one precision."""

    network: str
    half: str
    precision: str
    graph: bytes
    path: Path

    @property
    def key(self) -> tuple[str, str]:
        return self.network, self.half


def halves_of(path: Path, precision: str) -> list[Half]:
    """Of a model file in fp32, converted; those that the precision leaves as they are are left out.

    Raises
    ------
    EarsightError
        When the packages for converting are missing.
    """
    file = read_model(path)
    graphs = {"picture": file.visual, "sound": file.audio}
    if precision != "fp32":
        with optional_packages("train", f"the training packages for {precision} (or --precisions fp32)"):
            from export.fp16 import half_precision
            from export.int8 import eight_bit_visual
        if precision == "int8":
            graphs = {"picture": eight_bit_visual(onnx.load_model_from_string(file.visual)).SerializeToString()}
        else:
            loaded = {half: onnx.load_model_from_string(graph) for half, graph in graphs.items()}
            graphs = {half: half_precision(graph).SerializeToString() for half, graph in loaded.items()}
    return [Half(path.stem, half, precision, graph, path) for half, graph in graphs.items()]


def measure_half(
    half: Half, truth: Sequence[NDArray[Any]], providers: Sequence[str], threads: Sequence[int], budget_s: float
) -> Iterator[dict[str, Any]]:
    """A row for each provider, number of threads, and spinning or not."""
    for provider in providers:
        for count in threads if provider == "cpu" else threads[:1]:
            # One thread is the caller's own, and has nobody to wait for.
            for spinning in (False, True) if count > 1 else (False,):
                runner = Runner(half.graph, half.path, count, provider, spinning=spinning)
                spent, share = times(runner.run, budget_s)
                error_db, largest = error(runner.answer(), truth)
                yield {
                    "network": half.network,
                    "half": half.half,
                    "provider": provider,
                    "precision": half.precision,
                    "threads": count,
                    "spinning": spinning,
                    "spins": "on" if spinning else "off",
                    "ms": spent.as_dict(),
                    "cpu_percent": share,
                    "error_db": error_db,
                    "largest_error": largest,
                }


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line."""
    budget_s = QUICK_BUDGET_S if chosen.quick else BUDGET_S
    working = usable_providers()
    providers = [name for name, trouble in working.items() if not trouble]
    threads = chosen.threads or ([1, 2] if chosen.quick else _threads())
    wanted: Sequence[Precision] = chosen.precisions or (PRECISIONS[:1] if chosen.quick else PRECISIONS)
    precisions: list[Precision] = [name for name in PRECISIONS if name == "fp32" or name in wanted]
    paths = chosen.models or [shipped_model()]
    # fp32 comes first: it is what the others are compared with.
    halves = [half for path in paths for precision in precisions for half in halves_of(path, precision)]
    eager: list[dict[str, Any]] = []
    if not (chosen.models or chosen.no_paper or chosen.quick):
        with optional_packages("train", "the training packages for the paper's network (or --no-paper)"):
            from benchmarks.paper import paper_graphs
        for precision in precisions:
            graphs = paper_graphs(precision)
            halves += [Half(PAPER, half, precision, graph, Path(PAPER)) for half, graph in graphs.items()]
        eager = _eager(budget_s)
    truths = {half.key: Runner(half.graph, half.path).answer() for half in halves if half.precision == "fp32"}
    rows = [row for half in halves for row in measure_half(half, truths[half.key], providers, threads, budget_s)]
    rows = sorted(rows + eager, key=lambda row: (row["network"], row["half"]))
    one = [row for row in rows if row["threads"] == 1]
    results = Results(
        {"providers": Table("Times of one run, without a pause between runs", COLUMNS, rows)},
        [Plot("one-thread", lambda axes: bars(axes, one, (NETWORK, HALF, PROVIDER, PRECISION), P50))],
        _aims(one) if eager else [],
    )
    results.remarks += [f"{name}: not measured, {trouble}." for name, trouble in working.items() if trouble]
    return results


def _threads() -> list[int]:
    """1, 2, 4, ... and all cores."""
    cores = os.cpu_count() or 1
    return sorted({*(2**power for power in range(cores.bit_length()) if 2**power <= cores), cores})


def _eager(budget_s: float) -> list[dict[str, Any]]:
    """The paper's network in plain PyTorch, one thread."""
    from benchmarks.paper import eager_halves

    rows: list[dict[str, Any]] = []
    for half, work in eager_halves(threads=1).items():
        spent, share = times(work, budget_s)
        rows.append(
            {
                "network": PAPER,
                "half": half,
                "provider": "plain PyTorch",
                "precision": "fp32",
                "threads": 1,
                "ms": spent.as_dict(),
                "cpu_percent": share,
            }
        )
    return rows


def _aims(rows: Sequence[dict[str, Any]]) -> list[Aim]:
    """One window with its picture, in one thread, against plain PyTorch."""
    paper = [row for row in rows if row["network"] == PAPER]

    def together_ms(provider: str, precision: str) -> float:
        """Of a precision that a half has not, fp32 stands for it."""
        own = {(row["half"], row["precision"]): row["ms"]["p50"] for row in paper if row["provider"] == provider}
        return sum(own.get((half, precision), own[half, "fp32"]) for half in ("picture", "sound"))

    plain_ms = together_ms("plain PyTorch", "fp32")
    precisions = {row["precision"] for row in paper}
    best = min(precisions, key=lambda precision: together_ms("cpu", precision))
    aims = [
        Aim(
            f"the paper's network, one window on a GPU: p50 below {GPU_MS[0]:g} ms, p99 below {GPU_MS[1]:g} ms",
            f"{row['ms']['p50']:.3f} and {row['ms']['p99']:.3f} ms",
            row["ms"]["p50"] < GPU_MS[0] and row["ms"]["p99"] < GPU_MS[1],
        )
        for row in paper
        if row["provider"] == "cuda" and row["half"] == "sound"
    ]
    for name, precision, least in (
        ("fp32", "fp32", EAGER_RATIOS["fp32"]),
        (f"{best}, the best", best, EAGER_RATIOS["best"]),
    ):
        ratio = plain_ms / together_ms("cpu", precision)
        aims.append(
            Aim(
                f"the paper's network, one window and its picture, one core, {name}: at least {least:g} times faster "
                "than plain PyTorch",
                f"{ratio:.2f} times",
                ratio >= least,
            )
        )
    return aims


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", type=Path, nargs="*", metavar="MODEL.onnx", help="default: the one that ships, and the paper's"
    )
    parser.add_argument("--threads", type=int, nargs="+", metavar="N", help="default: 1, 2, 4 and so on to all cores")
    parser.add_argument("--no-paper", action="store_true", help="leave out the paper's network")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, help="default: all; fp32 is always among them")


def main(arguments: Sequence[str] | None = None) -> None:
    run("providers", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
