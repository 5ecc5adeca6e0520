"""Who may call an engine: the stream of a device, from `admit` to `dismiss`; outside of that it hears silence.

While it plays, another engine may take over: both are called for a while, and the sound fades from one to the other.

A stream that was given up because its device stood still may wake later, while another one plays. Each stream therefore
calls with a record of its own, and the record says whether it has its turn.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import aligned_words, compiled, exchange, load_acquire
from realtime.callback import (
    CALLER_ADMITTED,
    CALLER_BUSY,
    CALLER_CALLS,
    CALLER_ENGINE,
    CALLER_FADE,
    CALLER_HEIR,
    CALLER_OUTPUTS,
    CALLER_ROOM,
    CALLER_SCRATCH,
    CALLER_SINCE,
    CALLER_WARM,
    CALLER_WORDS,
    stream_callback,
)

if TYPE_CHECKING:
    from realtime.engine import Engine

LEAVE_TIMEOUT_S = 0.05
"""A call takes a few milliseconds at most, unless a plugin hangs in it."""


WARM_S, FADE_S = 0.3, 0.02
"""For how long the engine that takes over runs unheard, which is time for some masks, and how long the change takes."""
HAND_OVER_TIMEOUT_S = 1.0
"""Beyond those two."""


@compiled
def _load(words: NDArray[np.int64], index: int) -> int:
    return load_acquire(words, index)


@compiled
def _exchange(words: NDArray[np.int64], index: int, value: int) -> None:
    exchange(words, index, value)


class Caller:
    """One stream's way into an engine.

    Parameters
    ----------
    engine
        Must outlive the stream.
    inputs, outputs
        Interleaved channels of the stream.
    """

    def __init__(self, engine: Engine, inputs: int, outputs: int) -> None:
        self._engine = engine
        self._channels = inputs, outputs
        self._words = aligned_words(CALLER_WORDS)
        self._words[CALLER_ENGINE] = engine.address
        self._words[CALLER_OUTPUTS] = outputs
        self._scratch = np.zeros((engine.max_block, outputs), np.float32)
        self._words[CALLER_SCRATCH] = self._scratch.ctypes.data
        self._words[CALLER_ROOM] = self._scratch.size

    @property
    def callback_address(self) -> int:
        """Of the PaStreamCallback function."""
        return stream_callback

    @property
    def address(self) -> int:
        """The stream's user data; valid as long as this lives."""
        return self._words.ctypes.data

    @property
    def calls(self) -> int:
        """How often the device called, with its turn or without. Any thread."""
        return int(_load(self._words, CALLER_CALLS))

    @property
    def inside(self) -> bool:
        """Whether a call is under way now. Any thread."""
        return bool(_load(self._words, CALLER_BUSY))

    def admit(self) -> None:
        """Let the calls reach the engine. Nobody else may call it then."""
        self._engine.set_channels(*self._channels)
        _exchange(self._words, CALLER_ADMITTED, 1)

    def hand_over(self, heir: Engine) -> bool:
        """Let another engine take over without a gap; waits until it has.

        False, and everything as it was, when the device does not call meanwhile.
        """
        heir.set_channels(*self._channels)
        self._words[CALLER_WARM] = round(WARM_S * heir.sample_rate)
        self._words[CALLER_FADE] = round(FADE_S * heir.sample_rate)
        self._words[CALLER_SINCE] = 0
        _exchange(self._words, CALLER_HEIR, heir.address)
        deadline = time.monotonic() + WARM_S + FADE_S + HAND_OVER_TIMEOUT_S
        while _load(self._words, CALLER_HEIR) and time.monotonic() < deadline:
            time.sleep(0.005)
        _exchange(self._words, CALLER_HEIR, 0)
        self._wait_outside()
        if self._words[CALLER_ENGINE] != heir.address:
            return False
        self._engine = heir
        return True

    def dismiss(self) -> None:
        """Let the calls reach the engine no more; `inside` tells afterwards if one of them does not come back."""
        _exchange(self._words, CALLER_ADMITTED, 0)
        self._wait_outside()

    def _wait_outside(self) -> None:
        deadline = time.monotonic() + LEAVE_TIMEOUT_S
        while self.inside and time.monotonic() < deadline:
            time.sleep(0.001)
