"""Rack: a chain as it plays. Takes one plan after another and fades from what is heard to what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import aligned_words, compiled, load_acquire, store_release
from realtime.chain import rack_kernel as kernel
from realtime.chain.mounting import Mounting
from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split
from realtime.errors import SettingsError
from realtime.plugin import Format, Kernel

LONGEST_S = 1.0
"""A split's branches can wait this long for the latest."""

Make = Callable[[Slot, Kernel | None], Kernel | None]
"""A slot, and the plugin that it had elsewhere -> a prepared plugin; None where it cannot be had."""


@compiled
def _load(state: NDArray[np.int64], index: int) -> int:
    return load_acquire(state, index)


@compiled
def _store(state: NDArray[np.int64], index: int, value: int) -> None:
    store_release(state, index, value)


@dataclass(frozen=True)
class _Place:
    """A part of the plan where it is heard, or where it is fading out."""

    id: str
    plugin: str
    """Identifier of a slot's plugin; "" for a branch or split."""
    mounting: Mounting
    children: tuple[_Place, ...] = ()
    """A split's branches, a branch's slots."""
    is_split: bool = False
    leaving: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What is the same before and after an edit plays on."""
        return _key(self.id, self.plugin)

    @property
    def latency(self) -> int:
        """Samples; of a split, its latest branch's."""
        if not self.children:
            return self.mounting.latency
        latencies = [child.latency for child in self.children if not child.leaving]
        return max(latencies, default=0) if self.is_split else sum(latencies)


class Rack:
    """Kernel plugin that is a chain of kernel plugins. Main thread; the callback never waits for it.

    Parts of two plans with the same id are the same: they play on. A part that is new fades in, one that is gone fades
    out, and one that has moved does both, the newcomer being given what the old one knew.

    Parameters
    ----------
    form
        Of the sound.
    make
        Brings a slot's plugin. That of the spatialiser is asked for once.
    """

    name = "rack"

    def __init__(self, form: Format, make: Make) -> None:
        self._form = form
        self._make = make
        self._places: tuple[_Place, ...] = ()
        self._by_id: dict[str, _Place] = {}
        self._scratch = np.zeros((kernel.SCRATCH_ROWS, form.block_size), np.float32)
        self._pointers = np.zeros(kernel.POINTER_WORDS, np.int64)
        self._table = np.zeros(1, np.int64)
        self._retired: list[tuple[int, object]] = []
        self._state = state = aligned_words(kernel.STATE_WORDS)
        state[kernel.MAX_BLOCK] = form.block_size
        state[kernel.SCRATCH] = self._scratch.ctypes.data
        state[kernel.POINTERS] = self._pointers.ctypes.data
        state[kernel.TABLE] = self._table.ctypes.data

    @property
    def kernel_address(self) -> int:
        return kernel.rack_kernel.address

    @property
    def state_address(self) -> int:
        return self._state.ctypes.data

    @property
    def latency(self) -> int:
        """Of the slots and splits that stay, in sum."""
        return sum(place.latency for place in self._places if not place.leaving)

    def latency_of(self, name: str) -> int:
        """Of one part: a slot's, a branch's own, a split's latest branch's; 0 when there is no such part."""
        place = self._by_id.get(name)
        return 0 if place is None else place.latency

    def plugin_of(self, name: str) -> Kernel | None:
        """The plugin in a slot; None where there is none."""
        place = self._by_id.get(name)
        return None if place is None else place.mounting.plugin

    def plugins(self) -> Iterator[Kernel]:
        """All plugins, also those that are fading out."""
        return (place.mounting.plugin for place in _all(self._places) if place.mounting.plugin is not None)

    def broken(self) -> list[str]:
        """Ids of slots whose plugin gave what is not finite: the sound passes them by until they are made anew."""
        return [name for name, place in self._by_id.items() if place.mounting.broken]

    def reset(self, position: int = 0) -> None:
        """As `Kernel` says."""
        for place in _all(self._places):
            place.mounting.reset(position)

    def holds(self, name: str, plugin: str) -> bool:
        """Whether there is a slot of this id with a plugin of this identifier."""
        place = self._by_id.get(name)
        return place is not None and place.plugin == plugin and place.mounting.plugin is not None

    def apply(self, plan: Plan, anew: Collection[str] = ()) -> None:
        """Play this plan from the next block on; what changes fades, see `realtime.chain.mounting`.

        Parameters
        ----------
        anew
            Ids of slots that get another plugin even if theirs could play on.

        Raises
        ------
        SettingsError
            When branches are too far apart in time; what played before plays on.
        """
        known = {place.key: place.mounting for place in _all(self._places) if place.id not in anew}
        places = self._merged(self._places, plan.items, known)
        longest = round(LONGEST_S * self._form.sample_rate)
        for place in places:
            if place.is_split and place.latency > longest:
                raise SettingsError(
                    f"a branch of '{place.id}' is {place.latency} samples late; accepted in a split: up to {longest}"
                )
        running = _load(self._state, kernel.CALLS) > 0
        playing = {id(place.mounting) for place in _all(self._places)}
        for place in _all(places):
            if place.leaving:
                place.mounting.leave()
        _aim(places, {part.id: part for part in plan.parts()})
        _arrive(places, playing)
        for place in _all(places) if not running else ():
            place.mounting.jump()
        self._publish(places if running else _without(places, lambda place: place.leaving))

    def settle(self) -> None:
        """Let go of what has faded out: now and then, when there was an edit."""
        if any(place.mounting.gone for place in _all(self._places)):
            self._publish(_without(self._places, lambda place: place.mounting.gone))
        elif self._retired:
            self._let_go()

    def _merged(
        self,
        old: Sequence[_Place],
        parts: Sequence[Slot | Split | Branch],
        known: dict[tuple[str, str], Mounting],
    ) -> tuple[_Place, ...]:
        """The parts in their order, those that play on as they are, and those that leave where they were."""
        keys = [_key(part.id, part.plugin if isinstance(part, Slot) else "") for part in parts]
        kept = _kept([place.key for place in old if not place.leaving and place.key in known], keys)
        merged: list[_Place] = []
        rest = iter(old)
        for part, key in zip(parts, keys, strict=True):
            inner = _children(part)
            if key in kept:
                for place in rest:
                    if place.key == key and not place.leaving:
                        children = self._merged(place.children, inner, known)
                        merged.append(replace(place, id=part.id, children=children))
                        break
                    merged.append(replace(place, leaving=True))
                continue
            is_slot = isinstance(part, Slot)
            plugin = self._make(part, known[key].plugin if key in known else None) if is_slot else None
            longest = plugin.latency if plugin is not None else round(LONGEST_S * self._form.sample_rate)
            longest = longest if isinstance(part, Branch) or is_slot else 0
            mounting = Mounting(self._form, plugin, longest, forgiven=key[1] == SPATIALISER)
            merged.append(
                _Place(part.id, key[1], mounting, self._merged((), inner, known), is_split=isinstance(part, Split))
            )
        return (*merged, *(replace(place, leaving=True) for place in rest))

    def _let_go(self) -> None:
        """Forget what the callback has certainly left."""
        calls = _load(self._state, kernel.CALLS)
        self._retired = [entry for entry in self._retired if calls < entry[0] + 2]

    def _publish(self, places: tuple[_Place, ...]) -> None:
        """Hand a table to the callback; what it may still be in is kept until it has certainly left it."""
        steps = list(_steps(places))
        table = np.array([len(steps), *(word for step in steps for word in step)], np.int64)
        _store(self._state, kernel.TABLE, table.ctypes.data)
        self._let_go()
        self._retired.append((_load(self._state, kernel.CALLS), (self._table, self._places)))
        self._table, self._places = table, places
        self._by_id = {place.id: place for place in _all(_without(places, lambda place: place.leaving))}


def _key(name: str, plugin: str) -> tuple[str, str]:
    """There is one spatialiser, whatever its slot is called."""
    return ("" if plugin == SPATIALISER else name), plugin


def _children(part: Slot | Split | Branch) -> Sequence[Slot | Branch]:
    if isinstance(part, Slot):
        return ()
    return part.branches if isinstance(part, Split) else part.slots


def _kept(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """What is in both in the same order; the spatialiser always, because there is only one."""
    anchor = next((key for key in new if key[1] == SPATIALISER), None)
    if anchor is not None and anchor in old:
        here, there = old.index(anchor), new.index(anchor)
        return {anchor} | _kept(old[:here], new[:there]) | _kept(old[here + 1 :], new[there + 1 :])
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {key for block in blocks for key in old[block.a : block.a + block.size]}


def _all(places: Iterable[_Place]) -> Iterator[_Place]:
    """The places and everything in them."""
    for place in places:
        yield place
        yield from _all(place.children)


def _without(places: Iterable[_Place], unwanted: Callable[[_Place], bool]) -> tuple[_Place, ...]:
    return tuple(replace(place, children=_without(place.children, unwanted)) for place in places if not unwanted(place))


def _aim(places: Iterable[_Place], parts: dict[str, Slot | Split | Branch], late: int = 0) -> None:
    """Tell every place that stays where to glide; `late` is how late the latest branch of their split is."""
    for place in places:
        part = parts.get(place.id)
        if place.leaving or part is None:
            continue
        if isinstance(part, Slot):
            place.mounting.aim(active=not part.bypassed, wet=part.wet, gain=10 ** (part.gain_db / 20))
        elif isinstance(part, Branch):
            place.mounting.aim(gain=0.0 if part.muted else 10 ** (part.gain_db / 20), late=late - place.latency)
        else:
            place.mounting.aim()
        _aim(place.children, parts, place.latency)


def _arrive(places: Iterable[_Place], playing: set[int], late: int | None = None, covered: bool = False) -> None:
    """Tell what was not playing how to come in; `late` is that of the split around a branch.

    What is in something that comes in itself is there from the start.
    """
    for place in places:
        fresh = id(place.mounting) not in playing
        if fresh and covered:
            place.mounting.jump()
        elif fresh and late is not None:
            place.mounting.arrive(late, 0)
        elif fresh:
            place.mounting.arrive(place.latency, place.latency)
        _arrive(place.children, playing, place.latency if place.is_split else None, covered or fresh)


def _steps(places: Iterable[_Place]) -> Iterator[tuple[int, int]]:
    """The table: kind and record of each step."""
    for place in places:
        if not place.is_split:
            yield kernel.SLOT, place.mounting.address
            continue
        yield kernel.SPLIT, 0
        for branch in place.children:
            yield kernel.BRANCH, 0
            yield from _steps(branch.children)
            yield kernel.SUM, branch.mounting.address
        yield kernel.JOIN, place.mounting.address
