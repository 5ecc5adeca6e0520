"""What a live host reaches: stated latency by parts, the callback's time, ages and speed of the network, CPU, xruns.

For each block size, with nothing else to do and under loads: a Python thread that spins, another network being loaded
and then put in place, the real window. "pass-through" is the bare callback without a host: what the machine does to any
sound. The same host runs on a clock without a device (the default: a clip is played), on a JACK server with a dummy
driver (--jack-dummy), or on devices by name.

--streams N measures so many hosts at once, in one process and in as many as there are streams.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import live_host, live_window, streams
from benchmarks.child import in_child
from benchmarks.drawing import lines
from benchmarks.jack import dummy_server
from benchmarks.material import moving_clip
from benchmarks.results import Aim, Plot, Results, exit_with, run
from benchmarks.tables import Column, Table, Together, spread
from realtime.settings import MODES, PROVIDERS

BLOCK_SIZES = (32, 64, 128, 256, 512, 1024)
LOADS = (*live_host.LOADS, "window")
QUICK_LOADS = ("pass-through", "none")
START_S = 90.0
"""Most that a process may take to start, compiling included, beyond what it measures."""
SETTLE_S = 2.0
MOST_BEYOND_MS = 1.5
MOST_MORE_XRUNS = 5

ALL = ("p50", "p95", "p99", "max")
BLOCK = Column("block", "block_size")
LOAD = Column("load", "load")
CALLBACK = spread("callback", "us", "callback_us", ".0f", ALL)
MASK_AGE = spread("mask age", "ms", "mask_age_ms", ".0f", ALL)
ROUND_TRIP = Column("round trip, ms", "round_trip_ms", ".2f")
SOUND = (
    BLOCK,
    LOAD,
    Together(
        "device in / out / plugins, samples",
        tuple(Column(part, f"latency_samples.{part}") for part in ("device_input", "device_output", "plugins")),
    ),
    ROUND_TRIP,
    CALLBACK,
    Column("p99 of the period, %", "p99_share_percent", ".1f"),
    Column("blocks", "blocks"),
    Column("xruns", "xruns"),
    Column("late blocks", "late_blocks"),
    Column("CPU, % of a core", "cpu_percent", ".0f"),
)
NETWORK = (
    BLOCK,
    LOAD,
    Column("masks a second", "masks_per_s", ".1f"),
    MASK_AGE,
    spread("image age", "ms", "image_age_ms", ".0f"),
    spread("sound's half", "ms", "inference_ms.audio", ".2f"),
    spread("picture's half", "ms", "inference_ms.visual", ".2f"),
    Column("late inferences", "late_inferences"),
    Column("silence at the swap, ms", "silence_ms", ".0f"),
)


def measure_block(
    settings: dict[str, Any], loads: Sequence[str], seconds: float, settle_s: float, environment: dict[str, str]
) -> list[dict[str, Any]]:
    """Rows of one block size; the loads of one process share it, the window has its own."""
    within = [load for load in loads if load != "window"]
    request = {"settings": settings, "seconds": seconds, "settle_s": settle_s}
    each_s = START_S + seconds + settle_s
    rows: list[dict[str, Any]] = []
    if within:
        timeout_s = each_s * len(within)
        rows = in_child(live_host.measure, {**request, "loads": within}, environment, timeout_s=timeout_s)
    if "window" in loads:
        with live_window.screen() as screen:
            if screen is not None:
                rows.append(in_child(live_window.measure, request, {**environment, **screen}, timeout_s=each_s))
    return [{"block_size": settings["block_size"], **row, **_derived(row, settings)} for row in rows]


def _derived(row: dict[str, Any], settings: dict[str, Any]) -> dict[str, float]:
    rate, block = settings["sample_rate"], settings["block_size"]
    found = {"p99_share_percent": 100 * row["callback_us"]["p99"] / (1e6 * block / rate)}
    if "latency_samples" in row:
        found["round_trip_ms"] = 1000 * row["latency_samples"]["total"] / rate
    return found


def settings_of(chosen: argparse.Namespace, clip: Path, block_size: int) -> dict[str, Any]:
    """Of the host: a clip on the clock, else devices with the clip's picture as the camera's."""
    common = {
        "sample_rate": chosen.sample_rate,
        "block_size": block_size,
        "mode": chosen.mode,
        "provider": chosen.provider,
        "model": str(chosen.model) if chosen.model else None,
    }
    if chosen.jack_dummy:
        return {**common, "input": "system", "output": "system", "camera": chosen.camera or str(clip)}
    if chosen.input or chosen.output:
        return {**common, "input": chosen.input, "output": chosen.output, "camera": chosen.camera or str(clip)}
    return {**common, "driver": "null", "clip": str(clip), "loop": True}


@contextmanager
def server_of(chosen: argparse.Namespace, block_size: int) -> Generator[dict[str, str]]:
    """Environment for the processes that are measured."""
    if chosen.jack_dummy:
        with dummy_server(block_size, chosen.sample_rate) as environment:
            yield environment
    else:
        yield {}


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line."""
    if chosen.cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.cores])
    seconds = chosen.seconds or (0.5 if chosen.quick else 10.0)
    settle_s = 0.5 if chosen.quick else SETTLE_S
    with moving_clip(2.0 if chosen.quick else 10.0) as made:
        clip = chosen.clip or made
        if chosen.streams:
            block_size = (chosen.block_sizes or [128])[0]
            settings = settings_of(chosen, clip, block_size)
            with server_of(chosen, block_size) as environment:
                return streams.measure(settings, chosen.streams, seconds, settle_s, environment)
        loads = chosen.loads or (QUICK_LOADS if chosen.quick else LOADS)
        rows: list[dict[str, Any]] = []
        for block_size in chosen.block_sizes or ((64, 128) if chosen.quick else BLOCK_SIZES):
            with server_of(chosen, block_size) as environment:
                settings = settings_of(chosen, clip, block_size)
                rows += measure_block(settings, loads, seconds, settle_s, environment)
    return _results(rows, chosen, loads)


def _results(rows: list[dict[str, Any]], chosen: argparse.Namespace, loads: Sequence[str]) -> Results:
    hosts = [row for row in rows if "mask_age_ms" in row]
    where = "JACK with a dummy driver" if chosen.jack_dummy else "devices" if chosen.input or chosen.output else "null"
    results = Results(
        {
            "sound": Table(f"The sound ({where}, mode {chosen.mode}, {chosen.sample_rate} Hz)", SOUND, rows),
            "network": Table(
                "The network beside it" + (f", on {hosts[0]['provider']}" if hosts else ""), NETWORK, hosts
            ),
        },
        [
            Plot("callback", lambda axes: lines(axes, rows, BLOCK, CALLBACK.parts[2], LOAD)),
            Plot("mask-age", lambda axes: lines(axes, hosts, BLOCK, MASK_AGE.parts[2], LOAD)),
            Plot("round-trip", lambda axes: lines(axes, hosts, BLOCK, ROUND_TRIP, LOAD)),
        ],
        _aims(rows) if chosen.jack_dummy else [],
    )
    if "window" in loads and not any(row["load"] == "window" for row in rows):
        results.remarks.append("The window was left out: there is no screen, and Xvfb is not installed.")
    if chosen.jack_dummy:
        results.remarks.append("The dummy driver's microphone is silent, which costs the network what sound does.")
    return results


def _aims(rows: list[dict[str, Any]]) -> list[Aim]:
    aims: list[Aim] = []
    for row in rows:
        if row["block_size"] == 64 and row["load"] == "none" and row["mode"] == "filter":
            beyond_ms = 1000 * (row["latency_samples"]["total"] - 2 * 64) / row["sample_rate"]
            aims.append(
                Aim(
                    f"round trip at 64 samples, mode filter: 2 blocks and at most {MOST_BEYOND_MS:g} ms",
                    f"2 blocks and {beyond_ms:.2f} ms",
                    beyond_ms <= MOST_BEYOND_MS,
                )
            )
    idle = {row["block_size"]: row["xruns"] for row in rows if row["load"] == live_host.PASS_THROUGH}
    for row in rows:
        if row["block_size"] == 128 in idle and row["load"] != live_host.PASS_THROUGH:
            aims.append(
                Aim(
                    f"xruns at 128 samples, load {row['load']}: at most {MOST_MORE_XRUNS} more than pass-through",
                    f"{row['xruns']} in {row['blocks']} blocks, pass-through {idle[128]}",
                    row["xruns"] <= idle[128] + MOST_MORE_XRUNS,
                )
            )
    return aims


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jack-dummy", action="store_true", help="start a JACK server for each block size")
    parser.add_argument("--input", metavar="NAME", help="part of the input device's name")
    parser.add_argument("--output", metavar="NAME", help="part of the output device's name")
    parser.add_argument("--camera", metavar="N|URL|FILE", help="with a device; default: the clip's picture")
    parser.add_argument("--block-sizes", type=int, nargs="+", metavar="N", help="default: 32 64 128 256 512 1024")
    parser.add_argument("--loads", nargs="+", choices=LOADS, help="default: all")
    parser.add_argument("--seconds", type=float, help="of each row (default: 10)")
    parser.add_argument(
        "--streams", type=int, metavar="N", help="so many hosts at once, at the first block size or 128"
    )
    parser.add_argument("--sample-rate", type=int, default=48_000, help="Hz (default: 48000)")
    parser.add_argument("--mode", choices=MODES, default="filter", help="default: filter")
    parser.add_argument("--provider", choices=PROVIDERS, default="auto", help="of ONNX Runtime (default: auto)")
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    parser.add_argument("--clip", type=Path, help="default: a moving picture with sound, made on the spot")
    if hasattr(os, "sched_setaffinity"):
        parser.add_argument("--cores", type=int, help="bind all of it to so many cores (default: not bound)")
    else:
        parser.set_defaults(cores=None)


def main(arguments: Sequence[str] | None = None) -> None:
    run("latency", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
