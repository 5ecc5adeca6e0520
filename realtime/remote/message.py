"""Message: what somebody sent by OSC, and what its values are taken for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from realtime.errors import SettingsError
from realtime.remote.wire import Endpoint


@dataclass(frozen=True)
class Message:
    """What somebody sent."""

    sender: Endpoint
    address: str
    values: tuple[Any, ...]

    def number(self) -> float:
        """Its one value.

        Raises
        ------
        SettingsError
            When it is not one number.
        """
        if len(self.values) != 1 or not isinstance(self.values[0], int | float):
            raise SettingsError(f"{self.address} takes one number; given: {shown(self.values)}")
        return float(self.values[0])

    def part_and_name(self) -> tuple[str, str]:
        """Its two values; as `number`."""
        if len(self.values) != 2 or not all(isinstance(value, str) for value in self.values):
            raise SettingsError(f"{self.address} takes a slot's id and a parameter's name; given: {shown(self.values)}")
        return self.values[0], self.values[1]

    def numbers(self, what: str) -> tuple[float, ...]:
        """Its values, `what` they are; as `number`."""
        if not all(isinstance(value, int | float) for value in self.values):
            raise SettingsError(f"{self.address} takes {what}; given: {shown(self.values)}")
        return tuple(map(float, self.values))

    @property
    def pressed(self) -> bool:
        """Whether something is to happen: without a value, or with that of a button that goes down and not up."""
        return not self.values or self.number() != 0


def shown(values: Iterable[Any]) -> str:
    """For an error's text."""
    return ", ".join(f"{value!r:.40}" for value in values) or "nothing"
