"""Plan: a chain of plugins as a value, which edits turn into other values. What plays is `realtime.chain.rack`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from realtime.errors import SettingsError

SPATIALISER = "spatialiser"
"""The plugin that the host brings: the network's. Every plan has one slot of it, at its top level."""
GAIN_DB = (-60.0, 24.0)
MOST_BRANCHES = 8


def _check_gain(gain_db: float, name: str) -> None:
    low, high = GAIN_DB
    if not low <= gain_db <= high:
        raise SettingsError(f"gain {gain_db:g} dB of '{name}' is out of range; accepted: {low:g} to {high:g}")


@dataclass(frozen=True)
class Slot:
    """One plugin in its place.

    Attributes
    ----------
    id
        Tells it from every other slot of the plan, for good: a moved slot keeps it.
    plugin
        Identifier, see `realtime.registry`.
    values
        Of parameters, by name; those not named are at their defaults.
    state
        What else the plugin saved.
    bypassed
        Whether the sound passes it by, as late as through it.
    wet
        0 (the sound as it comes, as late as the plugin's) to 1 (the plugin's).
    gain_db
        Of the plugin's sound.
    """

    id: str
    plugin: str
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    bypassed: bool = False
    wet: float = 1.0
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.wet <= 1:
            raise SettingsError(f"wet {self.wet:g} of slot '{self.id}' is out of range; accepted: 0 to 1")
        _check_gain(self.gain_db, self.id)


@dataclass(frozen=True)
class Branch:
    """One of several ways that the sound takes at once.

    Attributes
    ----------
    slots
        One after the other; none: the sound as it comes.
    muted
        Whether it is left out of the sum.
    """

    id: str
    slots: tuple[Slot, ...] = ()
    gain_db: float = 0.0
    muted: bool = False

    def __post_init__(self) -> None:
        _check_gain(self.gain_db, self.id)


@dataclass(frozen=True)
class Split:
    """Branches side by side, each given the same sound, summed as late as the latest of them."""

    id: str
    branches: tuple[Branch, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.branches) <= MOST_BRANCHES:
            raise SettingsError(f"split '{self.id}' has {len(self.branches)} branches; accepted: 1 to {MOST_BRANCHES}")


@dataclass(frozen=True)
class Plan:
    """The whole chain, first to last.

    Raises
    ------
    SettingsError
        When two parts have one id, or there is not exactly one spatialiser, at the top level.
    """

    items: tuple[Slot | Split, ...] = (Slot("spatialiser", SPATIALISER),)

    def __post_init__(self) -> None:
        ids = [part.id for part in self.parts()]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise SettingsError(f"the chain has two parts called '{twice[0]}'; give each its own id")
        here = sum(isinstance(item, Slot) and item.plugin == SPATIALISER for item in self.items)
        if here != 1 or sum(slot.plugin == SPATIALISER for slot in self.slots()) != 1:
            raise SettingsError("the chain has one spatialiser, outside of splits; bypass it to go without")

    def slots(self) -> Iterator[Slot]:
        """Every slot, also those in branches."""
        return (part for part in self.parts() if isinstance(part, Slot))

    def parts(self) -> Iterator[Slot | Split | Branch]:
        """Everything that has an id, outer before inner, first to last."""
        for item in self.items:
            yield item
            for branch in item.branches if isinstance(item, Split) else ():
                yield branch
                yield from branch.slots

    def part(self, name: str) -> Slot | Split | Branch:
        """The part of an id.

        Raises
        ------
        SettingsError
            When there is none.
        """
        for part in self.parts():
            if part.id == name:
                return part
        raise SettingsError(f"the chain has no '{name}'; it has: {', '.join(part.id for part in self.parts())}")

    def slot(self, name: str) -> Slot:
        """The slot of an id; as `part`."""
        part = self.part(name)
        if not isinstance(part, Slot):
            raise SettingsError(f"'{name}' is no slot but a {type(part).__name__.lower()}")
        return part

    def fresh_id(self, stem: str) -> str:
        """An id that no part has: the stem, or the stem with a number."""
        taken = {part.id for part in self.parts()}
        numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
        return next(name for name in (stem, *numbered) if name not in taken)

    def add(self, part: Slot | Split | Branch, at: int | None = None, into: str = "") -> Plan:
        """With another part: a slot or split at the top level, a slot in the branch or a branch in the split `into`.

        Parameters
        ----------
        at
            Index among its new neighbours; None for the end.
        """
        if isinstance(part, Branch) != bool(into and isinstance(self.part(into), Split)):
            raise SettingsError("branches go into splits, and nothing else does")
        if isinstance(part, Split) and into:
            raise SettingsError("a split cannot be in a branch")
        return self._with_children(into, lambda there: _inserted(there, part, at))

    def remove(self, name: str) -> Plan:
        """Without a part and what is in it."""
        self.part(name)
        return Plan(tuple(_without(item, name) for item in self.items if item.id != name))

    def move(self, name: str, at: int, into: str = "") -> Plan:
        """With a part elsewhere: at index `at` of its new neighbours, counted without it."""
        part = self.part(name)
        if isinstance(part, Slot) and part.plugin == SPATIALISER:
            if into:
                raise SettingsError("the spatialiser cannot be in a branch")
            rest = tuple(item for item in self.items if item.id != name)
            return Plan(_inserted(rest, part, at))
        return self.remove(name).add(part, at, into)

    def change(self, name: str, **changes: Any) -> Plan:
        """With other attributes of a part, such as `bypassed=True`."""
        self.part(name)
        return Plan(tuple(_changed(item, name, changes) for item in self.items))

    def set(self, name: str, parameter: str, value: float) -> Plan:
        """With another value of a parameter of a slot."""
        return self.change(name, values={**self.slot(name).values, parameter: value})

    def _with_children(self, into: str, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Plan:
        if not into:
            return Plan(change(self.items))
        owner = self.part(into)
        if isinstance(owner, Slot):
            raise SettingsError(f"'{into}' is a slot; nothing goes into it")
        if isinstance(owner, Split):
            return self.change(into, branches=change(owner.branches))
        return self.change(into, slots=change(owner.slots))


def _inserted(items: tuple[Any, ...], item: Any, at: int | None) -> tuple[Any, ...]:
    place = len(items) if at is None else max(0, min(at, len(items)))
    return (*items[:place], item, *items[place:])


def _without(item: Slot | Split, name: str) -> Slot | Split:
    if isinstance(item, Slot):
        return item
    kept = (branch for branch in item.branches if branch.id != name)
    return replace(
        item, branches=tuple(replace(b, slots=tuple(slot for slot in b.slots if slot.id != name)) for b in kept)
    )


def _changed(part: Any, name: str, changes: Mapping[str, Any]) -> Any:
    if part.id == name:
        return replace(part, **changes)
    if isinstance(part, Split):
        return replace(part, branches=tuple(_changed(branch, name, changes) for branch in part.branches))
    if isinstance(part, Branch):
        return replace(part, slots=tuple(_changed(slot, name, changes) for slot in part.slots))
    return part
