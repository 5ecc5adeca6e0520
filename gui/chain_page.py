"""The page that shows and edits the chain, whether a host plays it or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.buttons import button
from gui.catalogue import Catalogue
from gui.client import ChainClient, ListedPlugin, PlayingChain
from gui.known import Known, known_of
from gui.moves import moved, placed, replaced
from gui.plugin_picker import PluginPicker
from gui.rack_view import RackView
from gui.session_menu import SessionMenu
from gui.still_chain import StillChain
from gui.theme import GAP, QUIET, label
from realtime.chain.history import History
from realtime.chain.plan import Branch, Plan, Slot, Split
from realtime.errors import EarsightError
from realtime.presets import Preset, read_preset, write_preset

PATIENCE_S = 0.05
"""How long the window may stand still while a plugin opens; one that takes longer comes in when it is there."""
LOOKS_PER_READ = 5
"""Plugins are asked for their whole state only so often: for some that takes long."""


class ChainPage(QWidget):
    """Edits the chain of the host that runs, and without one the plan that the next will begin with.

    Parameters
    ----------
    plan
        To begin with.
    catalogue
        What can be added.
    sessions
        Stands beside the chain.
    """

    failed = Signal(str)
    """One line: why something was not done."""

    def __init__(self, plan: Plan, catalogue: Catalogue, sessions: SessionMenu) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._chain: ChainClient = StillChain(History(plan))
        self._plan = self._seen = plan
        self._known: dict[str, Known] = {}
        self._sample_rate = 1
        self._looks = 0
        self._unread = ""
        self.rack = RackView()
        self.sessions = sessions
        self.add = button(self.tr("+ Plugin"), self.tr("Add a plugin at the end of the chain"))
        self.split = button(self.tr("+ Split"), self.tr("Add a place where the sound takes several ways at once"))
        self.undo = button(self.tr("Undo"), self.tr("Take the last edit back (Ctrl+Z)"))
        self.redo = button(self.tr("Redo"), self.tr("Do again what was undone (Ctrl+Shift+Z)"))
        self.total = label("", 12, QUIET)
        self.total.setToolTip(self.tr("By how much the whole chain makes the sound later"))
        self._arrange()
        self._connect()
        self.refresh()

    @property
    def plan(self) -> Plan:
        """As it is now, with what the plugins would save."""
        self._read()
        return self._plan

    @property
    def latencies(self) -> tuple[tuple[str, int], ...]:
        """Name and samples of each slot that makes the sound later, as the chain was seen last."""
        return tuple((slot.name, slot.latency) for slot in self._known.values() if slot.latency)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What the rows say is wrong, one line each."""
        return tuple(slot.trouble for slot in self._known.values() if slot.trouble)

    def attach(self, chain: PlayingChain, sample_rate: int) -> None:
        """Edit this chain from now on; it goes on where the one before was left."""
        history = self._chain.history
        self._chain, self._sample_rate = chain, sample_rate
        chain.patience_s = PATIENCE_S
        self._try(lambda: chain.resume(history))

    def rest(self) -> None:
        """Nothing plays from now on, or soon: edit the plan alone."""
        if not isinstance(self._chain, StillChain):
            history = self._chain.history
            history.now = self.plan
            self._chain = StillChain(history)
        self.total.clear()
        self.refresh()

    def take(self, plan: Plan) -> None:
        """Edit the chain so that it is as in `plan`."""
        self._try(lambda: self._chain.edit(plan))

    def follow(self, latency: int) -> None:
        """Show what is known at this moment, several times a second; `latency` is the whole chain's, samples."""
        self.total.setText(self.tr("Processing {0} ms").format(f"{1000 * latency / self._sample_rate:.1f}"))
        self._looks += 1
        if self._looks % LOOKS_PER_READ == 0:
            self._read()
        self.refresh()

    def poll(self) -> None:
        """Show at once what others have edited; thirty times a second."""
        if self._chain.history.now is not self._seen:
            self._see(self._chain.history.now)
            self.refresh()

    def refresh(self) -> None:
        """Show what is known."""
        states = {state.id: state for state in self._chain.slots()}
        self._known = {
            slot.id: known_of(slot, self._chain, states.get(slot.id), self._catalogue) for slot in self._plan.slots()
        }
        self.rack.show_plan(self._plan, self._known, self._sample_rate)
        self._allow()

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(GAP // 2)
        for part in (self.add, self.split, self.undo, self.redo):
            bar.addWidget(part)
        bar.addStretch()
        bar.addWidget(self.total)
        bar.addSpacing(GAP // 2)
        bar.addWidget(self.sessions)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP // 2)
        whole.addLayout(bar)
        whole.addWidget(self.rack, 1)

    def _connect(self) -> None:
        self.add.clicked.connect(lambda: self.pick(""))
        self.split.clicked.connect(self._add_split)
        self.undo.clicked.connect(self.take_back)
        self.redo.clicked.connect(self.do_again)
        self.rack.changed.connect(self._change)
        self.rack.turned.connect(self._turn)
        self.rack.state_wanted.connect(self._replace)
        self.rack.step_wanted.connect(lambda name, step: self._edit(lambda plan: moved(plan, name, step)))
        self.rack.place_wanted.connect(self._place)
        self.rack.remove_wanted.connect(lambda name: self._edit(lambda plan: plan.remove(name)))
        self.rack.add_wanted.connect(self._add_into)
        self.rack.preset_wanted.connect(self._load_preset)
        self.rack.preset_given.connect(self._save_preset)
        self.rack.failed.connect(self.failed)
        self.rack.folded.connect(self.refresh)
        self._catalogue.changed.connect(self.refresh)

    def take_back(self) -> None:
        """Undo."""
        self._try(self._chain.undo)

    def do_again(self) -> None:
        """Redo."""
        self._try(self._chain.redo)

    def pick(self, into: str) -> PluginPicker:
        """Let the user pick a plugin for the branch of an id, or for the end of the chain where that is ""."""
        picker = PluginPicker(self._catalogue, self)
        picker.picked.connect(lambda plugin: self.add_plugin(plugin, into))
        picker.finished.connect(picker.deleteLater)
        picker.open()
        return picker

    def add_plugin(self, plugin: ListedPlugin, into: str = "") -> None:
        """Add a plugin at the end of the chain, or of a branch."""
        stem = re.sub(r"[^a-z0-9]+", "-", plugin.name.lower()).strip("-") or "plugin"
        name = self._plan.fresh_id(stem)
        self._edit(lambda plan: plan.add(Slot(name, plugin.identifier), into=into))
        self.rack.reveal(name)

    def _add_split(self) -> None:
        name = self._plan.fresh_id("split")
        self._edit(lambda plan: plan.add(Split(name, (Branch(plan.fresh_id("branch")),))))
        self.rack.reveal(name)

    def _add_into(self, name: str) -> None:
        if isinstance(self._plan.part(name), Branch):
            self.pick(name)
        else:
            self._edit(lambda plan: plan.add(Branch(plan.fresh_id("branch"), muted=True), into=name))

    def _place(self, name: str, above: int | None) -> None:
        """Put a part that was dragged where it was let go; where it was, nothing is to be undone."""
        now = self._chain.history.now
        if placed(now, name, above) != now:
            self._edit(lambda plan: placed(plan, name, above))

    def _change(self, name: str, changes: dict[str, object], kind: Hashable) -> None:
        self._edit(lambda plan: plan.change(name, **changes), kind)

    def _replace(self, name: str, state: dict[str, object]) -> None:
        """Let the slot's plugin begin anew with that state, also if it is the same: a file may be there by now."""
        slot = self._plan.slot(name)
        if state != slot.state:
            self._change(name, {"state": state}, None)
            return
        other = replace(slot, id=self._plan.fresh_id(slot.plugin))
        self._edit(lambda plan: replaced(plan, name, other))
        self.rack.slot_row(other.id).fold.setChecked(True)

    def _load_preset(self, name: str, preset_name: str) -> None:
        try:
            preset = read_preset(self._plan.slot(name).plugin, preset_name)
        except EarsightError as error:
            self.failed.emit(str(error))
            return
        there = {parameter.name for parameter in self._known[name].parameters}
        values = {parameter: value for parameter, value in preset.values.items() if parameter in there}
        if unknown := preset.values.keys() - there:
            line = self.tr("{0} has no {1}; the rest of the preset {2} was loaded")
            self.failed.emit(line.format(self._known[name].name, ", ".join(sorted(unknown)), preset_name))
        self._change(name, {"values": values, "state": preset.state}, None)

    def _save_preset(self, name: str, preset_name: str) -> None:
        slot, known = self.plan.slot(name), self._known[name]
        values = {parameter.name: known.value_of(parameter.name) for parameter in known.parameters}
        try:
            write_preset(preset_name, Preset(slot.plugin, values, slot.state))
        except EarsightError as error:
            self.failed.emit(str(error))

    def _turn(self, name: str, parameter: str, value: float) -> None:
        try:
            self._chain.set(name, parameter, value)
            self._see(self._chain.history.now)
            self._allow()
        except EarsightError as error:
            self.failed.emit(str(error))
            self.refresh()

    def _edit(self, change: Callable[[Plan], Plan], kind: Hashable = None) -> None:
        # Not of the plan with what plugins have saved since: undone, that would make them begin anew.
        self._try(lambda: self._chain.edit(change(self._chain.history.now), kind))

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except EarsightError as error:
            self.failed.emit(str(error))
        self._read()
        self.refresh()

    def _read(self) -> None:
        """Look at the plan with what its plugins would save; one that cannot say its state is told of once."""
        self._see(self._chain.history.now)
        try:
            self._plan, self._unread = self._chain.plan, ""
        except EarsightError as error:
            if str(error) != self._unread:
                self._unread = str(error)
                self.failed.emit(self._unread)

    def _see(self, plan: Plan) -> None:
        self._plan = self._seen = plan

    def _allow(self) -> None:
        self.undo.setEnabled(self._chain.history.can_undo)
        self.redo.setEnabled(self._chain.history.can_redo)

    def showEvent(self, event: QShowEvent) -> None:
        """Look for plugins when they are wanted for the first time."""
        super().showEvent(event)
        self._catalogue.look_once()
        self.refresh()
