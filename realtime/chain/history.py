"""History: values that were, for undo and redo."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

_Value = TypeVar("_Value")
LONGEST = 200


class History(Generic[_Value]):
    """The value now, and those before and after it.

    Parameters
    ----------
    value
        To begin with.
    """

    def __init__(self, value: _Value) -> None:
        self.now = value
        self._before: list[_Value] = []
        self._after: list[_Value] = []
        self._kind: Hashable = None

    def put(self, value: _Value, kind: Hashable = None) -> None:
        """A new value; one of the same kind as the last (but None) takes its place, so a knob's turn is one step."""
        if kind is None or kind != self._kind:
            self._before = [*self._before[-LONGEST + 1 :], self.now]
        self.now, self._kind = value, kind
        self._after.clear()

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)

    def undo(self) -> _Value:
        """The value before; the same when there is none."""
        if self._before:
            self._after.append(self.now)
            self.now, self._kind = self._before.pop(), None
        return self.now

    def redo(self) -> _Value:
        """What the last undo took back; the same when there is nothing."""
        if self._after:
            self._before.append(self.now)
            self.now, self._kind = self._after.pop(), None
        return self.now
