"""Plans that the tests of the chain's page begin with, and what a user does and sees there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.value_box import ValueBox
from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split

SPATIAL = Slot("spatialiser", SPATIALISER)
PLAN = Plan((Slot("trim", "trim"), SPATIAL, Slot("limiter", "limiter")))
SPLIT = Plan((SPATIAL, Split("both", (Branch("dry"), Branch("wet", (Slot("trim", "trim"),))))))


def ids(plan: Plan) -> list[str]:
    return [part.id for part in plan.parts()]


def shown(s) -> list[str]:
    """Titles of the rows from top to bottom."""
    QApplication.processEvents()
    rows = sorted(s.window.chain.rack.rows.values(), key=lambda row: row.y())
    return [row.title.text() for row in rows]


def type_into(box: ValueBox, text: str) -> None:
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)
