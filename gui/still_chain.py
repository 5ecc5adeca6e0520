"""A chain that is edited while nothing plays it."""

from __future__ import annotations

from collections.abc import Hashable

from realtime.chain.chain import SlotState
from realtime.chain.history import History
from realtime.chain.plan import Plan
from realtime.plugin import Plugin


class StillChain:
    """What the window edits while no host runs, as `gui.client.ChainClient` says; it has no plugins.

    Whether what was edited can be played shows when it is.

    Parameters
    ----------
    history
        Of the chain that was edited before.
    """

    def __init__(self, history: History[Plan]) -> None:
        self.history = history

    @property
    def plan(self) -> Plan:
        return self.history.now

    def edit(self, plan: Plan, kind: Hashable = None) -> None:
        self.history.put(plan, kind)

    def set(self, name: str, parameter: str, value: float) -> None:
        self.history.put(self.plan.set(name, parameter, value), ("set", name, parameter))

    def undo(self) -> None:
        self.history.undo()

    def redo(self) -> None:
        self.history.redo()

    def plugin(self, name: str) -> Plugin | None:
        del name
        return None

    def slots(self) -> tuple[SlotState, ...]:
        """None: what a plugin is called, and how late it is, is known when it is made."""
        return ()
