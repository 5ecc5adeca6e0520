"""Chain: the plan of one run, its history, and the rack that plays it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import cast

from realtime.block_bridge import BlockBridge
from realtime.chain.foreign import saved, set_all
from realtime.chain.history import History
from realtime.chain.openings import Openings
from realtime.chain.plan import SPATIALISER, Plan, Slot
from realtime.chain.rack import Rack
from realtime.errors import EarsightError
from realtime.plugin import Format, Kernel, Plugin


@dataclass(frozen=True)
class SlotState:
    """What is known of one slot at this moment."""

    id: str
    name: str
    latency: int
    """Samples."""
    trouble: str
    """One line that says why the sound passes it by; empty when it does not."""
    opening: bool = False
    """Whether its plugin, or the one that takes its place, is still being opened."""


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

    Attributes
    ----------
    history
        Of its plans; the present one may lack what plugins have saved since, which `plan` has.
    patience_s
        How long an edit waits for plugins to be opened; what takes longer comes in when it is there, see `settle`, and
        until then the sound passes its slot by, or what was there plays on. None: edits wait as long as it takes.
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
        self._spatialiser = spatialiser
        self._live = live
        self._troubles: dict[str, str] = {}
        self._bridges: list[BlockBridge] = []
        self._openings = Openings(form, open_plugin, live=live)
        self._played = {slot.id: slot.state for slot in plan.slots()}
        self.history = History(plan)
        self.patience_s: float | None = None
        self.rack = Rack(form, self._make)
        try:
            self.rack.apply(plan)
        except BaseException:
            self.close()
            raise

    @property
    def plan(self) -> Plan:
        """As it is now, with what the plugins would save."""
        plan = self.history.now
        for slot in plan.slots():
            plugin = None if self._openings.under_way(slot) else self.plugin(slot.id)
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
        self._play(plan, self.patience_s)
        self.history.put(plan, kind)

    def resume(self, history: History[Plan]) -> None:
        """Play what another chain was to play, and undo what it would; raises as `edit`."""
        self._play(history.now, self.patience_s)
        self.history = history

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
        self.history.put(self.history.now.set(name, parameter, value), ("set", name, parameter))

    def undo(self) -> None:
        """Take the last edit back, if there is one; raises as `edit`."""
        try:
            self._play(self.history.undo(), self.patience_s)
        except EarsightError:
            self.history.redo()
            raise

    def redo(self) -> None:
        """Do again what was undone last; raises as `edit`."""
        try:
            self._play(self.history.redo(), self.patience_s)
        except EarsightError:
            self.history.undo()
            raise

    def plugin(self, name: str) -> Plugin | None:
        """The plugin in a slot, to ask for its parameters; None in that of the spatialiser, and where there is none."""
        plugin = self.rack.plugin_of(name)
        return None if plugin is self._spatialiser else cast(Plugin | None, plugin)

    def slots(self) -> tuple[SlotState, ...]:
        """Every slot of the plan, also those in branches."""
        broken = set(self.rack.broken())
        states: list[SlotState] = []
        for slot in self.history.now.slots():
            plugin = self.rack.plugin_of(slot.id)
            trouble = self._troubles.get(slot.id, "")
            if slot.id in broken:
                trouble = f"{slot.id} gave sound that is not finite and is passed by; remove it and add it again"
            elif isinstance(plugin, BlockBridge):
                trouble = plugin.trouble
            name = slot.plugin if plugin is None else plugin.name
            opening = self._openings.under_way(slot)
            states.append(SlotState(slot.id, name, self.rack.latency_of(slot.id), trouble, opening))
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
        """Let in what has been opened, and go what an edit has faded out; now and then."""
        self._land()
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
        self._openings.keep(())
        for bridge in self._bridges:
            bridge.stop()

    def _play(self, plan: Plan, patience_s: float | None) -> None:
        self._openings.be_patient(patience_s)
        for slot in plan.slots():
            plugin = self.plugin(slot.id) if self.rack.holds(slot.id, slot.plugin) else None
            for parameter in plugin.parameters if plugin is not None else ():
                parameter.accept(slot.values.get(parameter.name, parameter.default))
        anew = [slot.id for slot in plan.slots() if self._needs_another(slot) and self._openings.ready(slot)]
        self.rack.apply(plan, anew)
        self._openings.keep(plan.slots())
        self._played = {slot.id: slot.state for slot in plan.slots()}
        for slot in plan.slots():
            plugin = self.plugin(slot.id)
            if plugin is not None:
                defaults = {parameter.name: parameter.default for parameter in plugin.parameters}
                set_all(plugin, {name: slot.values.get(name, default) for name, default in defaults.items()})

    def _needs_another(self, slot: Slot) -> bool:
        """Whether the plugin in this slot is to give way to one that begins with another state, or is there at last."""
        if self._openings.under_way(slot):
            return True
        if slot.plugin == SPATIALISER or self._played.get(slot.id, slot.state) == slot.state:
            return False
        plugin = self.plugin(slot.id)
        return plugin is None or saved(plugin, slot.state) != slot.state

    def _land(self) -> None:
        """Let in what has been opened; what cannot be let in has its trouble."""
        landed = self._openings.landed()
        if not landed:
            return
        try:
            self._play(self.history.now, 0.0)
        except EarsightError as error:
            self._openings.forget(landed)
            self._troubles |= dict.fromkeys(landed, str(error))

    def _make(self, slot: Slot, before: Kernel | None) -> Kernel | None:
        if slot.plugin == SPATIALISER:
            return self._spatialiser
        self._troubles.pop(slot.id, None)
        state = slot.state if before is None else saved(cast(Plugin, before), slot.state)
        opened = self._openings.take(slot, state)
        if opened is None:
            return None
        if opened.plugin is None:
            self._troubles[slot.id] = opened.trouble
            return None
        try:
            set_all(cast(Plugin, opened.plugin), slot.values)
        except EarsightError as error:
            self._troubles[slot.id] = str(error)
            return None
        if isinstance(opened.plugin, BlockBridge):
            if self._live:
                opened.plugin.start()
            self._bridges.append(opened.plugin)
        return opened.plugin
