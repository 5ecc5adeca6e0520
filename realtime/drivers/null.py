"""A driver without a device: real pace, silence in, output thrown away."""

from __future__ import annotations

import threading
import time

import numpy as np

from realtime.engine import Engine

_GIVE_UP_S = 0.5


class NullDriver:
    """Calls an engine at the pace a device would, from a thread of its own.

    Parameters
    ----------
    engine
        Its source ring, if it has one, is played; else it hears silence.
    sample_rate, block_size
        Hz, and samples per call.
    since_s
        `time.monotonic` from which on the engine was not called: what it missed is made up for at once. None for now.
    """

    name_input = "null"
    name_output = "null"
    input_latency = 0
    output_latency = 0

    def __init__(self, engine: Engine, sample_rate: int, block_size: int, since_s: float | None = None) -> None:
        self.sample_rate = sample_rate
        self.block_size = block_size
        self._engine = engine
        self._since_s = since_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="null driver", daemon=True)

    @property
    def active(self) -> bool:
        """Whether the engine is being called."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to call the engine."""
        self._thread.start()

    def stop(self) -> None:
        """End; idempotent."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        out = np.empty((self.block_size, 2), dtype=np.float32)
        period_s = self.block_size / self.sample_rate
        missed_s = 0.0 if self._since_s is None else time.monotonic() - self._since_s
        for _ in range(int(missed_s / period_s)):
            self._engine.process(None, out)
        deadline = time.monotonic()
        while not self._stopping.is_set():
            self._engine.process(None, out)
            deadline += period_s
            wait_s = deadline - time.monotonic()
            if wait_s > 0:
                self._stopping.wait(wait_s)
            elif wait_s < -_GIVE_UP_S:  # the machine slept: go on from now, do not race to catch up
                deadline = time.monotonic()
