"""Plays a recorded clip into the host in place of microphone and camera: sound ahead of time, pictures on time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from realtime.clip import Clip, ClipImages
from realtime.engine import Engine
from realtime.errors import ClipError
from realtime.ring import Ring
from realtime.vision import Vision

BLOCK = 4096
AHEAD_S = 2.0
POLL_S = 0.005
PICTURE_WIDTH = 640
Show: TypeAlias = Callable[[NDArray[np.uint8], int], None]
"""Receives an image, (H, W, 3) RGB, and the position in the stream at which it is due."""
PICTURE_STEP_S = 0.1
"""Most of the picture that is decoded between two fillings of the ring: sound comes first on a slow machine."""


class Player:
    """Feeds `ring` with a clip's mono sound and whoever looks with its pictures, from a thread of its own.

    Parameters
    ----------
    clip
        With or without picture.
    sample_rate
        Of the device, Hz.
    loop
        Begin again at the end, without a gap.

    Attributes
    ----------
    ring
        Mono, flow-controlled: the engine's source.
    trouble
        One line when the clip could not be read to its end, or "".
    """

    def __init__(self, clip: Clip, sample_rate: int, *, loop: bool) -> None:
        self.clip = clip
        self.ring = Ring(1, max(2 * BLOCK, round(AHEAD_S * sample_rate)))
        self.trouble = clip.warning
        self._sample_rate = sample_rate
        self._loop = loop
        self._blocks: Iterator[NDArray[np.float32]] = iter(())
        self._pending: NDArray[np.float32] | None = None
        self._pass_starts = [0]
        self._pictures: ClipImages | None = None
        self._picture_pass = -1
        self._picture_s = 0.0
        self._due = 0
        self._shown: NDArray[np.uint8] | None = None
        self._ended = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ended(self) -> bool:
        """Every sample of the clip has been handed to the engine's ring."""
        return self._ended.is_set()

    @property
    def finished(self) -> bool:
        """The engine has taken every sample."""
        return self.ended and self.ring.released >= self.ring.written

    def prime(self, vision: Vision) -> None:
        """Fill the ring and look at the first picture, before the sound starts. Main thread.

        Raises
        ------
        ClipError
            When the clip has no sound that can be read.
        """
        self._blocks = self.clip.audio_blocks(BLOCK, self._sample_rate)
        self._fill()
        if self.ring.written == 0:
            raise ClipError(f"clip '{self.clip.path}' has no sound that can be read; give another clip")
        image = self._picture()
        if image is not None:
            vision.picture = image
            vision.look(image, 0)

    def start(self, show: Show, engine: Engine) -> None:
        """Begin to feed the engine whose source `ring` is, and `show` with pictures. Main thread."""
        self._thread = threading.Thread(target=self._run, args=(show, engine), name="player", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._pictures is not None:
            self._pictures.close()

    def _run(self, show: Show, engine: Engine) -> None:
        try:
            while not self._stop.wait(POLL_S):
                self._fill()
                if self.ended:
                    engine.end_source()
                image = self._picture()
                if image is not None:
                    show(image, engine.position - max(0, self.ring.released - self._due))
        except Exception as error:  # noqa: BLE001 - whatever breaks here, the run must come to its end and say why
            reason = (str(error) or type(error).__name__).splitlines()[0]
            self.trouble = reason if isinstance(error, ClipError) else f"clip '{self.clip.path}' stopped: {reason}"
            self._ended.set()
            engine.end_source()

    def _fill(self) -> None:
        while not self.ended:
            if self._pending is None and not self._next_block():
                return
            assert self._pending is not None
            if self.ring.free() < self._pending.shape[1]:
                return
            self.ring.write(self._pending)
            self._pending = None

    def _next_block(self) -> bool:
        block = next(self._blocks, None)
        if block is None and self._loop and self.ring.written > self._pass_starts[-1]:
            self._pass_starts.append(self.ring.written)
            self._blocks = self.clip.audio_blocks(BLOCK, self._sample_rate)
            block = next(self._blocks, None)
        if block is None:
            self.trouble = self.trouble or self.clip.warning
            self._ended.set()
            return False
        self._pending = block.mean(0, keepdims=True, dtype=np.float32)
        return True

    def _picture(self) -> NDArray[np.uint8] | None:
        """The picture of the moment that plays now, if it is another than the last."""
        if not self.clip.has_picture:
            return None
        played = self.ring.released
        current = sum(start <= played for start in self._pass_starts) - 1
        if current != self._picture_pass or self._pictures is None:
            if self._pictures is not None:
                self._pictures.close()
            self._pictures = ClipImages(self.clip, PICTURE_WIDTH)
            self._picture_pass = current
            self._picture_s = 0.0
        now_s = (played - self._pass_starts[current]) / self._sample_rate
        self._picture_s = min(now_s, self._picture_s + PICTURE_STEP_S)
        image = self._pictures.at(self._picture_s)
        if image is self._shown:
            return None
        self._shown = image
        self._due = self._pass_starts[current] + round(self._pictures.time_s * self._sample_rate)
        return image
