"""What the window needs from outside: a host to run and a list of devices to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.settings import Settings
from realtime.stats import Snapshot


class HostClient(Protocol):
    """The part of a host that the window uses.

    A `start` that raises EarsightError has closed everything again. `start` and `stop` may take seconds and are called
    from a worker thread, never at the same time as anything else; the others are cheap and called from the window's
    thread between a finished `start` and the next `stop`, `snapshot` also after that.
    """

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def snapshot(self) -> Snapshot: ...

    def scope(self, samples: int) -> tuple[int, NDArray[np.float32]]: ...

    def picture(self) -> NDArray[np.uint8] | None: ...

    def attention(self) -> NDArray[np.float32] | None: ...

    def reset_counters(self) -> None: ...


HostFactory = Callable[[Settings], HostClient]


@dataclass(frozen=True)
class Choice:
    """One entry of a list: what it is called, and the value that `Settings` takes for it."""

    label: str
    value: str


@dataclass(frozen=True)
class Sources:
    """What this machine has to hear, play and see with."""

    inputs: tuple[Choice, ...] = ()
    outputs: tuple[Choice, ...] = ()
    cameras: tuple[Choice, ...] = ()


SourceLister = Callable[[], Sources]
