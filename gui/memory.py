"""What the window remembers from one day to the next: its looks, and the last choice that worked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from gui.theme import WISHES
from realtime.chain.session import RECENT_FILE, Session, read_session, write_session
from realtime.errors import EarsightError
from realtime.settings import FOLLOW, Settings
from realtime.whole_file import whole_file

RESTORE = ("choice and chain", "choice", "nothing")
"""What of the last choice comes back at the start: also its chain; devices, mode and network only; or none of it."""
MOST_MODELS = 6


@dataclass(frozen=True)
class Preferences:
    """How the window is to be.

    Attributes
    ----------
    theme
        One of `gui.theme.WISHES`.
    restore
        One of RESTORE.
    models
        Model files chosen last, the newest first.
    """

    theme: str = WISHES[0]
    restore: str = RESTORE[0]
    models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.theme not in WISHES or self.restore not in RESTORE or not all(type(m) is str for m in self.models):
            raise ValueError("unknown values")


class Memory:
    """Keeps preferences and the last choice in a folder; nothing that goes wrong there is more than a line.

    Parameters
    ----------
    folder
        Made when there is something to keep; None to forget everything at the end.
    keeps_choices
        False where choices come from a command line, and are for this time only.

    Attributes
    ----------
    preferences
        As they are now.
    troubles
        One line for each thing that could not be read or written; who shows them takes them out.
    """

    def __init__(self, folder: Path | None, *, keeps_choices: bool = True) -> None:
        self._folder = folder
        self._keeps_choices = keeps_choices
        self.troubles: list[str] = []
        self._kept: Settings | None = None
        self.preferences = self._read()

    @property
    def is_first(self) -> bool:
        """Whether nothing was ever chosen."""
        return self._folder is None or not self._choice(self._folder).is_file()

    def restored(self, settings: Settings) -> Settings:
        """The settings, with the last choice in place of theirs as far as it is to come back."""
        wanted = self.preferences.restore
        if self.is_first or self._folder is None or wanted == RESTORE[2]:
            return settings
        try:
            session = read_session(self._choice(self._folder), recent=False)
            plan = session.plan if wanted == RESTORE[0] else settings.plan
            return replace(settings, plan=plan, **session.chosen())
        except EarsightError as error:
            line = QCoreApplication.translate(
                "Memory", "the last choice was not restored ({0}); it is replaced by the next"
            )
            self._tell(line, error)
            return settings

    def keep(self, settings: Settings) -> None:
        """Remember a choice that works."""
        if settings == self._kept:
            return
        self._kept = settings
        if settings.model is not None and settings.model != FOLLOW:
            # The next start may be in another folder.
            settings = replace(settings, model=settings.model.absolute())
            model = str(settings.model)
            others = (known for known in self.preferences.models if known != model)
            self.prefer(models=(model, *others)[:MOST_MODELS])
        if self._folder is None or not self._keeps_choices:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_session(self._choice(self._folder), Session.of(settings.plan, settings), recent=False)
        except (EarsightError, OSError) as error:
            line = QCoreApplication.translate("Memory", "the choice is not remembered ({0}); let {1} be written to")
            self._tell(line, error)

    def prefer(self, **changes: Any) -> None:
        """Have other preferences from now on."""
        changed = replace(self.preferences, **changes)
        if changed == self.preferences:
            return
        self.preferences = changed
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(self._file(self._folder), private=True) as part:
                part.write_text(json.dumps(asdict(changed), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            line = QCoreApplication.translate("Memory", "settings are not remembered ({0}); let {1} be written to")
            self._tell(line, error)

    def forget(self) -> None:
        """The next start is as the very first: nothing more is kept until then."""
        folder, self._folder = self._folder, None
        self.preferences = Preferences()
        if folder is None:
            return
        try:
            for path in (self._file(folder), self._choice(folder), folder / RECENT_FILE):
                path.unlink(missing_ok=True)
        except OSError as error:
            line = QCoreApplication.translate("Memory", "not everything is forgotten ({0}); delete {1} by hand")
            self._tell(line, error, folder)

    def _read(self) -> Preferences:
        if self._folder is None or not self._file(self._folder).is_file():
            return Preferences()
        try:
            given = json.loads(self._file(self._folder).read_text(encoding="utf-8"))
            if not isinstance(given, dict):
                raise ValueError("no table of preferences")
            known: dict[str, Any] = {
                field.name: given[field.name] for field in fields(Preferences) if field.name in given
            }
            known["models"] = tuple(known.get("models", ()))
            return Preferences(**known)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            line = QCoreApplication.translate(
                "Memory", "settings were not restored ({0}); the next choice replaces them"
            )
            self._tell(line, error)
            return Preferences()

    def _tell(self, line: str, error: Exception, folder: Path | None = None) -> None:
        """Keep a line; {0} in it is the reason, {1} the folder."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.troubles.append(line.format(" ".join(reason.split()), folder or self._folder))

    @staticmethod
    def _file(folder: Path) -> Path:
        return folder / "window.json"

    @staticmethod
    def _choice(folder: Path) -> Path:
        return folder / "last-choice.toml"
