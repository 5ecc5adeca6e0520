"""What a chain of effects costs: in the callback, by blocks of 64, and offline against pedalboard's effects.

python -m benchmarks.chain
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np

from realtime.chain.plan import SPATIALISER, Plan, Slot
from realtime.chain.rack import Rack
from realtime.contract import run
from realtime.engine import Engine
from realtime.filters import default_pre_delay, default_taps
from realtime.plugin import Format, Kernel, Plugin
from realtime.registry import open_plugin
from realtime.spatialiser import Spatialiser
from realtime.stats import Percentiles, machine_facts, write_json

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
PIECE_S = 0.5
"""Offline: short turns, many of them, so that the best one was not disturbed."""
WARM_UP_BLOCKS = 500


def in_the_callback(seconds: float) -> dict[str, Any]:
    """Ten effects and the spatialiser at 64 samples: times of a call of the callback, and p99's share of the period."""
    rng = np.random.default_rng(0)
    taps = default_taps(SAMPLE_RATE)
    pre_delay = default_pre_delay(SAMPLE_RATE)
    spatialiser = Spatialiser("filter", SAMPLE_RATE, BLOCK_SIZE, taps=taps, pre_delay=pre_delay)
    form = Format(SAMPLE_RATE, BLOCK_SIZE)
    rows: dict[str, Any] = {}
    for name, effects in (("spatialiser alone", ()), ("and ten effects", EFFECTS), ("ten effects alone", EFFECTS)):
        plan = Plan()
        for effect in effects:
            plan = plan.add(Slot(effect, effect))
        rack = Rack(form, lambda slot, _: spatialiser if slot.plugin == SPATIALISER else _prepared(slot, form))
        rack.apply(plan)
        engine = Engine(SAMPLE_RATE, BLOCK_SIZE)
        engine.set_kernel(_without_spatialiser(form, effects) if name == "ten effects alone" else rack)
        block = (0.1 * rng.standard_normal((BLOCK_SIZE, 1))).astype(np.float32)
        out = np.empty((BLOCK_SIZE, 2), np.float32)
        for number in range(WARM_UP_BLOCKS + round(seconds * SAMPLE_RATE / BLOCK_SIZE)):
            if number == WARM_UP_BLOCKS:
                engine.reset_counters()
            engine.process(block, out)
        figures = Percentiles.of_histogram(engine.callback_counts, 1.0)
        share = figures.p99 / (1e6 * BLOCK_SIZE / SAMPLE_RATE)
        rows[name] = {**figures.as_dict(), "share_of_period": round(share, 4)}
    return rows


def against_pedalboard() -> dict[str, Any]:
    """Offline: seconds of work for the same sound through both chains, the best of many turns, in one run."""
    pedalboard: Any = import_module("pedalboard")
    rng = np.random.default_rng(1)
    sound = (0.1 * rng.standard_normal((2, round(PIECE_S * SAMPLE_RATE)))).astype(np.float32)
    block = 8192
    form = Format(SAMPLE_RATE, block)
    slots = [Slot(name, ours, values) for name, (ours, values, _, _) in COMPARED.items()]
    rack = _rack_of(form, slots)
    board = pedalboard.Pedalboard([getattr(pedalboard, kind)(**v) for _, _, kind, v in COMPARED.values()])
    works: dict[str, Callable[[], object]] = {
        "earsight": lambda: run(cast(Plugin, rack), sound, block),
        "pedalboard": lambda: board(sound, SAMPLE_RATE, buffer_size=block),
    }
    best = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work()
    for _ in range(TURNS):
        for name, work in works.items():
            begin = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - begin)
    return {"seconds": PIECE_S, **best, "ratio": best["pedalboard"] / best["earsight"]}


def _rack_of(form: Format, slots: Sequence[Slot]) -> Rack:
    """A rack of these slots and no network."""
    plan = Plan()
    for slot in slots:
        plan = plan.add(slot)
    rack = Rack(form, lambda slot, _: None if slot.plugin == SPATIALISER else _prepared(slot, form))
    rack.apply(plan)
    return rack


def _without_spatialiser(form: Format, effects: Sequence[str]) -> Rack:
    return _rack_of(form, [Slot(effect, effect) for effect in effects])


def _prepared(slot: Slot, form: Format) -> Kernel:
    plugin = open_plugin(slot.plugin)
    for name, value in slot.values.items():
        plugin.set(name, value)
    plugin.prepare(form)
    return cast(Kernel, plugin)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chain", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of sound")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    calls = in_the_callback(chosen.seconds)
    print(
        "| in the callback, 64 samples | p50 us | p95 | p99 | max | p99 of the period |\n|---|---:|---:|---:|---:|---:|"
    )
    for name, row in calls.items():
        figures = " | ".join(f"{row[key]:.0f}" for key in ("p50", "p95", "p99", "max"))
        print(f"| {name} | {figures} | {100 * row['share_of_period']:.1f} % |")
    offline = against_pedalboard()
    print(
        f"\nOffline, {', '.join(COMPARED)}, {offline['seconds']:g} s of stereo: {1000 * offline['earsight']:.2f} ms; "
        f"pedalboard {1000 * offline['pedalboard']:.2f} ms, {offline['ratio']:.2f} times as long."
    )
    if chosen.json is not None:
        write_json(chosen.json, {"machine": machine_facts("cpu"), "callback": calls, "offline": offline})


if __name__ == "__main__":
    main()
