"""Round trip of sound through a device whose output leads back to its input: what the host states against what is.

A maximum length sequence goes out through the spatialiser and the device; its cross-correlation with what comes back
gives the delay to a fraction of a sample.

  earsight bench loopback --jack-dummy
  earsight bench loopback --input USB --output USB --block-sizes 128     (with a cable from output to input)
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks import round_trip
from benchmarks.child import in_child
from benchmarks.drawing import lines
from benchmarks.jack import dummy_server
from benchmarks.results import Aim, Plot, Results, exit_with, run
from benchmarks.tables import Column, Table, Together, spread

BLOCK_SIZES = (32, 64, 128, 256, 512, 1024)
PERIODS = 8
QUICK_PERIODS = 2
TIMEOUT_S = 90.0
MOST_BEYOND_MS = 1.5

BLOCK = Column("block", "block_size")
MEASURED_MS = Column("measured, ms", "measured_ms", ".3f")
STATED_MS = Column("stated, ms", "stated_ms", ".3f")
COLUMNS = (
    BLOCK,
    Together(
        "device in / out / plugins, samples",
        (Column("in", "device_input"), Column("out", "device_output"), Column("plugins", "plugins")),
    ),
    Column("stated", "stated"),
    Column("measured", "measured", ".3f"),
    Column("apart", "apart", ".3f"),
    Column("from period to period", "spread", ".3f"),
    Column("clarity, dB", "clarity_db", ".0f"),
    MEASURED_MS,
    Column("beyond 2 blocks, ms", "beyond_ms", ".3f"),
    Column("agree", "agree"),
    Column("xruns", "xruns"),
    spread("callback", "us", "callback_us", ".0f", ("p50", "p99", "max")),
)


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line; every block size in a process of its own."""
    rows: list[dict[str, Any]] = []
    request = {
        "input": chosen.input or ("loopback" if chosen.jack_dummy else None),
        "output": chosen.output or ("loopback" if chosen.jack_dummy else None),
        "sample_rate": chosen.sample_rate,
        "periods": QUICK_PERIODS if chosen.quick else PERIODS,
    }
    for block_size in chosen.block_sizes or ((64, 256) if chosen.quick else BLOCK_SIZES):
        wanted = {**request, "block_size": block_size}
        if chosen.jack_dummy:
            with dummy_server(block_size, chosen.sample_rate) as environment:
                rows.append(in_child(round_trip.measure, wanted, environment, timeout_s=TIMEOUT_S))
        else:
            rows.append(in_child(round_trip.measure, wanted, timeout_s=TIMEOUT_S))
    aims = [
        Aim("the round trip is the stated one, within half a sample, at every block size", _apart(rows), _agree(rows))
    ]
    if chosen.jack_dummy:
        aims += [
            Aim(
                f"round trip at 64 samples on JACK: 2 blocks and at most {MOST_BEYOND_MS:g} ms",
                f"2 blocks and {row['beyond_ms']:.3f} ms",
                row["beyond_ms"] <= MOST_BEYOND_MS,
            )
            for row in rows
            if row["block_size"] == 64
        ]
    title = f"Round trip, from '{rows[0]['output']}' to '{rows[0]['input']}', mode filter, {chosen.sample_rate} Hz"
    return Results(
        {"loopback": Table(title, COLUMNS, rows)},
        [Plot("round-trip", lambda axes: lines(axes, _both(rows), BLOCK, Column("ms", "ms"), Column("", "which")))],
        aims,
    )


def _apart(rows: Sequence[dict[str, Any]]) -> str:
    return f"at most {max(abs(row['apart']) for row in rows):.3f} samples apart"


def _agree(rows: Sequence[dict[str, Any]]) -> bool:
    return all(row["agree"] for row in rows)


def _both(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"block_size": row["block_size"], "which": which, "ms": row[f"{which}_ms"]}
        for which in ("stated", "measured")
        for row in rows
    ]


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jack-dummy", action="store_true", help="start a JACK server for each block size")
    parser.add_argument("--input", metavar="NAME", help="part of the input device's name")
    parser.add_argument("--output", metavar="NAME", help="part of the output device's name")
    parser.add_argument("--sample-rate", type=int, default=48_000, help="Hz (default: 48000)")
    parser.add_argument("--block-sizes", type=int, nargs="+", metavar="N", help="default: 32 64 128 256 512 1024")


def main(arguments: Sequence[str] | None = None) -> None:
    run("loopback", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
