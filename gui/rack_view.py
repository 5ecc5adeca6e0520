"""The chain as a list of rows, first to last."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gui.known import Known
from gui.moves import Part, moved, rows, with_inner
from gui.rows import PART, BranchRow, Row, SplitRow, widgets_of
from gui.slot_row import SlotRow
from gui.theme import GAP
from realtime.chain.plan import Branch, Plan, Slot, Split

MARK_PX = 3
NARROW_PX = 580
"""A list that is less wide has no room for captions and latencies."""


class RackView(QScrollArea):
    """Shows a plan and says what the user wants of its parts; a part's row stays the same wherever it moves."""

    changed = Signal(str, dict, object)
    """Id of a part, other attributes of it, and the kind of the edit."""
    turned = Signal(str, str, float)
    """Id of a slot, name of a parameter, value."""
    state_wanted = Signal(str, dict)
    """Id of a slot, and what its plugin is to read beside its parameters."""
    preset_wanted = Signal(str, str)
    """Id of a slot, name of a preset to be loaded."""
    preset_given = Signal(str, str)
    """Id of a slot, name of a preset to be saved."""
    step_wanted = Signal(str, int)
    place_wanted = Signal(str, object)
    """Id of a part that was dragged, and where to, see `gui.moves.placed`."""
    remove_wanted = Signal(str)
    add_wanted = Signal(str)
    folded = Signal()
    """The parameters of a slot are to be shown, or not any more."""
    failed = Signal(str)
    """One line: why something was not done."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Chain"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: dict[str, Row] = {}
        self._plan: Plan | None = None
        self._content = content = QWidget()
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(0, 0, GAP // 2, 0)
        self._list.setSpacing(GAP // 3)
        self._list.addStretch()
        self.setWidget(content)
        self._mark = QFrame(content)
        self._mark.setObjectName("mark")
        self._mark.hide()
        self.setAcceptDrops(True)
        for part in (content, self.viewport()):
            part.setAutoFillBackground(False)

    def slot_row(self, name: str) -> SlotRow:
        """The row of a slot that is shown."""
        row = self.rows[name]
        assert isinstance(row, SlotRow)
        return row

    def show_plan(self, plan: Plan, known: Mapping[str, Known], sample_rate: int) -> None:
        """Show a plan with what is known of its slots, by id; nothing is emitted."""
        if plan is not self._plan:
            self._plan = plan
            self._show_places(plan)
        for slot in plan.slots():
            self.slot_row(slot.id).show_slot(slot, known[slot.id], sample_rate)
        for split in (item for item in plan.items if isinstance(item, Split)):
            for number, branch in enumerate(split.branches, 1):
                row = self.rows[branch.id]
                assert isinstance(row, BranchRow)
                row.show_branch(branch, number, len(split.branches) > 1)

    def _show_places(self, plan: Plan) -> None:
        parts = list(rows(plan))
        self._make_rows(parts)
        for part, depth in parts:
            self.rows[part.id].show_depth(depth)
            if not isinstance(part, Branch):
                is_there = (moved(plan, part.id, step) is not plan for step in (-1, 1))
                self.rows[part.id].show_moves(*is_there)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PART) and _dragged(event) in self.rows:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Mark where it would come to lie."""
        event.acceptProposedAction()
        others, above = self._drop_place(event)
        y = others[-1].geometry().bottom() if above is None else others[above - 1].geometry().bottom() if above else 0
        self._mark.setGeometry(0, y, self._list.geometry().width(), MARK_PX)
        self._mark.raise_()
        self._mark.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark.hide()
        event.acceptProposedAction()
        _, above = self._drop_place(event)
        self.place_wanted.emit(_dragged(event), above)

    def _drop_place(self, event: QDropEvent) -> tuple[list[Row], int | None]:
        """Rows that are not dragged, and how many of them lie above the mouse; None when it is below the last row."""
        assert self._plan is not None
        own = with_inner(self._plan.part(_dragged(event)))
        others = [row for row in self._shown() if row.part_id not in own]
        y = self._content.mapFrom(self.viewport(), event.position().toPoint()).y()
        if y > max(row.geometry().bottom() for row in self._shown()):
            return others, None
        return others, sum(row.geometry().center().y() < y for row in others)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for row in self.rows.values():
            row.show_narrow(self._is_narrow)

    @property
    def _is_narrow(self) -> bool:
        return self.viewport().width() < NARROW_PX

    def order_stops(self) -> None:
        """Let Tab go through the rows as they are seen."""
        stops = [stop for row in self._shown() for stop in row.stops if stop.focusPolicy() & Qt.FocusPolicy.TabFocus]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def reveal(self, name: str) -> None:
        """Scroll to a part's row."""
        row = self.rows.get(name)
        if row is not None:
            self._list.activate()
            self.ensureWidgetVisible(row, 0, GAP)

    def _shown(self) -> list[Row]:
        return [row for row in widgets_of(self._list) if isinstance(row, Row)]

    def _make_rows(self, parts: list[tuple[Part, int]]) -> None:
        """Rows for these parts in their order; those that stay are not made again, so that they keep the focus."""
        wanted = {part.id: _row_type(part) for part, _ in parts}
        for name, row in list(self.rows.items()):
            if wanted.get(name) is not type(row):
                del self.rows[name]
                self._list.removeWidget(row)
                row.hide()
                row.deleteLater()
        for part, depth in parts:
            if part.id not in self.rows:
                self.rows[part.id] = self._made(part, depth)
        order = [self.rows[part.id] for part, _ in parts]
        if order != self._shown():
            for at, row in enumerate(order):
                self._list.insertWidget(at, row)
            self.order_stops()

    def _made(self, part: Part, depth: int) -> Row:
        row = _row_type(part)(part.id, depth)
        row.show_narrow(self._is_narrow)
        name = part.id
        row.changed.connect(lambda changes, kind: self.changed.emit(name, changes, kind))
        row.step_wanted.connect(lambda step: self.step_wanted.emit(name, step))
        row.remove_wanted.connect(lambda: self.remove_wanted.emit(name))
        row.add_wanted.connect(lambda: self.add_wanted.emit(name))
        if isinstance(row, SlotRow):
            row.turned.connect(lambda parameter, value: self.turned.emit(name, parameter, value))
            row.state_wanted.connect(lambda state: self.state_wanted.emit(name, state))
            row.presets.load_wanted.connect(lambda preset: self.preset_wanted.emit(name, preset))
            row.presets.save_wanted.connect(lambda preset: self.preset_given.emit(name, preset))
            row.presets.failed.connect(self.failed)
            row.folded.connect(self._fold)
        return row

    def _fold(self) -> None:
        self.folded.emit()
        self.order_stops()


def _dragged(event: QDropEvent) -> str:
    return bytes(event.mimeData().data(PART).data()).decode()


def _row_type(part: Part) -> type[Row]:
    return SlotRow if isinstance(part, Slot) else SplitRow if isinstance(part, Split) else BranchRow
