"""Mounting: a record that the rack's kernel walks over, with the plugin behind it and the memory of its delay."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.chain import rack_kernel as kernel
from realtime.plugin import CHANNELS, Format, Kernel

FADE_S = 0.03
"""Of everything that does not shift the sound in time."""


class Mounting:
    """The record of a slot, a branch or a split. Main thread; what the callback writes is only read here.

    Parameters
    ----------
    form
        Of the sound.
    plugin
        Of a slot; None for a branch or split, and for a slot whose plugin cannot be had.
    longest
        Samples by which its own line can delay at least: a slot's latency, or what a branch may have to wait.
    forgiven
        Whether a plugin that gave what is no sound is asked again.
    """

    def __init__(self, form: Format, plugin: Kernel | None = None, longest: int = 0, *, forgiven: bool = False) -> None:
        self.plugin = plugin
        self._line = np.zeros((CHANNELS, longest + form.block_size), np.float32)
        self._array: NDArray[np.void] = np.zeros(1, kernel.RECORD)
        fade = max(1, round(FADE_S * form.sample_rate))
        self._write(fade=fade, at=fade, late_fade=1, late_at=1)
        self._write(line=self._line.ctypes.data, line_length=self._line.shape[1])
        for values in ("target", "start", "end"):
            self._array[values] = 1.0
            self._array[values][0, kernel.PRESENCE] = 0.0
        if plugin is not None:
            self._write(function=plugin.kernel_address, state=plugin.state_address, latency=plugin.latency)
            self._write(forgiven=int(forgiven))

    @property
    def address(self) -> int:
        """Of the record."""
        return self._array.ctypes.data

    @property
    def latency(self) -> int:
        """Samples; 0 without a plugin."""
        return int(self._read("latency"))

    @property
    def broken(self) -> bool:
        """Its plugin gave what is not finite, and is not asked again."""
        return bool(self._read("broken"))

    @property
    def leaving(self) -> bool:
        """It was told to leave."""
        return bool(self._array["target"][0, kernel.PRESENCE] == 0.0)

    @property
    def gone(self) -> bool:
        """It was told to leave, and is not heard any more."""
        # In this order: the callback begins a fade by setting `at` back.
        end, at, fade = (self._array[name][0, kernel.PRESENCE] for name in ("end", "at", "fade"))
        return bool(self.leaving and at >= fade and end == 0.0)

    def aim(self, *, active: bool = True, wet: float = 1.0, gain: float = 1.0, late: int = 0) -> None:
        """Say where to glide: not bypassed, how wet, linear gain, and by how much a branch waits for the latest."""
        self._array["target"][0] = (1.0, float(active), wet, gain)
        self._write(late_target=late)

    def leave(self) -> None:
        """Fade out."""
        self._array["target"][0, kernel.PRESENCE] = 0.0

    def arrive(self, after: int, shift: int) -> None:
        """Fade in when so many samples have gone through it, as it is to be. Before it is heard.

        Parameters
        ----------
        shift
            How much later its coming makes the sound: it comes and goes the more slowly.
        """
        self.jump()
        for values in ("start", "end"):
            self._array[values][0, kernel.PRESENCE] = 0.0
        fade = kernel.fade_length(shift, int(self._array["fade"][0, kernel.GAIN]))
        self._array["fade"][0, kernel.PRESENCE] = self._array["at"][0, kernel.PRESENCE] = fade
        self._write(warm=after)

    def jump(self) -> None:
        """Be at once where it was to glide. Not while the callback runs."""
        for values in ("start", "end"):
            self._array[values] = self._array["target"]
        late = self._read("late_target")
        self._array["at"] = self._array["fade"]
        self._write(late_at=self._read("late_fade"), late_start=late, late_end=late, warm=0)

    def reset(self, position: int) -> None:
        """Forget the sound so far. Not while the callback runs."""
        self._line[:] = 0.0
        self._write(broken=0)
        self.jump()
        if self.plugin is not None:
            self.plugin.reset(position)

    def _write(self, **fields: int) -> None:
        for name, value in fields.items():
            self._array[name] = value

    def _read(self, name: str) -> Any:
        return self._array[name][0]
