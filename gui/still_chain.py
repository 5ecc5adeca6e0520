"""A chain that is edited while nothing plays it."""

from __future__ import annotations

from collections.abc import Hashable

from realtime.chain.chain import SlotState
from realtime.chain.history import History
from realtime.chain.plan import Plan
from realtime.plugin import Plugin


class StillChain:
    """What the window edits while no host runs, as `gui.client.ChainClient` says; it has no plugins.

    Parameters
    ----------
    plan
        To begin with.
    """

    def __init__(self, plan: Plan) -> None:
        self._history = History(plan)

    @property
    def plan(self) -> Plan:
        return self._history.now

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    def edit(self, plan: Plan, kind: Hashable = None) -> None:
        """As `realtime.chain.chain.Chain.edit`; whether it can be played shows when it is."""
        self._history.put(plan, kind)

    def set(self, name: str, parameter: str, value: float) -> None:
        """As `realtime.chain.chain.Chain.set`."""
        self._history.put(self.plan.set(name, parameter, value), ("set", name, parameter))

    def undo(self) -> None:
        self._history.undo()

    def redo(self) -> None:
        self._history.redo()

    def plugin(self, name: str) -> Plugin | None:
        del name
        return None

    def slots(self) -> tuple[SlotState, ...]:
        """None: what a plugin is called, and how late it is, is known when it is made."""
        return ()
