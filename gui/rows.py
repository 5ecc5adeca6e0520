"""Rows of the chain: what slots, splits and branches have in common, and the latter two."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.buttons import small_button, switch
from gui.theme import DISABLED, GAP, TEXT, label, recolour
from gui.value_box import ValueBox
from realtime.chain.plan import GAIN_DB, Branch
from realtime.plugin import Parameter

BUTTON_PX = 26
NARROW_BUTTON_PX = 22
PART = "application/x-earsight-part"
"""What is dragged: the id of a part of the chain."""
GAIN_PX = 96, 62
"""With its caption, and without."""


class Row(QFrame):
    """One part of the chain; says what the user wants of it.

    Parameters
    ----------
    part_id
        Of the part.
    depth
        How deep it lies, see `gui.moves.rows`.
    """

    changed = Signal(dict, object)
    """Other attributes of the part, and the kind of the edit, see `realtime.chain.chain.Chain.edit`."""
    step_wanted = Signal(int)
    """1: one place later; -1: one place earlier."""
    remove_wanted = Signal()
    add_wanted = Signal()
    """Something into it."""

    def __init__(self, part_id: str, depth: int) -> None:
        super().__init__()
        self.setObjectName("part")
        self.setProperty("depth", depth)
        self.part_id = part_id
        self._pressed: QPoint | None = None
        self.title = label("", 14, bold=True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.title.setMinimumWidth(56)
        self.up = small_button("↑", self.tr("Earlier in the chain"))
        self.down = small_button("↓", self.tr("Later in the chain"))
        self.remove = small_button("✕", self.tr("Take it out of the chain"))
        for part in (self.up, self.down, self.remove):
            part.setFixedWidth(BUTTON_PX)
        self.names: dict[QWidget, str] = {
            self.up: self.tr("Move {0} up"),
            self.down: self.tr("Move {0} down"),
            self.remove: self.tr("Remove {0}"),
        }
        """What parts are called to those who do not see whose they are; {0} is the title."""
        self.up.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.down.clicked.connect(lambda: self.step_wanted.emit(1))
        self.remove.clicked.connect(self.remove_wanted)
        self.head = QHBoxLayout()
        self.head.setSpacing(GAP // 2)
        self.whole = QVBoxLayout(self)
        self.whole.setContentsMargins(GAP // 2, GAP // 3, GAP // 2, GAP // 3)
        self.whole.setSpacing(GAP // 3)
        self.whole.addLayout(self.head)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab reaches, in the order in which it is seen."""
        return list(widgets_of(self.head))

    @property
    def can_be_dragged(self) -> bool:
        """To another place of the chain."""
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.can_be_dragged:
            self._pressed = event.position().toPoint()
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to be dragged when the mouse is clearly elsewhere."""
        here = event.position().toPoint()
        if self._pressed is None or (here - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        data = QMimeData()
        data.setData(PART, self.part_id.encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self.grab())
        drag.setHotSpot(self._pressed)
        self._pressed = None
        drag.exec(Qt.DropAction.MoveAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._pressed = None

    def show_depth(self, depth: int) -> None:
        """Lie so deep."""
        if depth != self.property("depth"):
            self.setProperty("depth", depth)
            self.style().unpolish(self)
            self.style().polish(self)

    def show_narrow(self, narrow: bool) -> None:
        """Leave out what can be, where there is little room."""

    def show_title(self, title: str, quiet: bool = False) -> None:
        """Call it so, also to those who hear it; quiet: it is not heard now."""
        if title != self.title.text():
            self.title.setText(title)
            self.setAccessibleName(title)
            for part, name in self.names.items():
                part.setAccessibleName(name.format(title))
        recolour(self.title, DISABLED if quiet else TEXT)

    def show_moves(self, up: bool, down: bool) -> None:
        """Whether there is a place above and below."""
        self.up.setEnabled(up)
        self.down.setEnabled(down)


class SplitRow(Row):
    """Where the sound parts into branches."""

    def __init__(self, part_id: str, depth: int) -> None:
        super().__init__(part_id, depth)
        self.setToolTip(self.tr("Each branch is given the same sound; what they make is summed"))
        self.add = small_button(
            self.tr("+ Branch"), self.tr("Another branch, muted at first: an empty one doubles the sound")
        )
        self.add.clicked.connect(self.add_wanted)
        self.head.addWidget(self.title, 1)
        for part in (self.add, self.up, self.down, self.remove):
            self.head.addWidget(part)
        self.show_title(self.tr("Split"))


class BranchRow(Row):
    """One of the ways that the sound takes at once."""

    def __init__(self, part_id: str, depth: int) -> None:
        super().__init__(part_id, depth)
        self.add = small_button(self.tr("+ Plugin"), self.tr("Add a plugin to this branch"))
        self.mute = switch(self.tr("Mute"), self.tr("Leave this branch out of the sum"))
        self.mute.setObjectName("small")
        self.gain = gain_box()
        self.names |= {
            self.add: self.tr("Add a plugin to {0}"),
            self.mute: self.tr("Mute {0}"),
            self.gain: self.tr("Gain of {0}"),
        }
        self.add.clicked.connect(self.add_wanted)
        self.mute.clicked.connect(lambda on: self.changed.emit({"muted": on}, None))
        self.gain.given.connect(lambda gain_db: self.changed.emit({"gain_db": gain_db}, ("gain_db", self.part_id)))
        self.head.addWidget(self.title, 1)
        for part in (self.add, self.mute, self.gain, self.remove):
            self.head.addWidget(part)
        self.up.hide()
        self.down.hide()

    @property
    def can_be_dragged(self) -> bool:
        """It stays in its split."""
        return False

    def show_branch(self, branch: Branch, number: int, removable: bool) -> None:
        """Show it; `number` counts the branches of its split from 1."""
        self.show_title(self.tr("Branch {0}").format(number), quiet=branch.muted)
        self.mute.setChecked(branch.muted)
        self.gain.show_value(branch.gain_db)
        self.remove.setEnabled(removable)


def gain_box() -> ValueBox:
    """The level of a slot or branch."""
    gain = QCoreApplication.translate("Row", "Gain")
    box = ValueBox(Parameter("gain_db", gain, *GAIN_DB, 0.0, "dB"), gain)
    box.setFixedWidth(GAIN_PX[0])
    return box


def widgets_of(layout: QBoxLayout) -> Iterator[QWidget]:
    """What it lays out, first to last."""
    for at in range(layout.count()):
        item = layout.itemAt(at)
        widget = None if item is None else item.widget()
        if widget is not None:
            yield widget
