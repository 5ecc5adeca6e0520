"""The plugins that can be added, looked for beside the window because looking takes time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from threading import Thread

from PySide6.QtCore import QObject, Signal

from gui.client import ListedPlugin, PluginLister


class Catalogue(QObject):
    """What the last look found. The window's thread.

    Parameters
    ----------
    list_plugins
        Called on a thread of its own, which the program does not wait for when it ends.

    Attributes
    ----------
    complete
        Whether a look has ended well: what is not listed is not there.
    """

    changed = Signal()
    """A look began or ended."""

    def __init__(self, list_plugins: PluginLister) -> None:
        super().__init__()
        self._list = list_plugins
        self._look: Future[Sequence[ListedPlugin]] | None = None
        self._found: dict[str, ListedPlugin] = {}
        self._looked = False
        self.complete = False

    @property
    def plugins(self) -> tuple[ListedPlugin, ...]:
        """In the order in which they were listed."""
        return tuple(self._found.values())

    @property
    def looking(self) -> bool:
        return self._look is not None

    def find(self, identifier: str) -> ListedPlugin | None:
        """The plugin of an identifier, once a look has found it."""
        return self._found.get(identifier)

    def look_once(self) -> None:
        """Look, if nobody has yet."""
        if not self._looked:
            self.look()

    def look(self) -> None:
        """Look for plugins; nothing while that is under way."""
        if self._look is not None:
            return
        self._looked = True
        self._look = look = Future[Sequence[ListedPlugin]]()

        def run() -> None:
            try:
                look.set_result(self._list())
            except Exception as error:  # noqa: BLE001 - a plugin is anybody's code; `poll` says what went wrong
                look.set_exception(error)

        Thread(target=run, name="earsight-plugins", daemon=True).start()
        self.changed.emit()

    def poll(self) -> str:
        """Take what a look found; one line when it failed, else ""."""
        if self._look is None or not self._look.done():
            return ""
        look, self._look = self._look, None
        error = look.exception()
        if error is None:
            self.complete = True
            self._found = {plugin.identifier: plugin for plugin in look.result()}
        self.changed.emit()
        if error is None:
            return ""
        reason = (str(error) or type(error).__name__).splitlines()[0]
        return self.tr("plugins could not be looked for ({0}); press + Plugin, then Look again").format(reason)
