"""A list of all plugins, by kind, to pick one from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from gui.buttons import button
from gui.catalogue import Catalogue
from gui.client import ListedPlugin
from gui.theme import GAP, QUIET, colour, label

IDENTIFIER = Qt.ItemDataRole.UserRole
LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PluginPicker(QDialog):
    """Opens over the window; typing narrows the list, Enter picks.

    Parameters
    ----------
    catalogue
        What there is; the list follows it.
    """

    picked = Signal(object)
    """ListedPlugin."""

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._heads: dict[str, QTreeWidgetItem] = {}
        self._groups: dict[str, list[QTreeWidgetItem]] = {}
        self.setWindowTitle(self.tr("Add plugin"))
        self.resize(460, 480)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Name, maker or kind"))
        self.search.setAccessibleName(self.tr("Search plugins"))
        self.search.setToolTip(self.tr("Type a few letters of what you look for; the arrow keys move through the list"))
        self.search.setClearButtonEnabled(True)
        self.list = QTreeWidget()
        self.list.setAccessibleName(self.tr("Plugins"))
        self.list.setToolTip(self.tr("Double-click a plugin to add it, or mark it and press Enter"))
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(2)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(GAP)
        self.state = label("", 12, QUIET)
        self.again = button(self.tr("Look again"), self.tr("Look for plugins that were installed meanwhile"))
        self.add = button(self.tr("Add"), self.tr("Add the plugin that is marked (Enter)"))
        self.add.setObjectName("primary")
        self.add.setDefault(True)
        self._arrange()
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        self.list.itemDoubleClicked.connect(self._pick)
        self.list.currentItemChanged.connect(self._allow)
        self.add.clicked.connect(self._pick)
        self.again.clicked.connect(catalogue.look)
        catalogue.changed.connect(self._fill)
        self._fill()

    def _arrange(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.state, 1)
        foot.addWidget(self.again)
        foot.addWidget(self.add)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GAP, GAP, GAP, GAP)
        whole.setSpacing(GAP // 2)
        whole.addWidget(self.search)
        whole.addWidget(self.list, 1)
        whole.addLayout(foot)

    @property
    def plugins(self) -> tuple[QTreeWidgetItem, ...]:
        """The lines of plugins, also those that are hidden."""
        return tuple(item for group in self._groups.values() for item in group)

    def _fill(self) -> None:
        self._groups.clear()
        self.list.clear()
        self._heads.clear()
        for plugin in self._catalogue.plugins:
            kind = self._kind(plugin.kind)
            if kind not in self._heads:
                self._heads[kind] = head = QTreeWidgetItem(self.list, [kind])
                head.setFlags(Qt.ItemFlag.ItemIsEnabled)
                head.setFirstColumnSpanned(True)
                head.setForeground(0, colour(QUIET))
                head.setExpanded(True)
            self._groups.setdefault(kind, []).append(self._line(self._heads[kind], plugin))
        self.list.setColumnWidth(0, 250)
        self.again.setEnabled(not self._catalogue.looking)
        self._narrow()

    def _line(self, head: QTreeWidgetItem, plugin: ListedPlugin) -> QTreeWidgetItem:
        maker, _, _address = plugin.maker.partition("<")
        item = QTreeWidgetItem(head, [plugin.name, maker.strip()])
        item.setData(0, IDENTIFIER, plugin.identifier)
        item.setToolTip(0, plugin.trouble or plugin.identifier)
        item.setDisabled(bool(plugin.trouble))
        return item

    def _narrow(self) -> None:
        """Show what has every word that was typed, and mark the first."""
        words = self.search.text().lower().split()
        shown: list[QTreeWidgetItem] = []
        for kind, items in self._groups.items():
            fitting = [item for item in items if _has(words, kind, item.text(0), item.text(1))]
            for item in items:
                item.setHidden(item not in fitting)
            self._heads[kind].setHidden(not fitting)
            shown += fitting
        usable = [item for item in shown if not item.isDisabled()]
        self.list.setCurrentItem(usable[0] if usable else None)  # pyright: ignore[reportArgumentType]  # None is none
        looking = self._catalogue.looking
        self.state.setText(self.tr("Looking for plugins…") if looking else self.tr("{0} plugins").format(len(shown)))
        self._allow()

    def _allow(self) -> None:
        self.add.setEnabled(self._marked() is not None)

    def _marked(self) -> ListedPlugin | None:
        item = self.list.currentItem()
        if item is None or item.isDisabled() or item.isHidden():
            return None
        return self._catalogue.find(str(item.data(0, IDENTIFIER)))

    def _pick(self) -> None:
        plugin = self._marked()
        if plugin is not None:
            self.picked.emit(plugin)
            self.accept()

    def _kind(self, kind: str) -> str:
        names = {"built-in": self.tr("Earsight"), "python": self.tr("Python packages"), "ladspa": "LADSPA"}
        return names.get(kind, kind.upper())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search field, the arrows move through the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in LIST_KEYS:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)


def _has(words: list[str], *texts: str) -> bool:
    text = " ".join(texts).lower()
    return all(word in text for word in words)
