"""Where the time of a rendering goes: the clock around the functions that do the work, while a context lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from realtime import vision
from realtime.chain.chain import Chain
from realtime.clip import ClipImages
from realtime.engine import Engine
from realtime.evidence import Evidence
from realtime.filters import FilterDesign
from realtime.sessions import Network
from realtime.spatialiser import Spatialiser
from realtime.stft import NewestHop, OverlapAdd, StreamingSTFT
from realtime.watcher import Watcher

STAGES: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "callback": ((Engine, "process"),),
    "STFT": ((StreamingSTFT, "spectrum"),),
    "sound's half": ((Network, "step"), (Network, "masks")),
    "picture's half": ((Network, "visual"),),
    "fitting pictures": ((vision, "fit"),),
    "people and motion": ((Watcher, "look"),),
    "where-network": ((Evidence, "hear"),),
    "filter design": ((FilterDesign, "design"), (FilterDesign, "response"), (Spatialiser, "publish")),
    "overlap-add": ((OverlapAdd, "add"), (NewestHop, "add")),
    "decoding pictures": ((ClipImages, "at"),),
    "chain upkeep": ((Chain, "advance"),),
}
"""Name -> owners and names of functions, none of which calls another one of the table."""


class Stages:
    """Seconds by stage, of all threads: processor time of each, which waiting does not add to."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._lock = threading.Lock()

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time added to a stage's."""

        def timed(*arguments: Any, **named: Any) -> Any:
            begin = time.thread_time()
            try:
                return work(*arguments, **named)
            finally:
                taken = time.thread_time() - begin
                with self._lock:
                    self.seconds[stage] += taken

        return timed


@contextmanager
def stages() -> Generator[Stages]:
    """Take the time of everything in `STAGES`; the clock itself costs about a microsecond a call."""
    found = Stages()
    with ExitStack() as stack:
        for stage, methods in STAGES.items():
            for owner, name in methods:
                stack.enter_context(patch.object(owner, name, found.timed(stage, getattr(owner, name))))
        yield found
