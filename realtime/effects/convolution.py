"""Convolution: the sound as a recorded room, loudspeaker or guitar cabinet would make it, from its impulse response.

Without latency, at a load that is the same for every block (Gardner, "Efficient convolution without input-output
delay", J. Audio Eng. Soc. 43(3), 1995). The response is cut in three: its first 64 samples are convolved directly;
up to 2048, parts of 64 are convolved by small transforms, at once; the rest by parts of 1024, whose work begins when
1024 samples have come and is spread over the next 1024, in steps of 64.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import as_address, as_pointer, channels, compiled, compiled_kernel, floats
from realtime.effects.effect import Effect, glide, layout
from realtime.effects.level import gain_of
from realtime.errors import SettingsError
from realtime.impulse_response import read_response
from realtime.partitions import LEVEL, Partitions, accumulate, analyse, history, move_on, synthesise
from realtime.plugin import CHANNELS, Format, Parameter
from realtime.spatial_kernel import QUIET, convolve

SMALL, LARGE = 64, 1024
STEPS = LARGE // SMALL
GAIN = 0
CONVOLUTION = layout(
    1,
    ("head", "i8"),
    ("small", "i8"),
    ("large", "i8"),
    ("small_out", "i8"),
    ("large_out", "i8"),
    ("filled", "i8"),
    ("step", "i8"),
    ("played", "i8"),
)


@compiled
def _listen(record: Any, channel: int, sound: NDArray[np.float32], n: int) -> None:
    """Append n samples, no more than the small block still takes, to both levels' histories."""
    small, large = carray(as_pointer(record.small), 1, LEVEL)[0], carray(as_pointer(record.large), 1, LEVEL)[0]
    to_small = history(small)[channel, SMALL + record.filled :]
    to_large = history(large)[channel, LARGE + record.step * SMALL + record.filled :]
    for i in range(n):
        to_small[i] = to_large[i] = sound[i] if abs(sound[i]) > QUIET else np.float32(0.0)


@compiled
def _large_out(record: Any, number: int) -> NDArray[np.float32]:
    """One of two, (2, LARGE): while the one is played, the other is made."""
    return channels(record.large_out + 4 * number * CHANNELS * LARGE, CHANNELS, LARGE)


@compiled
def _convolve(record: Any, channel: int, out: NDArray[np.float32], n: int) -> None:
    """Write n samples: the head of the response, of what came just now, and what both levels have ready."""
    heard = history(carray(as_pointer(record.small), 1, LEVEL)[0])[channel]
    small = channels(record.small_out, CHANNELS, SMALL)[channel, record.filled :]
    large = _large_out(record, record.played)[channel, record.step * SMALL + record.filled :]
    convolve(heard, SMALL + record.filled, channels(record.head, CHANNELS, SMALL)[channel], out, n)
    for i in range(n):
        out[i] += small[i] + large[i]


@compiled
def _turn(record: Any) -> None:
    """When a small block is full: all of its work, and one step of the large block's."""
    small, large = carray(as_pointer(record.small), 1, LEVEL)[0], carray(as_pointer(record.large), 1, LEVEL)[0]
    record.filled = 0
    if small.parts > 0:
        analyse(small)
        for part in range(small.parts):
            accumulate(small, part)
        synthesise(small, channels(record.small_out, CHANNELS, SMALL))
    move_on(small)
    record.step = (record.step + 1) % STEPS
    if large.parts > 0:
        _step(record, large)
    if record.step == 0:
        move_on(large)


@compiled
def _step(record: Any, large: Any) -> None:
    """One of the large block's steps: first its spectrum, then the parts' shares, last the sound."""
    if record.step == 0:
        record.played = 1 - record.played
        analyse(large)
    elif record.step < STEPS - 1:
        share = -(-large.parts // (STEPS - 2))
        for part in range((record.step - 1) * share, min(record.step * share, large.parts)):
            accumulate(large, part)
    else:
        synthesise(large, _large_out(record, 1 - record.played))


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, CONVOLUTION)[0]
    done = 0
    while done < n:
        count = min(n - done, SMALL - record.filled)
        for channel in range(CHANNELS):
            _listen(record, channel, floats(as_address(in_channels[channel]), n)[done:], count)
            _convolve(record, channel, floats(as_address(out_channels[channel]), n)[done:], count)
        record.filled += count
        done += count
        if record.filled == SMALL:
            _turn(record)
    left, right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    for i in range(n):
        gain = np.float32(gain_of(glide(record, GAIN)))
        left[i] *= gain
        right[i] *= gain


class Convolution(Effect):
    """Each channel with its own of a response's two, or both with its one; without a file, the sound as it is.

    Its state is `{"file": path}`, read by `prepare`. To change the file while it plays, make another `Convolution`:
    the host cross-fades from one to the other.
    """

    name = "Convolution"
    parameters = (Parameter("gain_db", "Gain", -60.0, 24.0, 0.0, "dB"),)
    record_type = CONVOLUTION
    kernel = _run

    def __init__(self) -> None:
        super().__init__()
        self._path: Path | None = None

    def allocate(self, form: Format, record: NDArray[np.void]) -> None:
        """Read the response and lay it out.

        Raises
        ------
        ClipError
            When the file is missing or no impulse response, see `realtime.impulse_response`.
        """
        itself = np.ones((CHANNELS, 1))
        response = itself if self._path is None else read_response(self._path, form.sample_rate)
        self._head = np.zeros((CHANNELS, SMALL), np.float32)
        self._head[:, : response.shape[1]] = response[:, :SMALL]
        self._small = Partitions(response[:, SMALL : 2 * LARGE], SMALL)
        self._large = Partitions(response[:, 2 * LARGE :], LARGE)
        self._small_out = np.zeros((CHANNELS, SMALL), np.float32)
        self._large_out = np.zeros((2, CHANNELS, LARGE), np.float32)
        record["head"] = self._head.ctypes.data
        record["small"], record["large"] = self._small.address, self._large.address
        record["small_out"], record["large_out"] = self._small_out.ctypes.data, self._large_out.ctypes.data

    def reset(self, position: int = 0) -> None:
        super().reset(position)
        self._small.reset()
        self._large.reset()
        self._small_out[:] = 0.0
        self._large_out[:] = 0.0
        for name in ("filled", "step", "played"):
            self._record[name] = 0

    def save(self) -> dict[str, Any]:
        return {} if self._path is None else {"file": str(self._path)}

    def load(self, state: dict[str, Any]) -> None:
        file = state.get("file")
        if file is not None and not isinstance(file, str):
            raise SettingsError(f"Convolution's file {file!r} is not a path; give the path of a wav or flac file")
        self._path = None if file is None else Path(file)
