"""Openings: plugins that are opened beside the sound, since some take long to load, to compile or to read a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from threading import Thread
from typing import Any, cast

from realtime.block_bridge import BlockBridge
from realtime.chain.foreign import reason
from realtime.chain.plan import Slot
from realtime.errors import EarsightError
from realtime.plugin import BlockPlugin, Format, Kernel, KernelPlugin, Plugin, is_kernel


@dataclass(frozen=True)
class Opened:
    """What became of a slot's plugin: it is there and prepared, or one line says why not."""

    plugin: Kernel | None
    trouble: str = ""


@dataclass(frozen=True)
class _Opening:
    slot: Slot
    """As the plan has it."""
    future: Future[Opened]

    def fits(self, slot: Slot) -> bool:
        """Whether what is opened is what this slot needs; values can still be set."""
        return (self.slot.plugin, self.slot.state) == (slot.plugin, slot.state)


class Openings:
    """At most one for each slot. Main thread; the opening itself has a thread that nobody waits for at the end.

    Parameters
    ----------
    form
        Of the sound.
    open_plugin
        Brings a plugin by its identifier.
    live
        As `realtime.chain.chain.Chain` says.
    """

    def __init__(self, form: Format, open_plugin: Callable[[str], Plugin], *, live: bool) -> None:
        self._form = form
        self._open_plugin = open_plugin
        self._live = live
        self._under_way: dict[str, _Opening] = {}
        self._until_s: float | None = None

    def be_patient(self, patience_s: float | None) -> None:
        """From now on `ready` and `take` wait so long, in sum; None: as long as it takes, on the caller's thread."""
        self._until_s = None if patience_s is None else time.monotonic() + patience_s

    def under_way(self, slot: Slot) -> bool:
        """Whether what this slot needs is being opened, or has been and was not yet taken."""
        opening = self._under_way.get(slot.id)
        return opening is not None and opening.fits(slot)

    def landed(self) -> list[str]:
        """Ids of slots whose plugin has been opened, or has failed to, and was not yet taken."""
        return [name for name, opening in self._under_way.items() if opening.future.done()]

    def ready(self, slot: Slot) -> bool:
        """Whether `take` will give it; begins to open it."""
        return self._begun(slot, slot.state).done()

    def take(self, slot: Slot, state: Mapping[str, Any]) -> Opened | None:
        """The plugin of a slot, which begins with this state; None while that takes long."""
        future = self._begun(slot, state)
        if not future.done():
            return None
        del self._under_way[slot.id]
        return future.result()

    def keep(self, slots: Iterable[Slot]) -> None:
        """Forget what none of these slots needs."""
        self._under_way = {slot.id: self._under_way[slot.id] for slot in slots if self.under_way(slot)}

    def forget(self, names: Iterable[str]) -> None:
        """Forget those of slots of these ids."""
        for name in names:
            self._under_way.pop(name, None)

    def _begun(self, slot: Slot, state: Mapping[str, Any]) -> Future[Opened]:
        """The one under way, else a new one; it is done, or patience is over."""
        if not self.under_way(slot):
            self._under_way[slot.id] = _Opening(slot, self._begin(replace(slot, state=state)))
        future = self._under_way[slot.id].future
        wait([future], None if self._until_s is None else max(0.0, self._until_s - time.monotonic()))
        return future

    def _begin(self, slot: Slot) -> Future[Opened]:
        future: Future[Opened] = Future()

        def run() -> None:
            future.set_result(self._open(slot))

        if self._until_s is None:
            run()
        else:
            Thread(target=run, name=f"opening of {slot.plugin}", daemon=True).start()
        return future

    def _open(self, slot: Slot) -> Opened:
        """Any thread."""
        try:
            return Opened(self._prepared(slot))
        except EarsightError as error:
            return Opened(None, str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin is anybody's code; the chain plays without it
            return Opened(None, f"plugin '{slot.plugin}' cannot be used: {reason(error)}")

    def _prepared(self, slot: Slot) -> Kernel:
        plugin = self._open_plugin(slot.plugin)
        plugin.load(dict(slot.state))
        for name, value in slot.values.items():
            plugin.set(name, value)
        if not is_kernel(plugin):
            bridge = BlockBridge(cast(BlockPlugin, plugin), live=self._live)
            bridge.prepare(self._form)
            return bridge
        plugin.prepare(self._form)
        kernel = cast(KernelPlugin, plugin)
        # Those that ship are compiled when they are asked for it.
        _ = kernel.kernel_address
        return kernel
