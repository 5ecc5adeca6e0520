"""Crossfeed: a mix made for loudspeakers, heard on headphones as if each ear heard both.

Bauer's stereophonic-to-binaural filter (Bauer, "Stereophonic earphones and binaural loudspeakers", J. Audio Eng. Soc.
9(2), 1961) with the one-pole filters and the levels of Mikhaylov's bs2b (bs2b.sourceforge.net). What goes to the other
ear is low-passed, as by the shadow of the head; of its own the same octaves are lowered, so that the middle keeps its
colour; both one-poles' delay at low frequencies stands for the way around the head.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import as_address, compiled, compiled_kernel, floats
from realtime.effects.effect import Effect, glide, layout
from realtime.effects.level import QUIET, heard
from realtime.plugin import Parameter

CUTOFF, FEED = range(2)
CROSSFEED = layout(
    2,
    ("made_for", "f8", (2,)),
    ("cross_pole", "f8"),
    ("own_pole", "f8"),
    ("cross_gain", "f8"),
    ("own_cut", "f8"),
    ("gain", "f8"),
    ("cross", "f8", (2,)),
    ("own", "f8", (2,)),
)


@compiled
def _tune(record: Any, cutoff_hz: float, feed_db: float) -> None:
    """Set the filters, when these differ from what they are for (bs2b 3.1, `init`)."""
    if record.made_for[CUTOFF] == cutoff_hz and record.made_for[FEED] == feed_db:
        return
    record.made_for[CUTOFF], record.made_for[FEED] = cutoff_hz, feed_db
    cross_db = -5.0 / 6.0 * feed_db - 3.0
    record.cross_gain = 10.0 ** (cross_db / 20.0)
    record.own_cut = 1.0 - 10.0 ** ((feed_db / 6.0 - 3.0) / 20.0)
    own_hz = cutoff_hz * 2.0 ** ((cross_db - 20.0 * np.log10(record.own_cut)) / 12.0)
    record.cross_pole = np.exp(-2.0 * np.pi * cutoff_hz / record.sample_rate)
    record.own_pole = np.exp(-2.0 * np.pi * own_hz / record.sample_rate)
    record.gain = 1.0 / (1.0 - record.own_cut + record.cross_gain)


@compiled
def _low_pass(memory: NDArray[np.float64], channel: int, pole: float, x: float) -> float:
    y = x + pole * (memory[channel] - x)
    memory[channel] = y if abs(y) > QUIET else 0.0
    return y


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, CROSSFEED)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    for i in range(n):
        _tune(record, glide(record, CUTOFF), glide(record, FEED))
        x, y = heard(left[i]), heard(right[i])
        to_right = record.cross_gain * _low_pass(record.cross, 0, record.cross_pole, x)
        to_left = record.cross_gain * _low_pass(record.cross, 1, record.cross_pole, y)
        own_left = x - record.own_cut * _low_pass(record.own, 0, record.own_pole, x)
        own_right = y - record.own_cut * _low_pass(record.own, 1, record.own_pole, y)
        out_left[i] = record.gain * (own_left + to_left)
        out_right[i] = record.gain * (own_right + to_right)


class Crossfeed(Effect):
    """Feed is how far an ear hears the other channel's lowest notes below its own's: the more, the less crossfeed.

    Settings in use, from bs2b: 700 Hz, 4.5 dB (the default: loudspeakers 30 degrees aside, 3 m away), 700 Hz, 6 dB (as
    Chu Moy's amplifier) and 650 Hz, 9.5 dB (as Jan Meier's).
    """

    name = "Crossfeed"
    parameters = (
        Parameter("cutoff_hz", "Cutoff", 300.0, 2000.0, 700.0, "Hz", "log"),
        Parameter("feed_db", "Feed", 1.0, 15.0, 4.5, "dB"),
    )
    record_type = CROSSFEED
    kernel = _run

    def reset(self, position: int = 0) -> None:
        super().reset(position)
        self._record["cross"] = self._record["own"] = 0.0
