"""What the window needs from outside: a host to run, and lists of devices and plugins to choose from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.chain.chain import SlotState
from realtime.chain.history import History
from realtime.chain.plan import Plan
from realtime.playback import Playback
from realtime.plugin import Parameter, Plugin
from realtime.settings import Settings
from realtime.stats import Snapshot


class ChainClient(Protocol):
    """A chain as the window edits it, see `realtime.chain.chain.Chain`; all on the window's thread."""

    @property
    def plan(self) -> Plan: ...

    @property
    def history(self) -> History[Plan]: ...

    def edit(self, plan: Plan, kind: Hashable = None) -> None: ...

    def set(self, name: str, parameter: str, value: float) -> None: ...

    def undo(self) -> None: ...

    def redo(self) -> None: ...

    def plugin(self, name: str) -> Plugin | None: ...

    def slots(self) -> tuple[SlotState, ...]: ...


class PlayingChain(ChainClient, Protocol):
    """That of a host."""

    patience_s: float | None

    def resume(self, history: History[Plan]) -> None: ...


class HostClient(Protocol):
    """The part of a host that the window uses.

    A `prepare` or `start` that raises EarsightError has closed everything again. They and `stop` may take seconds and
    are called from a worker thread, never at the same time as anything else of this host; the others are cheap and
    called from the window's thread between a finished `start` and the next `stop`, `snapshot` also after that.
    """

    def prepare(self) -> None: ...

    def start(self, before: Any = None) -> None:
        """See `realtime.host.Host.start`; the host before is one of the same maker's."""
        ...

    def stop(self) -> None: ...

    def snapshot(self) -> Snapshot: ...

    def scope(self, samples: int) -> tuple[int, NDArray[np.float32]]: ...

    def picture(self) -> NDArray[np.uint8] | None: ...

    def attention(self) -> NDArray[np.float32] | None: ...

    def histogram(self, quantity: str) -> NDArray[np.int64]: ...

    @property
    def chain(self) -> PlayingChain | None: ...

    def reset_counters(self) -> None: ...

    @property
    def playback(self) -> Playback | None:
        """Of the clip that is played; None while live."""
        ...

    def play(self) -> None: ...

    def pause(self) -> None: ...

    def seek(self, seconds: float) -> None: ...

    def loop(self, region: tuple[float, float] | None) -> None:
        """Seconds from and to; SettingsError for a region that is shorter than 50 ms."""
        ...

    @property
    def can_listen_to(self) -> tuple[str, ...]:
        """Those of `realtime.playback.LISTENING` that there are now."""
        ...

    @property
    def listening(self) -> str: ...

    def listen_to(self, what: str) -> None: ...


HostFactory = Callable[[Settings], HostClient]


class RemoteClient(Protocol):
    """OSC and MIDI, see `realtime.remote.remote.Remote`; all on the window's thread."""

    @property
    def address(self) -> str:
        """Where to turn it from, in words; "" where there is no such place."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """All so far, oldest first, `address` among them."""
        ...

    @property
    def stop_wanted(self) -> bool: ...

    def poll(self, running: Any) -> None:
        """Do what was asked for; `running` is the host, or None while there is none."""
        ...


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
