"""The shape of a whole clip's sound, to be drawn while it is being read."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.clip import Clip
from realtime.errors import ClipError

STRETCHES = 4096
"""Of a clip as long as its file states: more than a window has columns."""
LEAST_STRETCH = 256
BLOCK = 65_536


@dataclass(frozen=True)
class Shape:
    """What was read so far: float32 (n,) for stretches of equal length, full scale 1.

    Attributes
    ----------
    low, high
        Least and largest sample of any channel.
    rms
        Root of the mean square over the channels.
    step_s
        Length of a stretch, seconds.
    """

    low: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    high: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    rms: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    step_s: float = 1.0

    @property
    def end_s(self) -> float:
        """How far it was read, seconds."""
        return len(self.low) * self.step_s


class Overview:
    """Reads a clip once, on a thread of its own, from `start` to its end or `stop`; any thread looks at it.

    Attributes
    ----------
    shape
        Of what was read so far; another object whenever there is more.
    clip
        The clip, as soon as it is open.
    whole
        Nothing more is to come.
    trouble
        One line when it could not be read, or "".
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shape = Shape()
        self.clip: Clip | None = None
        self.whole = False
        self.trouble = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="earsight-overview", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Read no further; does not wait."""
        self._stop.set()

    def join(self) -> None:
        """Wait until nothing is read any more."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._read(Clip.open(self.path))
        except Exception as error:  # noqa: BLE001 - whatever a damaged file does to a library, the window says it
            reason = (str(error) or type(error).__name__).splitlines()[0]
            self.trouble = reason if isinstance(error, ClipError) else f"clip '{self.path}' cannot be read: {reason}"
        self.whole = True

    def _read(self, clip: Clip) -> None:
        self.clip = clip
        step = max(LEAST_STRETCH, math.ceil(clip.duration_s * clip.sample_rate / STRETCHES))
        read = np.empty((3, STRETCHES + 1), np.float32)
        count = 0
        for block in clip.audio_blocks(step * max(1, BLOCK // step)):
            if self._stop.is_set():
                return
            fresh = _stretches(block, step)
            if count + fresh.shape[1] > read.shape[1]:
                read = np.concatenate((read[:, :count], np.empty((3, count + fresh.shape[1]), np.float32)), axis=1)
            read[:, count : count + fresh.shape[1]] = fresh
            count += fresh.shape[1]
            low, high, rms = read[:, :count]
            self.shape = Shape(low, high, rms, step / clip.sample_rate)
        self.trouble = clip.warning


def _stretches(block: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """(3, n) of least, largest and root mean square; the last stretch may be shorter."""
    starts = np.arange(0, block.shape[1], step)
    lengths = np.minimum(step, block.shape[1] - starts)
    power = np.add.reduceat(np.square(block).mean(0, dtype=np.float32), starts) / lengths
    return np.stack(
        (
            np.minimum.reduceat(block.min(0), starts),
            np.maximum.reduceat(block.max(0), starts),
            np.sqrt(power),
        )
    ).astype(np.float32)
