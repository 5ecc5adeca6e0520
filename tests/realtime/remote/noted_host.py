"""A host that notes what it is told."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.playback import Playback
from realtime.stats import Snapshot


class NotedHost:
    """Silent, and without a chain."""

    chain = None

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.playback: Playback | None = None

    def snapshot(self) -> Snapshot:
        return Snapshot(running=True)

    def scope(self, samples: int) -> tuple[int, NDArray[np.float32]]:
        return 0, np.zeros((3, samples), np.float32)

    def reset_counters(self) -> None:
        self.told.append(("reset_counters",))

    def play(self) -> None:
        self.told.append(("play",))

    def pause(self) -> None:
        self.told.append(("pause",))

    def seek(self, seconds: float) -> None:
        self.told.append(("seek", seconds))

    def loop(self, region: tuple[float, float] | None) -> None:
        self.told.append(("loop", region))

    def listen_to(self, what: str) -> None:
        self.told.append(("listen_to", what))
