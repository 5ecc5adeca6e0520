"""Chain: the plan of one run, its history, and the rack that plays it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from realtime.block_bridge import BlockBridge
from realtime.chain.history import History
from realtime.chain.plan import SPATIALISER, Plan, Slot
from realtime.chain.rack import Rack
from realtime.errors import EarsightError, PluginError
from realtime.plugin import BlockPlugin, Format, Kernel, KernelPlugin, Plugin, is_kernel


@dataclass(frozen=True)
class SlotState:
    """What is known of one slot at this moment."""

    id: str
    name: str
    latency: int
    """Samples."""
    trouble: str
    """One line that says why the sound passes it by; empty when it does not."""


class Chain:
    """The chain of one run. Main thread.

    Parameters
    ----------
    form
        Of the sound.
    spatialiser
        Of the run's network.
    open_plugin
        Brings a plugin by its identifier, see `realtime.registry`.
    plan
        To begin with; what of it cannot be had is a placeholder that passes the sound on.
    live
        Whether block plugins that are late are passed by; else they are waited for, see `advance`.
    """

    def __init__(
        self,
        form: Format,
        spatialiser: Kernel,
        open_plugin: Callable[[str], Plugin],
        plan: Plan,
        *,
        live: bool = True,
    ) -> None:
        self._form = form
        self._spatialiser = spatialiser
        self._open = open_plugin
        self._live = live
        self._troubles: dict[str, str] = {}
        self._bridges: list[BlockBridge] = []
        self._played = {slot.id: slot.state for slot in plan.slots()}
        self._history = History(plan)
        self.rack = Rack(form, self._make)
        try:
            self.rack.apply(plan)
        except BaseException:
            self.close()
            raise

    @property
    def plan(self) -> Plan:
        """As it is now, with what the plugins would save."""
        plan = self._history.now
        for slot in plan.slots():
            plugin = self.plugin(slot.id)
            if plugin is not None and (state := plugin.save()) != slot.state:
                plan = plan.change(slot.id, state=state)
        return plan

    def edit(self, plan: Plan, kind: Hashable = None) -> None:
        """Play another plan from now on; edits of the same kind one after the other are undone in one step.

        Raises
        ------
        SettingsError
            When the plan cannot be played; what played before plays on.
        """
        self._play(plan)
        self._history.put(plan, kind)

    def set(self, name: str, parameter: str, value: float) -> None:
        """Change a parameter of a slot.

        Raises
        ------
        SettingsError
            When there is no such slot or parameter, or the value is not accepted.
        """
        plugin = self.plugin(name)
        if plugin is not None:
            plugin.set(parameter, value)
            value = plugin.get(parameter)
        self._history.put(self._history.now.set(name, parameter, value), ("set", name, parameter))

    def undo(self) -> None:
        """Take the last edit back, if there is one; raises as `edit`."""
        try:
            self._play(self._history.undo())
        except EarsightError:
            self._history.redo()
            raise

    def redo(self) -> None:
        """Do again what was undone last; raises as `edit`."""
        try:
            self._play(self._history.redo())
        except EarsightError:
            self._history.undo()
            raise

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    def plugin(self, name: str) -> Plugin | None:
        """The plugin in a slot, to ask for its parameters; None in that of the spatialiser, and where there is none."""
        plugin = self.rack.plugin_of(name)
        return None if plugin is self._spatialiser else cast(Plugin | None, plugin)

    def slots(self) -> tuple[SlotState, ...]:
        """Every slot of the plan, also those in branches."""
        broken = set(self.rack.broken())
        states: list[SlotState] = []
        for slot in self._history.now.slots():
            plugin = self.rack.plugin_of(slot.id)
            trouble = self._troubles.get(slot.id, "")
            if slot.id in broken:
                trouble = f"{slot.id} gave sound that is not finite and is passed by; remove it and add it again"
            elif isinstance(plugin, BlockBridge):
                trouble = plugin.trouble
            name = slot.plugin if plugin is None else plugin.name
            states.append(SlotState(slot.id, name, self.rack.latency_of(slot.id), trouble))
        return tuple(states)

    @property
    def late_blocks(self) -> int:
        """Blocks for which a block plugin was late."""
        return sum(bridge.late_blocks for bridge in self._bridges)

    def advance(self) -> None:
        """Let block plugins do what is due, when the run is not live."""
        for bridge in self._bridges:
            bridge.advance()

    def settle(self) -> None:
        """Let go of what an edit has faded out; now and then."""
        self.rack.settle()
        there = set(map(id, self.rack.plugins()))
        for bridge in self._bridges:
            if id(bridge) not in there:
                bridge.stop()
        self._bridges = [bridge for bridge in self._bridges if id(bridge) in there]

    def reset_counters(self) -> None:
        """Count late blocks from zero again."""
        for bridge in self._bridges:
            bridge.reset_counters()

    def close(self) -> None:
        """End what runs beside the sound. After the callback has stopped."""
        for bridge in self._bridges:
            bridge.stop()

    def _play(self, plan: Plan) -> None:
        anew: list[str] = []
        for slot in plan.slots():
            plugin = self.plugin(slot.id) if self.rack.holds(slot.id, slot.plugin) else None
            if plugin is None:
                continue
            for parameter in plugin.parameters:
                parameter.accept(slot.values.get(parameter.name, parameter.default))
            if slot.state not in (self._played.get(slot.id), _saved(plugin, slot.state)):
                anew.append(slot.id)
        self.rack.apply(plan, anew)
        self._played = {slot.id: slot.state for slot in plan.slots()}
        for slot in plan.slots():
            plugin = self.plugin(slot.id)
            for parameter in plugin.parameters if plugin is not None else ():
                value = slot.values.get(parameter.name, parameter.default)
                if plugin is not None and plugin.get(parameter.name) != value:
                    _set(plugin, parameter.name, value)

    def _make(self, slot: Slot, before: Kernel | None) -> Kernel | None:
        if slot.plugin == SPATIALISER:
            return self._spatialiser
        self._troubles.pop(slot.id, None)
        try:
            if before is not None:
                slot = replace(slot, state=_saved(cast(Plugin, before), slot.state))
            return self._made(slot)
        except EarsightError as error:
            self._troubles[slot.id] = str(error)
        except Exception as error:  # noqa: BLE001 - a plugin is anybody's code; the chain plays without it
            reason = (str(error) or type(error).__name__).splitlines()[0]
            self._troubles[slot.id] = f"plugin '{slot.plugin}' cannot be used: {reason}"
        return None

    def _made(self, slot: Slot) -> Kernel:
        plugin = self._open(slot.plugin)
        plugin.load(dict(slot.state))
        for name, value in slot.values.items():
            plugin.set(name, value)
        if is_kernel(plugin):
            plugin.prepare(self._form)
            return cast(KernelPlugin, plugin)
        bridge = BlockBridge(cast(BlockPlugin, plugin), live=self._live)
        bridge.prepare(self._form)
        if self._live:
            bridge.start()
        self._bridges.append(bridge)
        return bridge


def _saved(plugin: Plugin, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the plugin saves; a plugin is anybody's code, and where that fails what was known."""
    try:
        return plugin.save()
    except Exception:  # noqa: BLE001 - see above
        return otherwise


def _set(plugin: Plugin, parameter: str, value: float) -> float:
    """Set a parameter; gives what it is then. Raises nothing but EarsightError."""
    try:
        plugin.set(parameter, value)
        return plugin.get(parameter)
    except EarsightError:
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise PluginError(f"{plugin.name} does not take {value:g} for {parameter}: {reason}") from error
