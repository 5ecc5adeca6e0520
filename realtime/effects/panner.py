"""Panner: the sound from any direction around the listener, as a measured head hears it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import (
    as_address,
    channels,
    compiled,
    compiled_kernel,
    exchange,
    floats,
    load_acquire,
    words,
)
from realtime.effects.effect import Effect, layout
from realtime.errors import DataError, SettingsError
from realtime.head import DEFAULT_PATH, Head
from realtime.plugin import CHANNELS, Format, Parameter
from realtime.spatial_kernel import QUIET, convolve

FADE_S = 0.02
"""How long the filters of one direction take to replace another's."""
ONSET = 0.1
"""A response has begun where it first has this share of its largest value, as for `realtime.contract`."""
SILENCE = 1e-15
"""Taps below this (-300 dB) become zero, so that no product in a filter is a denormal number."""
HISTORY_BLOCKS = 8
SLOTS = 4
"""Filters: the one that is heard, the one before, the newest, and the one that the main thread writes."""
SLOT_BITS, FRESH = 3, 4
"""Of `latest`: which slot is the newest, and whether it was not yet taken."""
AZIMUTH, ELEVATION = range(2)
PANNER = layout(
    2,
    ("taps", "i8"),
    ("filters", "i8"),
    ("latest", "i8"),
    ("heard", "i8"),
    ("before", "i8"),
    ("fade", "i8"),
    ("faded", "i8"),
    ("history", "i8"),
    ("length", "i8"),
    ("cursor", "i8"),
    ("scratch", "i8"),
    ("block_size", "i8"),
)


@compiled
def _publish(latest: NDArray[np.int64], slot: int) -> int:
    return exchange(latest, 0, slot | FRESH) & SLOT_BITS


@compiled
def _take_newest(record: Any) -> None:
    """When there is a newer direction and the last change is over: begin to fade to it."""
    latest = words(record.latest, 1)
    if record.faded >= record.fade and load_acquire(latest, 0) >= FRESH:
        newest = exchange(latest, 0, record.before) & SLOT_BITS
        record.before, record.heard, record.faded = record.heard, newest, 0


@compiled
def _remember(record: Any, left: NDArray[np.float32], right: NDArray[np.float32], n: int) -> int:
    """Append the middle of n samples to the history; gives the index of the first."""
    history = floats(record.history, record.length)
    cursor = record.cursor
    if cursor + n > record.length:
        keep = record.taps + 3
        for i in range(keep):
            history[i] = history[cursor - keep + i]
        cursor = keep
    fresh = history[cursor:]
    for i in range(n):
        middle = np.float32(0.5) * (left[i] + right[i])
        fresh[i] = middle if abs(middle) > QUIET else np.float32(0.0)
    record.cursor = cursor + n
    return cursor


@compiled
def _hear(record: Any, ear: int, first: int, out: NDArray[np.float32], n: int) -> None:
    """What an ear hears of the n samples from a history index on."""
    history = floats(record.history, record.length)
    filters = channels(record.filters, SLOTS * CHANNELS, record.taps)
    convolve(history, first, filters[CHANNELS * record.heard + ear], out, n)
    if record.faded >= record.fade:
        return
    before = floats(record.scratch, record.block_size)
    convolve(history, first, filters[CHANNELS * record.before + ear], before, n)
    for i in range(n):
        part = min(np.float32(record.faded + i + 1) / np.float32(record.fade), np.float32(1.0))
        weight = part * part * (np.float32(3.0) - np.float32(2.0) * part)
        out[i] = before[i] + weight * (out[i] - before[i])


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, PANNER)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    first = _remember(record, left, right, n)
    _take_newest(record)
    for ear in range(CHANNELS):
        _hear(record, ear, first, floats(as_address(out_channels[ear]), n), n)
    record.faded = min(record.faded + n, record.fade)


@lru_cache(maxsize=2)
def _head(sample_rate: int, path: Path, written_ns: int) -> Head:
    """The same for every panner: it takes seconds to read and 12 MB to hold."""
    del written_ns
    return Head(sample_rate, path)


class Panner(Effect):
    """The middle of both channels, placed by head-related impulse responses, with `realtime.head` between the measured.

    A move cross-fades from filter to filter; a further move waits until the one before is over. The latency is the
    onset of the response from the front, where both ears are alike: 1 ms that the head leaves before the earliest
    arrival of any direction, and what the front comes later than that (KEMAR at 48 kHz: 59 samples). From the side, the
    near ear hears it up to 0.25 ms earlier and the far ear later: that is what the ear goes by.

    Its state is `{"sofa": path}` of a SOFA file, convention SimpleFreeFieldHRIR; without, it is KEMAR's head.
    """

    name = "Panner"
    parameters = (
        Parameter("azimuth_deg", "Azimuth", -180.0, 180.0, 0.0, "deg"),
        Parameter("elevation_deg", "Elevation", -90.0, 90.0, 0.0, "deg"),
    )
    record_type = PANNER
    kernel = _run

    def __init__(self) -> None:
        super().__init__()
        self._path: Path | None = None
        self._head: Head | None = None
        self._own_slot = 0

    def allocate(self, form: Format, record: NDArray[np.void]) -> None:
        """Read the head.

        Raises
        ------
        DataError
            When there is no such SOFA file or it is of another convention.
        """
        path = DEFAULT_PATH if self._path is None else self._path
        try:
            written_ns = path.stat().st_mtime_ns
        except OSError as error:
            raise DataError(f"no SOFA file '{path}'; give one of convention SimpleFreeFieldHRIR") from error
        self._head = head = _head(form.sample_rate, path, written_ns)
        front = np.abs(head.hrir(0.0, 0.0)).max(axis=0)
        self.latency = int(np.argmax(front >= ONSET * front.max()))
        taps = -(-head.taps // 4) * 4
        self._filters = np.zeros((SLOTS, CHANNELS, taps), np.float32)
        self._latest = np.zeros(1, np.int64)
        self._history = np.zeros(taps + 3 + HISTORY_BLOCKS * form.block_size, np.float32)
        self._scratch = np.zeros(form.block_size, np.float32)
        record["taps"], record["length"] = taps, len(self._history)
        record["block_size"], record["fade"] = form.block_size, round(FADE_S * form.sample_rate)
        for name in ("filters", "latest", "history", "scratch"):
            record[name] = getattr(self, f"_{name}").ctypes.data

    def reset(self, position: int = 0) -> None:
        super().reset(position)
        record = self._record
        self._history[:] = 0.0
        record["cursor"] = record["taps"] + 3
        record["heard"], record["before"], self._latest[0], self._own_slot = 0, 1, 2, 3
        record["faded"] = record["fade"]
        self._design(0)

    def set(self, name: str, value: float) -> None:
        super().set(name, value)
        if self._head is not None:
            self._design(self._own_slot)
            self._own_slot = int(_publish(self._latest, self._own_slot))

    def save(self) -> dict[str, Any]:
        return {} if self._path is None else {"sofa": str(self._path)}

    def load(self, state: dict[str, Any]) -> None:
        file = state.get("sofa")
        if file is not None and not isinstance(file, str):
            raise SettingsError(f"Panner's head {file!r} is not a path; give the path of a SOFA file")
        self._path = None if file is None else Path(file)

    def _design(self, slot: int) -> None:
        """Write the filters of the direction that is set."""
        assert self._head is not None
        filters = self._head.hrir(*self._record["target"][0])
        self._filters[slot, :, : self._head.taps] = np.where(np.abs(filters) > SILENCE, filters, 0.0)
