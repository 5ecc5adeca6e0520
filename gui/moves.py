"""Edits of a plan by place: a part one place up or down, through splits and out again; elsewhere; one for another."""

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


def with_inner(part: Part) -> set[str]:
    """Ids of a part and of everything in it."""
    branches = part.branches if isinstance(part, Split) else (part,) if isinstance(part, Branch) else ()
    return {part.id, *(one.id for branch in branches for one in (branch, *branch.slots))}


def placed(plan: Plan, name: str, above: int | None) -> Plan:
    """The plan with a slot or split elsewhere.

    Parameters
    ----------
    above
        So many rows come before it, of those that are neither it nor in it. Below a branch's head or one of its slots a
        slot goes into that branch; the spatialiser and splits go after the split then. None: the end of the chain.
    """
    part = plan.part(name)
    if above is None:
        return plan.move(name, len(plan.items))
    before, inner = 0, 0
    branch: Branch | None = None
    own = with_inner(part)
    for other, depth in [row for row in rows(plan) if row[0].id not in own][:above]:
        if depth == 0:
            before, branch = before + 1, None
        elif isinstance(other, Branch):
            branch, inner = other, 0
        else:
            inner += 1
    if branch is None or isinstance(part, Split) or _is_spatialiser(part):
        return plan.move(name, before)
    return plan.move(name, inner, branch.id)


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


def _is_spatialiser(part: Part) -> bool:
    return isinstance(part, Slot) and part.plugin == SPATIALISER


def _moved_outside(plan: Plan, at: int, step: int) -> Plan:
    item, beside = plan.items[at], at + step
    if not 0 <= beside < len(plan.items):
        return plan
    neighbour = plan.items[beside]
    if isinstance(neighbour, Split) and isinstance(item, Slot) and not _is_spatialiser(item):
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
