"""Source: sound that an engine plays instead of its device's input, from a ring that can be held and jumped in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime import source_kernel as kernel
from realtime.atomics import aligned_words, compiled, load_acquire, store_release
from realtime.ring import Ring


@compiled
def _load(state: NDArray[np.int64], index: int) -> int:
    return load_acquire(state, index)


@compiled
def _store(state: NDArray[np.int64], index: int, value: int) -> None:
    store_release(state, index, value)


class Source:
    """A ring that one thread fills and the callback plays; every change is faded, so that none clicks.

    Parameters
    ----------
    channels
        1: mono. 3: mono, and a recorded left and right that are to be heard beside it.
    capacity
        Samples that it holds.
    fade
        Samples of a fade, at least 1.

    Attributes
    ----------
    ring
        Flow-controlled: whoever fills it asks for `free`.

    Notes
    -----
    Plays from the start, without a fade. What runs dry is silence, and fades in when there is more.
    """

    def __init__(self, channels: int, capacity: int, fade: int) -> None:
        if channels not in (1, 3):
            raise ValueError(f"a source has 1 channel (mono) or 3 (mono, left and right), not {channels}")
        self.ring = Ring(channels, capacity)
        self._tail = np.zeros((channels, fade), np.float32)
        self._log = np.zeros((kernel.EVENTS_KEPT, kernel.EVENT_WORDS), np.int64)
        self._state = state = aligned_words(kernel.STATE_WORDS)
        state[kernel.HEADER] = self.ring.header.ctypes.data
        state[kernel.DATA] = self.ring.data.ctypes.data
        state[kernel.TAIL] = self._tail.ctypes.data
        state[kernel.LOG] = self._log.ctypes.data
        state[kernel.FADE] = state[kernel.LEVEL] = state[kernel.CROSSED] = fade
        state[kernel.WANTED] = 1
        state[kernel.END] = kernel.OPEN_END

    @property
    def address(self) -> int:
        """Of the state, for the compiled callback."""
        return self._state.ctypes.data

    @property
    def wanted(self) -> bool:
        """Whether it is to play. Any thread."""
        return _load(self._state, kernel.WANTED) != 0

    def play(self) -> None:
        """Go on from where it was held. Any one thread."""
        _store(self._state, kernel.WANTED, 1)

    def pause(self) -> None:
        """Hold it: silence, and nothing is taken from the ring. Any one thread."""
        _store(self._state, kernel.WANTED, 0)

    @property
    def jumping(self) -> bool:
        """Whether the newest jump is still to be taken. Filling thread."""
        return self.ring.released < int(self._state[kernel.JUMP_TO])

    def jump(self, to: int, since: int = -1) -> None:
        """Skip what lies before the ring's position `to`. Filling thread, while not `jumping`.

        Parameters
        ----------
        to
            Where new sound begins; some of it is written.
        since
            Where in the ring the same sound as at `to` has its old place: the jump goes as far beyond `to` as the sound
            has by then got beyond this, so that it is not heard. Negative to begin with `to` itself.
        """
        self._state[kernel.JUMP_SINCE] = since
        _store(self._state, kernel.JUMP_TO, to)

    def end(self) -> None:
        """Nothing comes after what is written: running out of it is silence and not counted. Filling thread."""
        _store(self._state, kernel.END, self.ring.written)

    def go_on(self) -> None:
        """More comes after all; some of it is written. Filling thread."""
        _store(self._state, kernel.END, kernel.OPEN_END)

    def ended(self, position: int) -> bool:
        """Whether nothing is to come from this position in the ring on. Any thread."""
        return position >= _load(self._state, kernel.END)

    def at(self, position: int) -> int:
        """Position in the ring that was played at a position in the stream, one of the last few seconds. Any thread."""
        count = _load(self._state, kernel.EVENTS)
        for number in range(count - 1, max(-1, count - kernel.EVENTS_KEPT), -1):
            stream, source, pace = (int(word) for word in self._log[number % kernel.EVENTS_KEPT])
            if stream <= position:
                return source + pace * (position - stream)
        return 0
