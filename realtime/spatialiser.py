"""The plugin that makes mono binaural inside the callback, from filters or differences that another thread supplies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime import spatial_kernel as kernel
from realtime.atomics import aligned_words, compiled, exchange
from realtime.counters import Counters
from realtime.ring import Ring

_HISTORY_BLOCKS = 8
_FADE_S = 0.010
_HEARD_S = 4.0


@compiled
def _publish_slot(state: NDArray[np.int64], slot: int) -> int:
    return exchange(state, kernel.LATEST, slot | kernel.FRESH) & kernel.SLOT_BITS


class Spatialiser:
    """Kernel: x, the mean of its two inputs, in; left = x + d and right = x - d out, both `latency` samples later.

    In "filter" mode d is the newest published filter's output. In "overlap" mode d is what the `difference` ring holds
    for the input sample in question; while that lacks samples, the filter's d takes over, with no gap and no click.
    Without any published filter, left and right are the delayed input, bit for bit (below -360 dB: zero).

    Parameters
    ----------
    mode
        "filter" or "overlap".
    sample_rate
        Of the device, Hz.
    block_size
        Largest block that the callback will bring.
    taps, pre_delay
        Length of a filter, and the samples by which it delays; see `FilterDesign`.
    delay
        Further samples of delay: in overlap mode what the network needs (its latency less `pre_delay`).
    fade
        Samples over which a newer filter replaces the older; None for 10 ms.

    Attributes
    ----------
    heard
        Ring, 1 channel, 4 s: x, for the analysis.
    """

    name = "spatialiser"

    def __init__(
        self,
        mode: str,
        sample_rate: int,
        block_size: int,
        *,
        taps: int,
        pre_delay: int,
        delay: int = 0,
        fade: int | None = None,
    ) -> None:
        if mode not in ("filter", "overlap"):
            raise ValueError(f"mode '{mode}' is not known; accepted: filter, overlap")
        self.mode = mode
        self.sample_rate = sample_rate
        self.block_size = block_size
        self.taps = taps
        self.latency = delay + pre_delay
        self.difference: Ring | None = None
        """Overlap mode: sample p is the difference for the input sample p; written by the analysis thread."""
        padded = -(-taps // 4) * 4
        history = delay + max(padded + 3, pre_delay) + _HISTORY_BLOCKS * block_size
        self._history = np.zeros(history, dtype=np.float32)
        self._folded = np.zeros(padded, dtype=np.float32)
        self._slots = np.zeros((3, padded), dtype=np.float32)
        self._stamps = np.full((3, kernel.META_WORDS), -1, dtype=np.int64)
        self._scratch = np.zeros((2, block_size), dtype=np.float32)
        self._mask_ages = Counters(kernel.AGE_BINS)
        self._image_ages = Counters(kernel.AGE_BINS)
        self._late_blocks = Counters(1)
        self._state = state = aligned_words(kernel.STATE_WORDS)
        state[kernel.TAPS] = padded
        state[kernel.DELAY] = delay
        state[kernel.PRE_DELAY] = pre_delay
        state[kernel.FADE] = max(1, round(_FADE_S * sample_rate) if fade is None else fade)
        state[kernel.MAX_BLOCK] = block_size
        state[kernel.SAMPLE_RATE] = sample_rate
        state[kernel.HISTORY] = self._history.ctypes.data
        state[kernel.HISTORY_LENGTH] = history
        state[kernel.FOLDED] = self._folded.ctypes.data
        state[kernel.SLOTS] = self._slots.ctypes.data
        state[kernel.META] = self._stamps.ctypes.data
        state[kernel.SCRATCH] = self._scratch.ctypes.data
        state[kernel.MASK_AGES] = self._mask_ages.address
        state[kernel.IMAGE_AGES] = self._image_ages.address
        state[kernel.LATE_BLOCKS] = self._late_blocks.address
        if mode == "overlap":
            self.difference = Ring(1, 4 * (self.latency + block_size) + sample_rate)
            state[kernel.DIFFERENCE_HEADER] = self.difference.header.ctypes.data
            state[kernel.DIFFERENCE_DATA] = self.difference.data.ctypes.data
        self.heard = Ring(1, max(round(_HEARD_S * sample_rate), 4 * block_size))
        state[kernel.HEARD_HEADER] = self.heard.header.ctypes.data
        state[kernel.HEARD_DATA] = self.heard.data.ctypes.data
        self._own_slot = 1
        self.reset()

    @property
    def kernel_address(self) -> int:
        return kernel.spatialiser_kernel.address

    @property
    def state_address(self) -> int:
        return self._state.ctypes.data

    def publish(self, taps: NDArray[np.float32], position: int, image_position: int = -1) -> None:
        """Hand a newer filter to the callback, which fades to it from its next block on. Analysis thread; never waits.

        Parameters
        ----------
        taps
            float32 (taps,), copied.
        position
            Of the middle of the newest frame that the filter was designed from.
        image_position
            The stream's position when the image behind it was taken; negative for none.
        """
        slot = self._own_slot
        self._slots[slot, : self.taps] = taps
        self._stamps[slot] = position, image_position
        self._own_slot = int(_publish_slot(self._state, slot))

    def reset(self, position: int = 0) -> None:
        """Forget sound, filters and differences; the next input sample is number `position`. Not while it runs."""
        state = self._state
        self._history[:] = 0.0
        self._folded[:] = 0.0
        self._slots[:] = 0.0
        self._stamps[:] = -1
        state[kernel.POSITION] = position
        state[kernel.CURSOR] = len(self._history) - _HISTORY_BLOCKS * self.block_size
        state[kernel.SLOT], self._own_slot, state[kernel.LATEST] = 0, 1, 2
        state[kernel.FADE_AT] = state[kernel.FADE]
        state[kernel.KNOWN_END] = position - self.latency
        state[kernel.RAMP] = state[kernel.ENGAGED] = 0
        self.heard.skip_to(position)
        if self.difference is not None:
            self.difference.skip_to(position)

    @property
    def mask_age_counts(self) -> NDArray[np.int64]:
        """Blocks per 1 ms bin of the filter's age at a block's end, int64 (AGE_BINS,); the last bin holds the rest."""
        return self._mask_ages.values()

    @property
    def image_age_counts(self) -> NDArray[np.int64]:
        """The same for the image behind the filter."""
        return self._image_ages.values()

    @property
    def late_blocks(self) -> int:
        """Overlap mode: blocks that began with too little difference in hand, once there had been enough."""
        return int(self._late_blocks.values()[0])

    def reset_counters(self) -> None:
        """Count ages and late blocks from zero again; safe while the callback runs."""
        for counters in (self._mask_ages, self._image_ages, self._late_blocks):
            counters.reset()
