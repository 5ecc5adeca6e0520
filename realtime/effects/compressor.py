"""Compressor: what is louder than a threshold grows by less, so that loud and quiet come nearer to each other.

Feed-forward, in the log domain, with a soft knee and the smooth branching detector: D. Giannoulis, M. Massberg,
J. D. Reiss, "Digital dynamic range compressor design: a tutorial and analysis", J. Audio Eng. Soc. 60(6), 2012.
"""

from __future__ import annotations

from typing import Any

from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, compiled, compiled_kernel, floats
from realtime.effects.dynamics import Dynamics
from realtime.effects.effect import glide, layout, still
from realtime.effects.level import decibels_of, gain_of, heard, share
from realtime.plugin import Parameter

THRESHOLD, RATIO, KNEE, ATTACK, RELEASE, MAKEUP = range(6)
PIECE = 64
"""Samples for which the parts of the way are gone one after the other, each a loop of vector instructions but one."""
COMPRESSOR = layout(6, ("reduction", "f8"), ("work", "f8", (PIECE,)))
FLOOR = 1e-9
"""Quietest level that is told apart from silence (-180 dB), and dB of reduction that count as none."""


@compiled
def excess(over_db: float, slope: float, knee_db: float) -> float:
    """By how much a steady level that is over the threshold is to be turned down, dB (the gain computer)."""
    above = max(over_db - 0.5 * knee_db, 0.0)
    within = min(max(over_db + 0.5 * knee_db, 0.0), knee_db)
    return slope * (above + (within * within / (2.0 * knee_db) if knee_db > 0.0 else 0.0))


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, COMPRESSOR)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    attack = share(record.target[ATTACK], record.sample_rate)
    release = share(record.target[RELEASE], record.sample_rate)
    # While a parameter glides, every sample has its own.
    piece = PIECE if still(record) else 1
    work = record.work
    reduction = record.reduction
    for start in range(0, n, piece):
        count = min(piece, n - start)
        threshold, knee, makeup = glide(record, THRESHOLD), glide(record, KNEE), glide(record, MAKEUP)
        slope = 1.0 - 1.0 / glide(record, RATIO)
        for i in range(count):
            peak = max(abs(heard(left[start + i])), abs(heard(right[start + i])), FLOOR)
            work[i] = excess(decibels_of(peak) - threshold, slope, knee)
        for i in range(count):
            wanted = work[i]
            reduction += (wanted - reduction) * (attack if wanted > reduction else release)
            reduction = reduction if reduction >= FLOOR else 0.0
            work[i] = reduction
        for i in range(count):
            gain = gain_of(makeup - work[i])
            out_left[start + i] = heard(left[start + i]) * gain
            out_right[start + i] = heard(right[start + i]) * gain
    record.reduction = reduction


class Compressor(Dynamics):
    """Turns both channels down by the same, as the louder of them asks; `reduction_db` leaves out the make-up gain."""

    name = "Compressor"
    parameters = (
        Parameter("threshold_db", "Threshold", -60.0, 0.0, -20.0, "dB"),
        Parameter("ratio", "Ratio", 1.0, 20.0, 3.0, scale="log"),
        Parameter("knee_db", "Knee", 0.0, 24.0, 6.0, "dB"),
        Parameter("attack_ms", "Attack", 0.1, 200.0, 10.0, "ms", "log"),
        Parameter("release_ms", "Release", 5.0, 2000.0, 100.0, "ms", "log"),
        Parameter("makeup_db", "Make-up gain", 0.0, 36.0, 0.0, "dB"),
    )
    record_type = COMPRESSOR
    kernel = _run

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says."""
        super().reset(position)
        self._record["reduction"] = 0.0
