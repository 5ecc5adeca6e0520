"""Rows of the chain are dragged by the mouse to where they are to be, also into a branch; one edit, to be undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest

from realtime.chain.plan import Slot
from tests.gui.chain_plans import PLAN, SPLIT, ids, shown


def drag(s, name: str, onto: str, share: float) -> None:
    """By its title, to a place in another row so far from its top."""
    rack, handle = s.window.chain.rack, s.window.windowHandle()
    row, other = rack.rows[name], rack.rows[onto]
    title = row.title.mapTo(s.window, row.title.rect().center())
    to = other.mapTo(s.window, QPoint(40, round(share * other.height())))

    def let_go() -> None:
        QTest.mouseMove(handle, to)
        QTest.mouseMove(handle, to + QPoint(1, 0))
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=to)

    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=title)
    # The drag has a loop of its own, in which it waits for the rest.
    QTimer.singleShot(100, let_go)
    for step in (4, 8, 16, 24):
        QTest.mouseMove(handle, title + QPoint(step, step // 4))


@pytest.mark.parametrize(
    ("name", "onto", "share", "expected"),
    [
        ("limiter", "trim", 0.2, ["limiter", "trim", "spatialiser"]),
        ("trim", "limiter", 0.8, ["spatialiser", "limiter", "trim"]),
        ("spatialiser", "limiter", 0.8, ["trim", "limiter", "spatialiser"]),
    ],
)
def test_a_row_is_dragged_and_put_back(playing, name, onto, share, expected):
    s = playing(PLAN)
    s.activate()
    drag(s, name, onto, share)
    s.wait(lambda: ids(s.chain.plan) == expected)
    assert [row.part_id for row in s.window.chain.rack._shown()] == expected
    s.window.chain.undo.click()
    assert s.chain.plan == PLAN


def test_into_a_branch_and_out_again(playing):
    s = playing(SPLIT.add(Slot("limiter", "limiter")))
    s.activate()
    s.wait(lambda: len(shown(s)) == 6)
    drag(s, "limiter", "dry", 0.9)
    s.wait(lambda: ids(s.chain.plan) == ["spatialiser", "both", "dry", "limiter", "wet", "trim"])
    s.wait(lambda: s.window.chain.rack.rows["limiter"].property("depth") == 2)
    drag(s, "limiter", "spatialiser", 0.2)
    s.wait(lambda: ids(s.chain.plan) == ["limiter", "spatialiser", "both", "dry", "wet", "trim"])


def test_where_it_was_nothing_is_to_be_undone(playing):
    s = playing(PLAN)
    s.activate()
    drag(s, "trim", "spatialiser", 0.2)
    s.wait(lambda: not s.window.chain.rack._mark.isVisible())
    assert s.chain.plan == PLAN
    assert not s.window.chain.undo.isEnabled()
