"""The bridge between a block plugin in Python and the audio callback: the plugin works on a thread of its own.

    callback --> input ring --> worker: plugin.process --> ring of finished sound --> callback
        \\___________________ the same sound, as much later, unchanged ______________/

The sound never waits: when finished sound is not there in time, the callback cross-fades to the unchanged sound, and
back once the worker has caught up. Both are equally late, so nothing is heard twice or left out.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from contextlib import suppress
from typing import Any

import numpy as np

from realtime.atomics import aligned_words, compiled, store_release
from realtime.block_bridge_kernel import BRIDGE, RAMP, bridge_kernel, give, take, written
from realtime.counters import Counters
from realtime.plugin import BlockPlugin, Format, Parameter
from realtime.ring import Ring

BLOCK_S = 0.01
"""About the length of a block that the plugin is given: the nearest power of two samples, since some plugins that
convolve do nothing with others."""
WORK_BLOCKS = 2
"""Blocks that the worker may take for one: it is a thread like any other, and may have to wait for a processor."""
SWITCH_S = 0.0005
"""While another thread of Python computes, the worker waits so long for the interpreter's lock each time it wants it
back: after its sleep, and after each function of numpy or of a native plugin. Python's own 5 ms are half a block."""
SHORTEST_WAIT_S = 0.001
NICE = -10
"""Of the worker, where the system allows it: other programs' threads wait for it."""


@compiled
def _store(array: Any, index: int, value: int) -> None:
    store_release(array, index, value)


class BlockBridge:
    """Kernel plugin that has a block plugin's work done on a worker thread.

    The plugin is given blocks of about 10 ms, whatever the device's are. The bridge's own latency, beyond the plugin's,
    is the longest block of the device (played at once), one block of the plugin's (which fills), two more (for the
    worker, see `WORK_BLOCKS`) and a cross-fade: 1856 samples, 39 ms, for blocks of 64 at 48 kHz.

    Parameters
    ----------
    plugin
        The bridge owns it from now on: `prepare` and `reset` it through the bridge only.
    live
        True: call `start` before the sound and `stop` after it; a worker that cannot keep up leaves sound out. False:
        nothing is late and no thread runs, if `advance` is called after each block, on the thread that brings them.
        The result is then that of the plugin alone, `latency` samples later, whatever the blocks' lengths.
    """

    def __init__(self, plugin: BlockPlugin, *, live: bool = True) -> None:
        self.plugin = plugin
        self.latency = 0
        self._live = live
        self._trouble = ""
        self._failed = aligned_words(1)
        self._late_blocks = Counters(1)
        self._record = np.zeros(1, BRIDGE)
        self._next = self._valid_from = 0
        self._at_work = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The plugin's."""
        return self.plugin.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The plugin's."""
        return self.plugin.parameters

    @property
    def kernel_address(self) -> int:
        return bridge_kernel.address

    @property
    def state_address(self) -> int:
        return self._record.ctypes.data

    @property
    def trouble(self) -> str:
        """One line that names the plugin and why it is bypassed until the next `reset`; empty while it is not."""
        return self._trouble

    @property
    def late_blocks(self) -> int:
        """Blocks of the device for which finished sound was not there in time."""
        return int(self._late_blocks.values()[0])

    @property
    def done(self) -> int:
        """Position before which the worker has finished. Any thread."""
        return self._next

    def reset_counters(self) -> None:
        """Count late blocks from zero again; safe while the callback runs."""
        self._late_blocks.reset()

    def prepare(self, form: Format) -> None:
        """As `Plugin` says."""
        rate, longest = form.sample_rate, form.block_size
        size = 2 ** round(math.log2(BLOCK_S * rate))
        self.plugin.prepare(Format(rate, size))
        self._worker_latency = worker_latency = longest + (1 + WORK_BLOCKS) * size + RAMP
        self.latency = worker_latency + self.plugin.latency
        self._sample_rate = rate
        # Twice what is ever looked back upon, so that what is being read is not overwritten meanwhile.
        self._input = Ring(2, 2 * (self.latency + longest))
        self._finished = Ring(2, 2 * (worker_latency + longest + size))
        self._block, self._out = np.zeros((2, 2, size), np.float32)
        self._scratch = np.zeros((4, longest), np.float32)
        record = self._record
        record["latency"], record["worker_latency"], record["block_size"] = self.latency, worker_latency, longest
        record["input_header"] = self._input.header.ctypes.data
        record["input_data"] = self._input.data.ctypes.data
        record["done_header"] = self._finished.header.ctypes.data
        record["done_data"] = self._finished.data.ctypes.data
        record["scratch"] = self._scratch.ctypes.data
        record["failed"] = self._failed.ctypes.data
        record["late_blocks"] = self._late_blocks.address
        self._begin(0)

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says; a plugin that was bypassed gets another chance. Waits for a block that is worked on."""
        with self._at_work:
            self.plugin.reset(position)
            self._begin(position)

    def get(self, name: str) -> float:
        """As `Plugin` says."""
        return self.plugin.get(name)

    def set(self, name: str, value: float) -> None:
        """As `Plugin` says."""
        self.plugin.set(name, value)

    def save(self) -> dict[str, Any]:
        """As `Plugin` says."""
        return self.plugin.save()

    def load(self, state: dict[str, Any]) -> None:
        """As `Plugin` says."""
        self.plugin.load(state)

    def start(self) -> None:
        """Start the worker thread. Main thread, once, after `prepare`. Shortens Python's switch interval for good."""
        sys.setswitchinterval(min(SWITCH_S, sys.getswitchinterval()))
        self._thread = threading.Thread(target=self._run, name=f"worker of {self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the worker thread; waits up to 5 s for its block. From then on the sound goes through unchanged."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def advance(self) -> None:
        """Work on every block that is complete by now; nothing while a worker thread does. The sound's thread."""
        if self._thread is None:
            self._catch_up()

    def _catch_up(self) -> None:
        size = self._block.shape[1]
        while not (self._trouble or self._stop.is_set()) and self._waiting() >= size:
            with self._at_work:
                self._work(size)

    def _run(self) -> None:
        if sys.platform == "linux":  # elsewhere a thread has no such number of its own
            with suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        size = self._block.shape[1]
        while True:
            missing_s = (size - self._waiting()) / self._sample_rate
            if self._stop.wait(max(SHORTEST_WAIT_S, missing_s)):
                return
            self._catch_up()

    def _waiting(self) -> int:
        """Samples that the plugin has not had."""
        return written(self._input.header) - self._next

    def _work(self, size: int) -> None:
        """One block. A failure of any kind bypasses the plugin: the sound goes on."""
        hopeless = self._live and self._waiting() > self._worker_latency
        if hopeless or not take(self._input.header, self._input.data, self._next, self._block):
            self._skip_to_newest(size)
        out = self._out
        # What the plugin leaves unwritten shows, and is not the block before.
        out.fill(np.nan)
        try:
            self.plugin.process(self._block, out)
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises, the sound goes on and the reason is told
            self._fail((str(error) or type(error).__name__).splitlines()[0])
            return
        before = min(max(0, self._valid_from - self._next), size)
        if not give(self._finished.header, self._finished.data, out, before):
            self._fail("it gave sound that is not finite")
            return
        self._next += size

    def _skip_to_newest(self, size: int) -> None:
        """Leave out what would come too late, and fade into the newest block, so that the plugin hears no click.

        Its output counts again once it holds nothing from before.
        """
        fade = np.linspace(0.0, 1.0, size, dtype=np.float32)
        before = self._input.read(self._next, size)
        self._next = self._input.written - size
        newest = self._input.read(self._next, size)
        silence = np.zeros_like(self._block)
        self._block[:] = (silence if before is None else before) * (1 - fade)
        self._block += (silence if newest is None else newest) * fade
        self._valid_from = self._next + size + self.plugin.latency
        self._finished.skip_to(self._valid_from)

    def _begin(self, position: int) -> None:
        """Silence before `position`, all of it finished."""
        for ring, before in ((self._input, self.latency), (self._finished, self._worker_latency)):
            ring.skip_to(position - before)
            ring.write(np.zeros((2, before), np.float32))
        self._next = self._valid_from = position
        self._record["position"] = self._record["known_end"] = position
        self._record["ramp"] = RAMP
        self._trouble = ""
        _store(self._failed, 0, 0)

    def _fail(self, reason: str) -> None:
        self._trouble = f"{self.name} is bypassed: {reason}"
        _store(self._failed, 0, 1)
