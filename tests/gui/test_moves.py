"""A part moves one place at a time through the whole chain, and back the same way."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gui.moves import moved, placed, replaced, rows
from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split

SPLIT = Split("split", (Branch("first", (Slot("a", "trim"),)), Branch("second")))
PLAN = Plan((Slot("moving", "trim"), Slot("spatialiser", SPATIALISER), SPLIT, Slot("last", "limiter")))


def test_rows_are_as_deep_as_they_lie() -> None:
    assert [(part.id, depth) for part, depth in rows(PLAN)][2:] == [
        ("split", 0),
        ("first", 1),
        ("a", 2),
        ("second", 1),
        ("last", 0),
    ]


def test_a_slot_goes_through_every_branch_to_the_end_and_back() -> None:
    plans = [PLAN]
    while (following := moved(plans[-1], "moving", 1)) is not plans[-1]:
        plans.append(following)
    places = [
        next((row, depth) for row, (part, depth) in enumerate(rows(plan)) if part.id == "moving") for plan in plans
    ]
    assert places == [(0, 0), (1, 0), (3, 2), (4, 2), (5, 2), (5, 0), (6, 0)]
    for before, after in pairwise(plans):
        assert moved(after, "moving", -1) == before
    assert moved(PLAN, "moving", -1) is PLAN


@pytest.mark.parametrize("name", ["spatialiser", "split"])
def test_the_spatialiser_and_splits_stay_outside_of_splits(name: str) -> None:
    plan = PLAN
    for _ in range(4):
        plan = moved(plan, name, 1)
    assert plan.items[-1].id == name
    for _ in range(4):
        plan = moved(plan, name, -1)
    assert plan.items[0].id == name


@pytest.mark.parametrize("name", ["moving", "a", "last"])
def test_another_slot_takes_the_place_of_one(name: str) -> None:
    plan = replaced(PLAN, name, Slot("new", "limiter"))
    assert [(part.id.replace("new", name), depth) for part, depth in rows(plan)] == [
        (part.id, depth) for part, depth in rows(PLAN)
    ]


ALL = ["moving", "spatialiser", "split", "first", "a", "second", "last"]


@pytest.mark.parametrize(
    ("name", "above", "depth", "expected"),
    [
        ("moving", 0, 0, ALL),
        ("moving", 1, 0, ["spatialiser", "moving", "split", "first", "a", "second", "last"]),
        ("moving", 3, 2, ["spatialiser", "split", "first", "moving", "a", "second", "last"]),
        ("moving", 4, 2, ["spatialiser", "split", "first", "a", "moving", "second", "last"]),
        ("moving", 5, 2, ["spatialiser", "split", "first", "a", "second", "moving", "last"]),
        ("moving", 6, 0, ["spatialiser", "split", "first", "a", "second", "last", "moving"]),
        ("moving", None, 0, ["spatialiser", "split", "first", "a", "second", "last", "moving"]),
        ("a", 1, 0, ["moving", "a", "spatialiser", "split", "first", "second", "last"]),
        ("a", 4, 2, ALL),
        ("split", 0, 0, ["split", "first", "a", "second", "moving", "spatialiser", "last"]),
        ("split", 3, 0, ["moving", "spatialiser", "last", "split", "first", "a", "second"]),
        ("spatialiser", 4, 0, ["moving", "split", "first", "a", "second", "spatialiser", "last"]),
        ("spatialiser", None, 0, ["moving", "split", "first", "a", "second", "last", "spatialiser"]),
    ],
)
def test_a_part_is_put_below_so_many_rows(name: str, above: int | None, depth: int, expected: list[str]) -> None:
    found = {part.id: at for part, at in rows(placed(PLAN, name, above))}
    assert list(found) == expected
    assert found[name] == depth
