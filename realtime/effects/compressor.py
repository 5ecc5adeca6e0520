"""Compressor: what is louder than a threshold grows by less, so that loud and quiet come nearer to each other.

Feed-forward, in the log domain, with a soft knee and the smooth branching detector: D. Giannoulis, M. Massberg,
J. D. Reiss, "Digital dynamic range compressor design: a tutorial and analysis", J. Audio Eng. Soc. 60(6), 2012.
"""

from __future__ import annotations

import math
from typing import Any

from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, compiled, compiled_kernel, floats
from realtime.effects.dynamics import Dynamics
from realtime.effects.effect import glide, layout, still
from realtime.effects.level import gain_of, heard, share
from realtime.plugin import Parameter

THRESHOLD, RATIO, KNEE, ATTACK, RELEASE, MAKEUP = range(6)
COMPRESSOR = layout(6, ("reduction", "f8"))
DB_OF_LOG = 20.0 / math.log(10.0)
FLOOR = 1e-9
"""Quietest level that is told apart from silence (-180 dB), and dB of reduction that count as none."""


@compiled
def excess(over_db: float, slope: float, knee_db: float) -> float:
    """By how much a steady level that is over the threshold is to be turned down, dB (the gain computer)."""
    if 2.0 * over_db <= -knee_db:
        return 0.0
    if 2.0 * over_db < knee_db:
        return slope * (over_db + knee_db / 2.0) ** 2 / (2.0 * knee_db)
    return slope * over_db


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, COMPRESSOR)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    attack = share(record.target[ATTACK], record.sample_rate)
    release = share(record.target[RELEASE], record.sample_rate)
    at_rest = still(record)
    threshold, knee, makeup = record.value[THRESHOLD], record.value[KNEE], record.value[MAKEUP]
    slope = 1.0 - 1.0 / record.value[RATIO]
    reduction = record.reduction
    for i in range(n):
        one, two = heard(left[i]), heard(right[i])
        if not at_rest:
            threshold, knee, makeup = glide(record, THRESHOLD), glide(record, KNEE), glide(record, MAKEUP)
            slope = 1.0 - 1.0 / glide(record, RATIO)
        over_db = DB_OF_LOG * math.log(max(abs(one), abs(two), FLOOR)) - threshold
        wanted = excess(over_db, slope, knee)
        reduction += (wanted - reduction) * (attack if wanted > reduction else release)
        if reduction < FLOOR:
            reduction = 0.0
        gain = gain_of(makeup - reduction)
        out_left[i] = one * gain
        out_right[i] = two * gain
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
