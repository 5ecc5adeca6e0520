"""What the window needs from outside: a host to run, and lists of devices and plugins to choose from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.chain.chain import SlotState
from realtime.chain.plan import Plan
from realtime.plugin import Parameter, Plugin
from realtime.settings import Settings
from realtime.stats import Snapshot


class ChainClient(Protocol):
    """A chain as the window edits it, see `realtime.chain.chain.Chain`; all on the window's thread."""

    @property
    def plan(self) -> Plan: ...

    @property
    def can_undo(self) -> bool: ...

    @property
    def can_redo(self) -> bool: ...

    def edit(self, plan: Plan, kind: Hashable = None) -> None: ...

    def set(self, name: str, parameter: str, value: float) -> None: ...

    def undo(self) -> None: ...

    def redo(self) -> None: ...

    def plugin(self, name: str) -> Plugin | None: ...

    def slots(self) -> tuple[SlotState, ...]: ...


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

    @property
    def chain(self) -> ChainClient | None: ...

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


class ListedPlugin(Protocol):
    """A plugin that can be added, as a list knows it that has not opened it."""

    @property
    def identifier(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def maker(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...

    @property
    def trouble(self) -> str:
        """One line that says why it cannot be used; empty when it can."""
        ...


PluginLister = Callable[[], Sequence[ListedPlugin]]
"""May take long and is called on a thread of its own."""
