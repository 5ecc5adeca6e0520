"""Edits of a plan by place: a part one place up or down, through splits and out of them again; one for another."""

from __future__ import annotations

from collections.abc import Iterator

from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split

Part = Slot | Split | Branch


def rows(plan: Plan) -> Iterator[tuple[Part, int]]:
    """Every part from first to last and how deep it lies: 0 for the chain's own, 1 for branches, 2 for their slots."""
    for item in plan.items:
        yield item, 0
        for branch in item.branches if isinstance(item, Split) else ():
            yield branch, 1
            for slot in branch.slots:
                yield slot, 2


def moved(plan: Plan, name: str, step: int) -> Plan:
    """The plan with a slot or split one place later (`step` 1) or earlier (-1); the same plan where there is none.

    A slot that comes to a split goes through its branches, one after the other; the spatialiser and splits pass it.
    """
    for at, item in enumerate(plan.items):
        if item.id == name:
            return _moved_outside(plan, at, step)
        for number, branch in enumerate(item.branches if isinstance(item, Split) else ()):
            if name in (slot.id for slot in branch.slots):
                assert isinstance(item, Split)
                return _moved_inside(plan, at, item, number, name, step)
    return plan


def replaced(plan: Plan, name: str, slot: Slot) -> Plan:
    """The plan with another slot in the place of that of an id."""
    for at, item in enumerate(plan.items):
        if item.id == name:
            return plan.remove(name).add(slot, at)
        for branch in item.branches if isinstance(item, Split) else ():
            inside = [there.id for there in branch.slots]
            if name in inside:
                return plan.remove(name).add(slot, inside.index(name), branch.id)
    return plan


def _moved_outside(plan: Plan, at: int, step: int) -> Plan:
    item, beside = plan.items[at], at + step
    if not 0 <= beside < len(plan.items):
        return plan
    neighbour = plan.items[beside]
    if isinstance(neighbour, Split) and isinstance(item, Slot) and item.plugin != SPATIALISER:
        branch = neighbour.branches[0 if step > 0 else -1]
        return plan.move(item.id, 0 if step > 0 else len(branch.slots), branch.id)
    return plan.move(item.id, beside)


def _moved_inside(plan: Plan, at: int, split: Split, number: int, name: str, step: int) -> Plan:
    branch = split.branches[number]
    beside = [slot.id for slot in branch.slots].index(name) + step
    if 0 <= beside < len(branch.slots):
        return plan.move(name, beside, branch.id)
    if 0 <= number + step < len(split.branches):
        following = split.branches[number + step]
        return plan.move(name, 0 if step > 0 else len(following.slots), following.id)
    return plan.move(name, at + 1 if step > 0 else at)
