"""The sound path: takes blocks from a device or a clip, sends them through a kernel, gives them back, all compiled.

The Python side only prepares memory and reads counters; the callback never waits for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime import callback
from realtime.atomics import aligned_words, clock_address, compiled, load_acquire, thread_id_address
from realtime.caller import Caller
from realtime.counters import Counters
from realtime.monitor import Monitor
from realtime.plugin import Kernel
from realtime.ring import Ring
from realtime.source import Source

_OUTPUT_S = 8.0
_INPUT_S = 8.0


@compiled
def _load(array: NDArray[np.int64], index: int) -> int:
    return load_acquire(array, index)


class Engine:
    """State of the compiled callback: mono in (the mean of the input's channels), left and right out.

    Parameters
    ----------
    sample_rate
        Of the device, Hz.
    max_block
        Largest block that the kernel sees; longer device blocks are cut.
    source
        Played instead of the device's input; None for the input.

    Attributes
    ----------
    output
        Tap, 3 channels: mono, left and right, 8 s. Left and right lag behind mono by the kernel's latency.
    monitor
        Chooses what goes to the device instead of left and right.
    input
        Tap, 2 channels: the device's first two input channels as they come, 8 s; None unless `tap_input` made it.
    """

    def __init__(self, sample_rate: int, max_block: int, *, source: Source | None = None) -> None:
        if max_block < 1:
            raise ValueError(f"a block of {max_block} samples is empty")
        self.sample_rate = sample_rate
        self.max_block = max_block
        self.source = source
        self.monitor = Monitor(sample_rate, max_block, 1 if source is None else source.ring.channels)
        self.output = Ring(3, max(round(_OUTPUT_S * sample_rate), 4 * max_block))
        self.input: Ring | None = None
        self._counts = Counters(callback.COUNT_WORDS)
        self._times = Counters(callback.TIME_BINS)
        self._scratch = np.zeros((callback.SCRATCH_ROWS, max_block), dtype=np.float32)
        self._pointers = np.zeros(callback.POINTER_WORDS, dtype=np.int64)
        self._state = state = aligned_words(callback.STATE_WORDS)
        state[callback.CLOCK] = clock_address()
        state[callback.THREAD_FUNCTION] = thread_id_address()
        state[callback.MAX_BLOCK] = max_block
        state[callback.OUTPUT_HEADER] = self.output.header.ctypes.data
        state[callback.OUTPUT_DATA] = self.output.data.ctypes.data
        if source is not None:
            state[callback.SOURCE] = source.address
        state[callback.MONITOR] = self.monitor.address
        state[callback.SCRATCH] = self._scratch.ctypes.data
        state[callback.POINTERS] = self._pointers.ctypes.data
        state[callback.COUNTS] = self._counts.address
        state[callback.TIMES] = self._times.address
        self._kernel: Kernel | None = None

    @property
    def address(self) -> int:
        """Of the state that the callback works on; valid as long as the engine lives."""
        return self._state.ctypes.data

    @property
    def position(self) -> int:
        """Samples processed since the engine was made. Any thread."""
        return int(_load(self._state, callback.POSITION))

    @property
    def thread(self) -> int:
        """The system's number of the thread that calls the engine; 0 before its first call, and where there is none."""
        return int(_load(self._state, callback.THREAD))

    @property
    def latency(self) -> int:
        """Samples by which left and right come after the sound that they belong to."""
        return 0 if self._kernel is None else self._kernel.latency

    @property
    def input_channels(self) -> int:
        """Channels that the device gives; 0 before a driver said so, and without input."""
        return int(self._state[callback.INPUT_CHANNELS])

    def tap_input(self) -> Ring:
        """Copy the input's first two channels to `input` from now on. Main thread, before a driver starts."""
        self.input = Ring(2, max(round(_INPUT_S * self.sample_rate), 4 * self.max_block))
        self.input.skip_to(self.position)
        self._state[callback.INPUT_DATA] = self.input.data.ctypes.data
        self._state[callback.INPUT_HEADER] = self.input.header.ctypes.data
        return self.input

    def set_channels(self, inputs: int, outputs: int) -> None:
        """Interleaved channels of the device. A driver calls this before the callback reaches the engine."""
        self._state[callback.THREAD] = 0
        self._state[callback.INPUT_CHANNELS] = inputs
        self._state[callback.OUTPUT_CHANNELS] = outputs

    def caller(self, inputs: int, outputs: int) -> Caller:
        """A way in for the stream of a device with so many interleaved channels."""
        return Caller(self, inputs, outputs)

    def set_kernel(self, kernel: Kernel) -> None:
        """What makes left and right of the mono sound; without one both are the mono sound. Before a driver starts."""
        self._kernel = kernel
        self._state[callback.FUNCTION] = kernel.kernel_address
        self._state[callback.FUNCTION_STATE] = kernel.state_address
        self.monitor.follow(kernel.latency)

    def process(self, block: NDArray[np.float32] | None, out: NDArray[np.float32], flags: int = 0) -> None:
        """Do what the device's callback does, from Python; releases the GIL. One thread, never beside a device.

        Parameters
        ----------
        block
            Input, float32 (n, input channels), C-contiguous; None for silence.
        out
            Receives the output, float32 (n, output channels), C-contiguous.
        flags
            PortAudio's status flags.

        Raises
        ------
        ValueError
            When an array is not float32, not C-contiguous, or the lengths differ.
        """
        for array in (block, out):
            if array is not None and (array.ndim != 2 or array.dtype != np.float32 or not array.flags.c_contiguous):
                raise ValueError("blocks must be C-contiguous float32 of shape (samples, channels)")
        if block is not None and len(block) != len(out):
            raise ValueError(f"{len(block)} samples in and {len(out)} out; both must be as long")
        self.set_channels(0 if block is None else block.shape[1], out.shape[1])
        in_address = 0 if block is None else block.ctypes.data
        callback.process_block(self._state, in_address, out.ctypes.data, len(out), flags)

    @property
    def blocks(self) -> int:
        """Calls of the callback since the last `reset_counters`, as the other counters."""
        return int(self._counts.values()[callback.BLOCKS])

    @property
    def xruns(self) -> int:
        """Calls that came with an input overflow or an output underflow."""
        return int(self._counts.values()[callback.XRUNS])

    @property
    def bad_samples(self) -> int:
        """Samples, in or out, that were not finite and became zero."""
        return int(self._counts.values()[callback.BAD_SAMPLES])

    @property
    def starved_blocks(self) -> int:
        """Blocks that the source could not fill although it had not ended."""
        return int(self._counts.values()[callback.STARVED_BLOCKS])

    @property
    def callback_counts(self) -> NDArray[np.int64]:
        """Calls per 1 us bin of their duration, int64 (TIME_BINS,); the last bin holds the rest."""
        return self._times.values()

    def reset_counters(self) -> None:
        """Count from zero again; safe while the callback runs. The position goes on."""
        self._counts.reset()
        self._times.reset()
