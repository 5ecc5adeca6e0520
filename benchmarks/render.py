"""How much faster than its own length a clip is rendered, per mode and network, beside plain PyTorch in the same run.

The yardstick is the paper's protocol as one would write it down in PyTorch: window by window, each with its picture.
Where the time of the shipped network's rendering goes is shown too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.drawing import bars
from benchmarks.material import moving_clip
from benchmarks.results import Aim, Plot, Results, exit_with, run
from benchmarks.stages import stages
from benchmarks.tables import Column, Row, Table, spread
from realtime.commands.options import optional_packages
from realtime.modelfile import read_model, shipped_model
from realtime.render import render_clip
from realtime.settings import MODES, PROVIDERS
from realtime.window_rendering import physical_cores

LEAST = {("streaming", "filter"): 40.0, ("window", "window"): 6.0}
"""Kind of network and mode -> times faster than real time, on two cores."""
LEAST_PLAIN = 6.0
"""Times plain PyTorch's speed, of the paper's network in the mode "window"."""

REST = "loading, files and the rest"
NETWORK = Column("network", "model")
MODE = Column("mode", "mode")
TIMES = Column("times faster than real time", "times_realtime", ".1f")
COLUMNS = (
    NETWORK,
    MODE,
    Column("sound, s", "duration_s", ".1f"),
    Column("work, s", "work_s", ".2f"),
    TIMES,
    Column("times plain PyTorch's speed", "times_plain", ".2f"),
    Column("CPU, % of a core", "cpu_percent", ".0f"),
    spread("sound's half", "ms", "inference_ms.audio", ".2f"),
    spread("picture's half", "ms", "inference_ms.visual", ".2f"),
)
STAGE = (
    Column("stage", "stage"),
    Column("ms for a second of sound", "ms_per_s", ".2f"),
    Column("of the whole, %", "share_percent", ".0f"),
)


def measure_render(clip: Path, mode: str, model: Path | None, provider: str, repeats: int) -> dict[str, Any]:
    """Render a clip to a .wav that is thrown away; the fastest of several runs.

    Returns
    -------
    dict
        The statistics of the run, "times_realtime": seconds of sound for each second of work (without the loading of
        the network), and the processor time of it in percent of a core.
    """
    found: list[dict[str, Any]] = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            cpu_s, begin = time.process_time(), time.perf_counter()
            snapshot = render_clip(clip, Path(folder) / "out.wav", mode=mode, model=model, provider=provider)
            share = 100 * (time.process_time() - cpu_s) / (time.perf_counter() - begin)
        found.append(
            {
                **snapshot.as_dict(),
                "mode": mode,
                "work_s": snapshot.elapsed_s,
                "times_realtime": snapshot.duration_s / snapshot.elapsed_s,
                "cpu_percent": share,
            }
        )
    return min(found, key=lambda row: row["work_s"])


def profile(clip: Path, mode: str, model: Path | None, provider: str) -> list[dict[str, Any]]:
    """Where the processor time of a rendering goes, of all threads, largest first."""
    with stages() as found, tempfile.TemporaryDirectory() as folder:
        snapshot = render_clip(clip, Path(folder) / "warm.wav", mode=mode, model=model, provider=provider)
        found.seconds = dict.fromkeys(found.seconds, 0.0)
        cpu_s = time.process_time()
        snapshot = render_clip(clip, Path(folder) / "out.wav", mode=mode, model=model, provider=provider)
        whole_s = time.process_time() - cpu_s
    seconds = {**found.seconds, REST: max(0.0, whole_s - sum(found.seconds.values()))}
    return [
        {
            "stage": stage,
            "ms_per_s": 1000 * taken / snapshot.duration_s,
            "share_percent": 100 * taken / whole_s,
        }
        for stage, taken in sorted(seconds.items(), key=lambda item: -item[1])
        if taken > 0
    ]


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line."""
    seconds = chosen.seconds or (1.0 if chosen.quick else 10.0)
    repeats = 1 if chosen.quick else chosen.repeats
    model = chosen.model or shipped_model()
    kind = read_model(model).info.kind
    rows: list[dict[str, Any]] = []
    results = Results()
    with moving_clip(seconds) as made:
        clip = chosen.clip or made
        for mode in chosen.modes or (*MODES, *(("window",) if kind == "window" else ())):
            rows.append({**measure_render(clip, mode, model, chosen.provider, repeats), "kind": kind})
        results.tables["stages"] = Table(
            f"Processor time, {model.name}, {rows[0]['mode']}",
            STAGE,
            profile(clip, rows[0]["mode"], model, chosen.provider),
        )
    if not (chosen.no_paper or chosen.quick):
        rows += _paper_rows(seconds, chosen.threads, repeats, results)
    plain = next((row["work_s"] / row["duration_s"] for row in rows if row["kind"] == "plain"), None)
    for row in rows:
        row["times_plain"] = None if plain is None else plain * row["times_realtime"]
    results.tables = {"render": Table(f"Rendering, {seconds:g} s clip", COLUMNS, rows), **results.tables}
    results.plots.append(Plot("speed", lambda axes: bars(axes, rows, (NETWORK, MODE), TIMES)))
    results.aims += _aims(rows)
    return results


def _aims(rows: Sequence[Row]) -> Iterator[Aim]:
    for row in rows:
        what = f"{row['model']}, --mode {row['mode']}"
        least = LEAST.get((row["kind"], row["mode"]))
        if least is not None:
            times = row["times_realtime"]
            yield Aim(f"{what}: at least {least:g} times real time on two cores", f"{times:.1f} times", times >= least)
        if row["kind"] == "window" and row["mode"] == "window" and row["times_plain"] is not None:
            times = row["times_plain"]
            text = f"{what}: at least {LEAST_PLAIN:g} times plain PyTorch's speed"
            yield Aim(text, f"{times:.1f} times", times >= LEAST_PLAIN)


def _paper_rows(seconds: float, threads: int, repeats: int, results: Results) -> list[dict[str, Any]]:
    """The paper's network in the mode "window", and the same by plain PyTorch."""
    with optional_packages("train", "the training packages for the paper's network (or --no-paper)"):
        from benchmarks.window import measure as measure_windows
    found = measure_windows(seconds, threads, repeats)
    rows = [
        {
            "model": f"the paper's, {precision}",
            "kind": "window",
            "mode": "window",
            "duration_s": seconds,
            "work_s": min(taken_s),
            "times_realtime": seconds / min(taken_s),
            "inference_ms": found["inference_ms"][precision],
            "largest_difference": found["largest_difference"][precision],
        }
        for precision, taken_s in found["window_s"].items()
    ]
    plain_s = min(found["plain_s"])
    rows.append(
        {
            "model": f"plain PyTorch {found['torch']}",
            "kind": "plain",
            "mode": "window",
            "duration_s": seconds,
            "work_s": plain_s,
            "times_realtime": seconds / plain_s,
        }
    )
    apart = found["largest_difference"]
    results.remarks.append(
        f"The paper's network, random weights, {threads} threads: fp32 and plain PyTorch are {apart['fp32']:.1e} of "
        f"full scale apart, int8 {apart['int8']:.1e}, {found['int8_error_db']:.1f} dB of the difference of the ears. "
        "The fastest of the runs counts for each."
    )
    results.aims.append(
        Aim(
            "fp32 and plain PyTorch compute the same, within 0.001 of full scale",
            f"{apart['fp32']:.1e}",
            found["agree"],
        )
    )
    return rows


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, help="length of the clip that is made (default: 10)")
    parser.add_argument("--modes", nargs="+", choices=(*MODES, "window"), help="default: those that the network has")
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    parser.add_argument("--provider", choices=PROVIDERS, default="auto", help="of that one (default: auto)")
    parser.add_argument("--clip", type=Path, help="default: a moving picture with sound, made on the spot")
    parser.add_argument("--no-paper", action="store_true", help="leave out the paper's network and plain PyTorch")
    parser.add_argument("--threads", type=int, default=physical_cores(), help="of those two (default: all cores)")
    parser.add_argument("--repeats", type=int, default=2, help="runs of each; the fastest counts (default: 2)")


def main(arguments: Sequence[str] | None = None) -> None:
    run("render", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
