"""The vision thread: newest image in, newest visual features and sights out; one that came too soon is dropped."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.modelfile import ModelInfo
from realtime.pictures import fit
from realtime.stats import Durations
from realtime.watcher import Sight, Watcher

HISTORY = 64
"""Features kept, newest last: the paper's network wants the image in the middle of its window, not the newest."""


@dataclass(frozen=True)
class Features:
    """What an image gave."""

    values: NDArray[np.float32]
    """The network's visual features."""
    position: int
    """In the stream when the image was taken; -1 for no image."""
    sight: Sight | None = None
    """What a watcher made of the image, or of the newest one before that it looked at."""


class Looking(Protocol):
    """What looks at pictures: a network, or what stands in for one."""

    info: ModelInfo
    blank_features: NDArray[np.float32]

    def visual(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features of a picture of its size."""
        ...


class Vision:
    """Runs the visual network on the newest image.

    Parameters
    ----------
    network
        Loaded.
    watcher
        For a network that takes cues: looks at the images too.

    `show` may be called by any one thread, the properties by all. Until the first image the features are a blank
    picture's.
    """

    def __init__(self, network: Looking, watcher: Watcher | None = None) -> None:
        self._network = network
        self._watcher = watcher
        self._sight: Sight | None = None
        self._size = network.info.image["width"], network.info.image["height"]
        self._arrived = threading.Condition()
        self._waiting: tuple[NDArray[np.uint8], int] | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._history: deque[Features] = deque([Features(network.blank_features, -1)], maxlen=HISTORY)
        self._seen: tuple[NDArray[np.uint8], NDArray[np.float32]] | None = None
        self.durations = Durations()
        self.picture: NDArray[np.uint8] | None = None
        """The newest image shown, (H, W, 3) RGB."""
        self.images = 0
        self.trouble = ""
        """One line when the thread had to give up, or ""."""
        self.dropped = 0

    @property
    def newest(self) -> Features:
        return self._history[-1]

    def near(self, position: int) -> Features:
        """The features whose image was taken nearest to a position."""
        return min(tuple(self._history), key=lambda features: abs(features.position - position))

    def show(self, image: NDArray[np.uint8], position: int) -> None:
        """Hand over an image (H, W, 3) RGB taken at a stream position; replaces one that still waits."""
        with self._arrived:
            self.images += 1
            self.dropped += self._waiting is not None
            self.picture = image
            self._waiting = (image, position)
            self._arrived.notify()

    def look(self, image: NDArray[np.uint8], position: int) -> None:
        """Run the network on an image now, in the caller's thread, and remember what it gave."""
        self.remember(self.run(image, position))

    def run(self, image: NDArray[np.uint8], position: int) -> Features:
        """Features of an image; one that shows the same as the one before is not run again. One thread at a time."""
        if self._watcher is not None:
            self._sight = self._watcher.look(image, position) or self._sight
        small = fit(image, *self._size)
        if self._seen is None or not np.array_equal(small, self._seen[0]):
            started = time.perf_counter_ns()
            values = self._network.visual(small)
            self.durations.add(time.perf_counter_ns() - started)
            self._seen = small, values
        return Features(self._seen[1], position, self._sight)

    def remember(self, features: Features) -> None:
        """From now on these are the newest features."""
        self._history.append(features)
        if self._history[0].position < 0:
            self._history.popleft()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="vision", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._arrived:
            self._stopping = True
            self._arrived.notify()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            with self._arrived:
                self._arrived.wait_for(lambda: self._stopping or self._waiting is not None)
                if self._stopping or self._waiting is None:
                    return
                image, position = self._waiting
                self._waiting = None
            try:
                self.look(image, position)
            except Exception as error:  # noqa: BLE001 - the sound goes on with the last picture and the reason is shown
                reason = (str(error) or type(error).__name__).splitlines()[0]
                self.trouble = f"the picture is no longer looked at ({reason}); start again"
                return
