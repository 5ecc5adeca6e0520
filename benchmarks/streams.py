"""Many live hosts at once on one machine: do they all keep up, and what do they cost together?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from benchmarks import live_host
from benchmarks.child import Child
from benchmarks.drawing import bars
from benchmarks.results import Aim, Plot, Results
from benchmarks.tables import Column, Table

LEAST_MASKS_PER_S = 20.0
START_S = 120.0

ARRANGEMENT = Column("arrangement", "arrangement")
CPU = Column("CPU of all, % of a core", "cpu_percent", ".0f")
COLUMNS = (
    ARRANGEMENT,
    Column("streams", "streams"),
    Column("xruns", "xruns"),
    Column("xruns of as many pass-throughs", "idle_xruns"),
    Column("blocks each", "blocks"),
    Column("blocks due", "blocks_due"),
    Column("late inferences", "late_inferences"),
    Column("masks a second, slowest", "masks_per_s", ".1f"),
    Column("mask age p99, oldest, ms", "mask_age_p99_ms", ".0f"),
    Column("callback p99, longest, us", "callback_p99_us", ".0f"),
    Column("sound's half p50, median, ms", "audio_p50_ms", ".2f"),
    CPU,
)


def measure(
    settings: Mapping[str, Any], count: int, seconds: float, settle_s: float, environment: Mapping[str, str]
) -> Results:
    """`count` hosts in as many processes, and in one; each time after as many bare callbacks."""
    arrangements = {"a process each": (count, 1), "one process": (1, count)}
    request = {"settings": dict(settings), "seconds": seconds, "settle_s": settle_s}
    due = round(seconds * settings["sample_rate"] / settings["block_size"])
    rows: list[dict[str, Any]] = []
    for name, (processes, each) in arrangements.items():
        idle = _at_once(live_host.idle_stream, {**request, "count": each}, processes, environment, seconds)
        found = _at_once(live_host.stream, {**request, "count": each}, processes, environment, seconds)
        rows.append(
            {
                "arrangement": name,
                "streams": count,
                "idle_xruns": sum(row["xruns"] for row in idle),
                "xruns": sum(row["xruns"] for row in found),
                "blocks": min(row["blocks"] for row in found),
                "blocks_due": due,
                "late_inferences": sum(row["late_inferences"] for row in found),
                "masks_per_s": min(row["masks_per_s"] for row in found),
                "mask_age_p99_ms": max(row["mask_age_ms"]["p99"] for row in found),
                "callback_p99_us": max(row["callback_us"]["p99"] for row in found),
                "audio_p50_ms": sorted(row["inference_ms"]["audio"]["p50"] for row in found)[count // 2],
                "cpu_percent": sum(row["cpu_percent"] for row in found),
                "each": found,
            }
        )
    title = f"{count} live streams at once, blocks of {settings['block_size']}, mode {settings['mode']}"
    return Results(
        {"streams": Table(title, COLUMNS, rows)},
        [Plot("streams", lambda axes: bars(axes, rows, ARRANGEMENT, CPU))],
        [_aim(row) for row in rows],
    )


def _aim(row: Mapping[str, Any]) -> Aim:
    return Aim(
        f"{row['streams']} streams, {row['arrangement']}: {LEAST_MASKS_PER_S:g} masks a second each, no xruns beyond "
        "pass-through's",
        f"{row['masks_per_s']:.1f} masks a second, {row['xruns']} xruns, pass-through {row['idle_xruns']}",
        row["masks_per_s"] >= LEAST_MASKS_PER_S and row["xruns"] <= row["idle_xruns"],
    )


def _at_once(
    function: Callable[..., Any],
    request: Mapping[str, Any],
    processes: int,
    environment: Mapping[str, str],
    seconds: float,
) -> list[dict[str, Any]]:
    """Rows of all processes, which begin together when the last one has settled."""
    with ExitStack() as stack:
        children = [stack.enter_context(Child(function, request, environment)) for _ in range(processes)]
        for child in children:
            child.wait_until_ready()
        for child in children:
            child.go()
        return [row for child in children for row in child.result(START_S + seconds)]
