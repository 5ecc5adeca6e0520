"""The analysis thread: the callback's tap -> STFT frames -> masks -> filters or differences for the callback."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from realtime.filters import FilterDesign
from realtime.masks import MaskStream
from realtime.ring import Ring
from realtime.spatialiser import Spatialiser
from realtime.stft import NewestHop, OverlapAdd, StreamingSTFT

POLL_S = 0.002
MOST_LATE_FRAMES = 4
"""A frame with more complete ones than this behind it gets no inference, so that the newest comes sooner."""


class Analysis:
    """Keeps a spatialiser supplied from the sound in a tap.

    Parameters
    ----------
    tap
        Mono sound, written by the callback.
    spatialiser
        Gets a filter for the newest mask and, in overlap mode, the difference of every sample.
    overlap
        Makes those differences; None in filter mode.
    skip_when_late
        True while live. False where nobody waits: every frame gets its inference.

    Attributes
    ----------
    masks, late_inferences
        How many came out, how many were skipped.
    trouble
        One line when the thread had to give up; the sound goes on with the last filter.
    """

    def __init__(
        self,
        tap: Ring,
        stft: StreamingSTFT,
        stream: MaskStream,
        design: FilterDesign,
        spatialiser: Spatialiser,
        overlap: OverlapAdd | NewestHop | None = None,
        *,
        skip_when_late: bool,
    ) -> None:
        self._tap = tap
        self._stft = stft
        self._stream = stream
        self._design = design
        self._spatialiser = spatialiser
        self._overlap = overlap
        self._most_late = max(MOST_LATE_FRAMES, stream.step) if skip_when_late else None
        self._segment = np.zeros((1, stft.length), np.float32)
        self._next = 0
        self._next_overlap = -1
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.masks = 0
        self.late_inferences = 0
        self.trouble = ""

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def advance(self) -> None:
        """Work on every frame that is complete by now."""
        end = self._stft.frames_until(self._tap.written)
        newest: tuple[NDArray[np.complex64], int, int] | None = None
        for frame in range(self._next, end):
            position = self._stft.centre(frame)
            if not self._read(frame):
                # The tap was lapped: seconds behind, nothing to be saved.
                self.late_inferences += sum(self._stream.due(skipped) for skipped in range(frame, end))
                self._next = end
                return
            late = self._most_late is not None and end - frame > self._most_late
            spectrum = self._stft.spectrum(self._segment[0])
            image_position = self._stream.features(position).position
            masks = self._stream.push(frame, position, spectrum, infer=not late)
            self.late_inferences += late and self._stream.due(frame)
            self.masks += len(masks)
            if masks:
                newest = masks[-1], position, image_position
                if self._overlap is not None:
                    self._add(self._overlap, frame, masks)
        self._next = max(self._next, end)
        if newest is not None:
            mask, position, image_position = newest
            self._spatialiser.publish(self._design.design(mask), position, image_position)

    def _add(self, overlap: OverlapAdd | NewestHop, frame: int, masks: list[NDArray[np.complex64]]) -> None:
        difference = self._spatialiser.difference
        assert difference is not None
        first = frame - len(masks) + 1
        if first != self._next_overlap:
            difference.skip_to(overlap.restart(first))
        for number, mask in enumerate(masks, first):
            if self._read(number):
                ready = overlap.add(number, self._segment[0], self._design.response(mask, overlap.fft_size))
                difference.write(ready[None])
        self._next_overlap = frame + 1

    def _read(self, frame: int) -> bool:
        """The samples around a frame's middle into the segment; zeros lie before the stream's start."""
        start = self._stft.centre(frame) - self._stft.half
        missing = max(0, -start)
        self._segment[:, :missing] = 0
        return self._tap.read_into(start + missing, self._segment[:, missing:])

    def _run(self) -> None:
        try:
            while not self._stop.wait(POLL_S):
                self.advance()
        except Exception as error:  # noqa: BLE001 - whatever breaks here, the sound goes on and the reason is shown
            reason = (str(error) or type(error).__name__).splitlines()[0]
            self.trouble = f"the network stopped ({reason}); the sound goes on with its last filter; start again"
