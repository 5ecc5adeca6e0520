"""Plans are edited into other plans, and what cannot be is refused in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split
from realtime.errors import SettingsError

TRIM, GATE = Slot("trim", "trim"), Slot("gate", "gate")
BOTH = Split("both", (Branch("dry"), Branch("wet", (Slot("delay", "delay"),))))
PLAN = Plan().add(TRIM, 0).add(BOTH)


def ids(plan: Plan) -> list[str]:
    return [part.id for part in plan.parts()]


def test_parts_come_in_the_order_of_the_sound() -> None:
    assert ids(PLAN) == ["trim", "spatialiser", "both", "dry", "wet", "delay"]
    assert [slot.id for slot in PLAN.slots()] == ["trim", "spatialiser", "delay"]


def test_parts_are_added_removed_and_moved_anywhere() -> None:
    assert ids(PLAN.add(GATE, 1)) == ["trim", "gate", "spatialiser", "both", "dry", "wet", "delay"]
    assert ids(PLAN.add(GATE, 0, into="wet"))[-2:] == ["gate", "delay"]
    assert ids(PLAN.add(Branch("third"), into="both"))[-1] == "third"
    assert ids(PLAN.remove("wet")) == ["trim", "spatialiser", "both", "dry"]
    assert ids(PLAN.remove("both")) == ["trim", "spatialiser"]
    assert ids(PLAN.move("trim", 1)) == ["spatialiser", "trim", "both", "dry", "wet", "delay"]
    assert ids(PLAN.move("trim", 0, into="dry")) == ["spatialiser", "both", "dry", "trim", "wet", "delay"]
    assert ids(PLAN.move("delay", 0)) == ["delay", "trim", "spatialiser", "both", "dry", "wet"]
    assert ids(PLAN.move(SPATIALISER, 0)) == ["spatialiser", "trim", "both", "dry", "wet", "delay"]
    assert ids(PLAN) == ["trim", "spatialiser", "both", "dry", "wet", "delay"]


def test_changes_reach_the_part_they_name_alone() -> None:
    changed = PLAN.change("delay", bypassed=True, wet=0.25).change("wet", muted=True).set("trim", "gain_db", -3.0)
    assert (changed.slot("delay").bypassed, changed.slot("delay").wet) == (True, 0.25)
    assert changed.part("wet").muted  # type: ignore[union-attr]
    assert changed.slot("trim").values == {"gain_db": -3.0}
    assert changed.remove("trim").remove("both") == Plan()


def test_a_fresh_id_is_nobodys() -> None:
    assert PLAN.fresh_id("gate") == "gate"
    assert PLAN.fresh_id("trim") == "trim-2"
    assert PLAN.add(Slot("trim-2", "trim")).fresh_id("trim") == "trim-3"


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda: PLAN.add(TRIM), "two parts called 'trim'; give each its own id"),
        (lambda: PLAN.remove(SPATIALISER), "has one spatialiser, outside of splits; bypass it"),
        (lambda: PLAN.add(Slot("other", SPATIALISER)), "has one spatialiser, outside of splits"),
        (lambda: PLAN.move(SPATIALISER, 0, into="wet"), "spatialiser cannot be in a branch"),
        (lambda: PLAN.add(Split("inner", (Branch("x"),)), into="wet"), "a split cannot be in a branch"),
        (lambda: PLAN.add(GATE, into="both"), "branches go into splits, and nothing else does"),
        (lambda: PLAN.add(Branch("x")), "branches go into splits, and nothing else does"),
        (lambda: PLAN.add(GATE, into="trim"), "'trim' is a slot; nothing goes into it"),
        (lambda: PLAN.remove("nobody"), "the chain has no 'nobody'; it has: trim, spatialiser, both"),
        (lambda: PLAN.slot("both"), "'both' is no slot but a split"),
        (lambda: PLAN.change("trim", wet=1.5), "wet 1.5 of slot 'trim' is out of range; accepted: 0 to 1"),
        (lambda: PLAN.change("wet", gain_db=99.0), "gain 99 dB of 'wet' is out of range; accepted: -60 to 24"),
        (lambda: PLAN.remove("dry").remove("wet"), "split 'both' has 0 branches; accepted: 1 to 8"),
    ],
)
def test_what_cannot_be_is_refused(edit: Callable[[], object], line: str) -> None:
    with pytest.raises(SettingsError, match=line):
        edit()
