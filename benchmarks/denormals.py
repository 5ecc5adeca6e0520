"""What sound too quiet to be normal numbers costs in the callback: each effect and whole chains, against noise.

The sound of 1e-40 is denormal itself; the decay of noise becomes so in every filter that it goes through. Times are of
the callback without a device, block after block.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.chain import BLOCK_SIZE, SAMPLE_RATE, kernels
from benchmarks.results import Aim, Results, exit_with, run
from benchmarks.tables import Column, Table
from realtime.atomics import clock_address, compiled, now_ns
from realtime.callback import process_block
from realtime.engine import Engine
from realtime.plugin import Kernel

TINY, SIGN = np.uint32(71_362), np.uint32(1 << 31)
"""Bits of 1e-40, and the sign's: what made it by arithmetic would not, in a thread that counts it as zero."""
DECAY_PER_S = 200.0
"""Nepers: after a second noise is 1e-87 of what it was."""
MOST = 2.0
"""Times as long as noise that the others may take."""
COLUMNS = (
    Column("kernel", "kernel"),
    Column("noise, us a block", "noise_us", ".2f"),
    Column("1e-40, times as long", "tiny", ".2f"),
    Column("decay, times as long", "decay", ".2f"),
)


@compiled
def _take(
    times: NDArray[np.int64], clock: int, state: NDArray[np.int64], sound: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    n = len(out)
    for i in range(len(times)):
        begin = now_ns(clock)
        process_block(state, sound[i * n :].ctypes.data, out.ctypes.data, n, 0)
        times[i] = now_ns(clock) - begin


def block_us(kernel: Kernel, sound: NDArray[np.float32]) -> float:
    """Median of the second half of the blocks of a sound, (samples, 1): a decay has come to an end there."""
    engine = Engine(SAMPLE_RATE, BLOCK_SIZE)
    engine.set_kernel(kernel)
    engine.set_channels(1, 2)
    times = np.zeros(len(sound) // BLOCK_SIZE, np.int64)
    _take(times, clock_address(), engine._state, sound, np.zeros((BLOCK_SIZE, 2), np.float32))
    return float(np.median(times[len(times) // 2 :])) / 1000


def sounds(seconds: float) -> dict[str, NDArray[np.float32]]:
    """Noise, the same of denormal numbers, and the same as it decays into them; (samples, 1)."""
    samples = round(seconds * SAMPLE_RATE / BLOCK_SIZE) * BLOCK_SIZE
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (samples, 1)).astype(np.float32)
    fall = np.exp(-DECAY_PER_S / SAMPLE_RATE * np.arange(samples))[:, None]
    return {
        "noise": noise,
        "tiny": (noise.view(np.uint32) & SIGN | TINY).view(np.float32),
        "decay": (noise * fall).astype(np.float32),
    }


def by_kernel(seconds: float, turns: int) -> list[dict[str, Any]]:
    """A row for each of `benchmarks.chain.kernels`, new for each sound; by turns, so that what else the machine does
    falls on all sounds, and the best of the turns.
    """
    best: dict[str, dict[str, float]] = {}
    heard = sounds(seconds)
    for _ in range(turns):
        for alike in zip(*(kernels() for _ in heard), strict=True):
            for (what, sound), (name, kernel, spatialiser) in zip(heard.items(), alike, strict=True):
                if spatialiser is not None:
                    taps = np.random.default_rng(1).standard_normal(spatialiser.taps)
                    spatialiser.publish((0.01 * taps).astype(np.float32), 0)
                took = block_us(kernel, sound)
                known = best.setdefault(name, {})
                known[what] = min(known.get(what, took), took)
    return [
        {
            "kernel": name,
            "noise_us": took["noise"],
            "tiny": took["tiny"] / took["noise"],
            "decay": took["decay"] / took["noise"],
        }
        for name, took in best.items()
    ]


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line."""
    rows = by_kernel(0.3 if chosen.quick else 2.0, 1 if chosen.quick else 5)
    worst = max(max(row["tiny"], row["decay"]) for row in rows)
    title = f"In the callback, blocks of {BLOCK_SIZE} samples at {SAMPLE_RATE} Hz, median of a second"
    return Results(
        {"denormals": Table(title, COLUMNS, rows)},
        [],
        [Aim(f"denormal sound takes at most {MOST:g} times as long as noise", f"{worst:.2f} times", worst <= MOST)],
    )


def declare(parser: argparse.ArgumentParser) -> None:
    del parser


def main(arguments: Sequence[str] | None = None) -> None:
    run("denormals", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
