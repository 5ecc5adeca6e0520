"""What a chain of effects costs in the callback, effect by effect and together, and offline against pedalboard's.

The times are of the compiled kernels themselves, called block after block with noise; the spatialiser gets a new filter
every 10 ms, as live. The row "nothing" is a rack without plugins, and what the measuring itself takes.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawing import bars
from benchmarks.kernel_time import block_times_ns, percentiles_us
from benchmarks.results import Aim, Plot, Results, exit_with, run
from benchmarks.tables import Column, Table, spread
from realtime.chain.plan import SPATIALISER, Plan, Slot
from realtime.chain.rack import Rack
from realtime.contract import run as run_plugin
from realtime.filters import default_pre_delay, default_taps
from realtime.plugin import Format, Kernel, Plugin
from realtime.registry import BUILT_IN, open_plugin
from realtime.spatialiser import Spatialiser

SAMPLE_RATE = 48_000
BLOCK_SIZE = 64
EFFECTS = (
    "trim",
    "gate",
    "equaliser",
    "compressor",
    "width",
    "delay",
    "panner",
    "crossfeed",
    "meter",
    "limiter",
)
"""Those of the whole chain."""
COMPARED: dict[str, tuple[str, dict[str, float], str, dict[str, float]]] = {
    "gain": ("trim", {"gain_db": -3.0}, "Gain", {"gain_db": -3.0}),
    "gate": ("gate", {"threshold_db": -50.0}, "NoiseGate", {"threshold_db": -50.0}),
    "compressor": (
        "compressor",
        {"threshold_db": -30.0, "ratio": 4.0},
        "Compressor",
        {"threshold_db": -30, "ratio": 4},
    ),
    "delay": ("delay", {}, "Delay", {"delay_seconds": 0.25, "feedback": 0.3, "mix": 1.0}),
    "limiter": ("limiter", {}, "Limiter", {"threshold_db": -1.0}),
}
"""Ours and pedalboard's, with values."""
TURNS = 60
QUICK_TURNS = 3
PIECE_S = 0.5
"""Offline: short turns, many of them, so that the best one was not disturbed."""
HOP_S = 0.01
"""From one filter to the next, live."""

KERNEL = Column("kernel", "kernel")
P50 = Column("p50, us a block", "us.p50", ".2f")
COLUMNS = (
    KERNEL,
    spread("time", "us a block", "us", ".2f", ("p50", "p95", "p99", "max")),
    Column("p99 of the period, %", "p99_share_percent", ".2f"),
)
OFFLINE = (
    Column("chain", "chain"),
    Column("earsight, ms", "earsight_ms", ".2f"),
    Column("pedalboard, ms", "pedalboard_ms", ".2f"),
    Column("pedalboard takes, times as long", "ratio", ".2f"),
)


def kernels() -> Iterator[tuple[str, Kernel, Spatialiser | None]]:
    """What is measured by blocks, with its spatialiser if it has one: each built-in effect, that one, whole chains."""
    form = Format(SAMPLE_RATE, BLOCK_SIZE)
    yield "nothing", rack_of(form, (), None), None
    for effect in BUILT_IN:
        yield effect, _prepared(Slot(effect, effect), form), None
    alone = spatialiser_of(form)
    yield SPATIALISER, alone, alone
    slots = [Slot(effect, effect) for effect in EFFECTS]
    yield f"chain: {len(slots)} effects", rack_of(form, slots, None), None
    within = spatialiser_of(form)
    yield f"chain: {SPATIALISER} and {len(slots)} effects", rack_of(form, slots, within), within


def spatialiser_of(form: Format) -> Spatialiser:
    """As it is live: it fades from one filter to the next all the time."""
    taps, pre_delay = default_taps(form.sample_rate), default_pre_delay(form.sample_rate)
    fade = round(HOP_S * form.sample_rate)
    return Spatialiser("filter", form.sample_rate, form.block_size, taps=taps, pre_delay=pre_delay, fade=fade)


def kernel_times_ns(kernel: Kernel, spatialiser: Spatialiser | None, form: Format, blocks: int) -> NDArray[np.int64]:
    """Nanoseconds of each block, (blocks,); a spatialiser gets a new filter every 10 ms."""
    if spatialiser is None:
        return block_times_ns(kernel, form.block_size, blocks)
    rng = np.random.default_rng(0)
    filters = (0.01 * rng.standard_normal((2, spatialiser.taps))).astype(np.float32)
    every = max(1, round(HOP_S * form.sample_rate / form.block_size))
    turn = itertools.cycle(filters)
    return block_times_ns(kernel, form.block_size, blocks, lambda: spatialiser.publish(next(turn), 0), every)


def rack_of(form: Format, slots: Sequence[Slot], spatialiser: Spatialiser | None) -> Rack:
    """A rack of these slots, after the network's if there is one."""
    plan = Plan()
    for slot in slots:
        plan = plan.add(slot)
    rack = Rack(form, lambda slot, _: spatialiser if slot.plugin == SPATIALISER else _prepared(slot, form))
    rack.apply(plan)
    return rack


def by_blocks(blocks: int) -> list[dict[str, Any]]:
    """A row for each of `kernels`."""
    period_us = 1e6 * BLOCK_SIZE / SAMPLE_RATE
    rows: list[dict[str, Any]] = []
    form = Format(SAMPLE_RATE, BLOCK_SIZE)
    for name, kernel, spatialiser in kernels():
        figures = percentiles_us(kernel_times_ns(kernel, spatialiser, form, blocks))
        rows.append({"kernel": name, "us": figures.as_dict(), "p99_share_percent": 100 * figures.p99 / period_us})
    return rows


def against_pedalboard(turns: int) -> list[dict[str, Any]]:
    """Offline: the same sound through both, the best of many turns, in one run: each effect alone, and all in a row."""
    pedalboard: Any = import_module("pedalboard")
    rng = np.random.default_rng(1)
    sound = (0.1 * rng.standard_normal((2, round(PIECE_S * SAMPLE_RATE)))).astype(np.float32)
    block = 8192
    form = Format(SAMPLE_RATE, block)
    rows: list[dict[str, Any]] = []
    for chain, names in (*((name, [name]) for name in COMPARED), ("all of them", list(COMPARED))):
        rack = rack_of(form, [Slot(name, COMPARED[name][0], COMPARED[name][1]) for name in names], None)
        board = pedalboard.Pedalboard([getattr(pedalboard, COMPARED[name][2])(**COMPARED[name][3]) for name in names])
        works: Mapping[str, Callable[[], object]] = {
            "earsight": lambda rack=rack: run_plugin(cast(Plugin, rack), sound, block),
            "pedalboard": lambda board=board: board(sound, SAMPLE_RATE, buffer_size=block),
        }
        best = _best_s(works, turns)
        rows.append(
            {
                "chain": chain,
                "seconds": PIECE_S,
                "earsight_ms": 1000 * best["earsight"],
                "pedalboard_ms": 1000 * best["pedalboard"],
                "ratio": best["pedalboard"] / best["earsight"],
            }
        )
    return rows


def _best_s(works: Mapping[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """The shortest time of each, by turns, so that what else the machine does falls on all."""
    best = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work()
    for _ in range(turns):
        for name, work in works.items():
            begin = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - begin)
    return best


def _prepared(slot: Slot, form: Format) -> Kernel:
    plugin = open_plugin(slot.plugin)
    for name, value in slot.values.items():
        plugin.set(name, value)
    plugin.prepare(form)
    return cast(Kernel, plugin)


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line."""
    seconds = chosen.seconds or (0.2 if chosen.quick else 20.0)
    rows = by_blocks(round(seconds * SAMPLE_RATE / BLOCK_SIZE))
    offline = against_pedalboard(QUICK_TURNS if chosen.quick else TURNS)
    ratio = offline[-1]["ratio"]
    title = f"In the callback, blocks of {BLOCK_SIZE} samples at {SAMPLE_RATE} Hz, {seconds:g} s of sound"
    return Results(
        {
            "blocks": Table(title, COLUMNS, rows),
            "offline": Table(f"Offline, {PIECE_S:g} s of stereo, the best of many turns", OFFLINE, offline),
        },
        [Plot("kernels", lambda axes: bars(axes, rows, KERNEL, P50))],
        [
            Aim(
                "the five effects in a row, offline: no slower than pedalboard's",
                f"{ratio:.2f} times as fast",
                ratio >= 1,
            )
        ],
    )


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, help="of sound, by blocks (default: 20)")


def main(arguments: Sequence[str] | None = None) -> None:
    run("chain", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
