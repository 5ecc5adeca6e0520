"""Offline pictures: decoded and run through the visual network on another core while the sound is worked on."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from realtime.clip import ClipImages
from realtime.vision import Features, Vision

DEPTH = 8


class LookAhead:
    """Shows a vision the pictures of a clip at fixed times, computed ahead in one thread, so in the same order always.

    Parameters
    ----------
    vision
        Not started; it gets features, never images.
    images
        Closed at the end.
    rate
        Pictures per second.
    sample_rate
        Of the positions in the clip, Hz.
    """

    def __init__(self, vision: Vision, images: ClipImages, rate: float, sample_rate: int) -> None:
        self._vision = vision
        self._images = images
        self._rate = rate
        self._sample_rate = sample_rate
        self._index = 0
        self._pool = ThreadPoolExecutor(1, "look ahead")
        self._futures: deque[Future[Features]] = deque(self._pool.submit(self._run, index) for index in range(DEPTH))

    def __enter__(self) -> LookAhead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._images.close()

    def show_until(self, time_s: float) -> None:
        """Hand the vision every picture up to a time, stamped with its position."""
        while self._index / self._rate <= time_s:
            features = self._futures.popleft().result()
            self._futures.append(self._pool.submit(self._run, self._index + DEPTH))
            self._vision.remember(features)
            self._vision.images += 1
            self._index += 1

    def _run(self, index: int) -> Features:
        time_s = index / self._rate
        return self._vision.run(self._images.at(time_s), round(time_s * self._sample_rate))
