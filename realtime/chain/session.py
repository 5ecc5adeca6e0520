"""Session: a chain and what it was used with, as one TOML file that people can read, compare and mend.

    version = 1

    [settings]
    block_size = 128

    [[chain]]
    id = "limiter"
    plugin = "limiter"
    bypassed = false
    wet = 1.0
    gain_db = 0.0
    values = { ceiling_db = -1.0 }

    [[chain]]
    id = "both"

    [[chain.branches]]
    id = "dry"
    ...

A plugin's own state stands in `state`. What has `branches` is a split; a branch has `slots`, each like a slot above.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from realtime.chain.plan import Branch, Plan, Slot, Split
from realtime.errors import SettingsError
from realtime.folders import config_folder
from realtime.settings import Settings
from realtime.tables import is_number, read_json, read_toml
from realtime.whole_file import whole_file

VERSION = 1
MOST_RECENT = 10
RECENT_FILE = "recent-sessions.json"
"""In the user's folder of settings."""
NO_CAMERA = "none"
CHOICES = ("input", "output", "camera", "sample_rate", "block_size", "mode", "model", "provider")
"""Of the settings, what a session holds."""
_KINDS: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "plugin": (str,),
    "bypassed": (bool,),
    "muted": (bool,),
    "wet": (int, float),
    "gain_db": (int, float),
    "values": (dict,),
    "state": (dict,),
    "branches": (list,),
    "slots": (list,),
}
_SLOT = {"id", "plugin", "bypassed", "wet", "gain_db", "values", "state"}
_BRANCH = {"id", "gain_db", "muted", "slots"}
_SPLIT = {"id", "branches"}


@dataclass(frozen=True)
class Session:
    """A chain, and the settings that it was used with, by their names in `Settings`."""

    plan: Plan = field(default_factory=Plan)
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, plan: Plan, settings: Settings) -> Session:
        """Of a run."""
        chosen = {name: getattr(settings, name) for name in CHOICES}
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in chosen.items()}
        if settings.clip is None and settings.camera is None:
            plain["camera"] = NO_CAMERA
        return cls(plan, {name: value for name, value in plain.items() if value is not None})

    def chosen(self) -> dict[str, Any]:
        """The settings as `Settings` takes them."""
        chosen = dict(self.settings)
        if "model" in chosen:
            chosen["model"] = Path(chosen["model"])
        if chosen.get("camera") == NO_CAMERA:
            chosen["camera"] = None
        return chosen


def write_session(path: Path, session: Session, *, recent: bool = True) -> None:
    """Write whole or not at all.

    Parameters
    ----------
    recent
        Whether it is one of the sessions that the user opened and saved last.

    Raises
    ------
    SettingsError
        When it cannot be written.
    """
    chain = [_plain(item) for item in session.plan.items]
    try:
        text = tomli_w.dumps({"version": VERSION, "settings": dict(session.settings), "chain": without_none(chain)})
        with whole_file(path, private=True) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"session '{path}' cannot be written ({error.strerror}); choose another place") from error
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"a plugin's state cannot be written ({error}); remove that plugin and save again"
        ) from error
    if recent:
        _remember(path)


def read_session(path: Path, *, recent: bool = True) -> Session:
    """Read what `write_session` wrote, or a person; `recent` as there.

    Raises
    ------
    SettingsError
        When there is no such file, it is no session, or one of a newer program.
    """
    try:
        content = read_toml(path)
    except OSError as error:
        raise SettingsError(
            f"session '{path}' cannot be read ({error.strerror}); give a file that was saved"
        ) from error
    except ValueError as error:
        raise SettingsError(f"session '{path}' is not TOML ({error}); mend it or give another") from error
    version = content.get("version")
    if version != VERSION:
        raise SettingsError(f"session '{path}' has version {version!r}; this program reads version {VERSION}")
    try:
        settings = _settings(content.get("settings", {}))
        plan = Plan(tuple(_item(entry) for entry in _listed(content, "chain"))) if "chain" in content else Plan()
        session = Session(plan, settings)
    except SettingsError as error:
        raise SettingsError(f"session '{path}': {error}") from error
    if recent:
        _remember(path)
    return session


def recent_sessions() -> list[Path]:
    """Files of sessions that were read or written last, the newest first; those that are gone are left out."""
    try:
        listed = read_json(_recent_file())
        return [path for path in map(Path, listed) if path.is_file()]
    except (OSError, ValueError, TypeError):
        return []


def _recent_file() -> Path:
    return config_folder() / RECENT_FILE


def _remember(path: Path) -> None:
    """Put it first; not being able to is nobody's trouble."""
    newest = path.absolute()
    listed = [newest, *(known for known in recent_sessions() if known != newest)][:MOST_RECENT]
    try:
        _recent_file().parent.mkdir(parents=True, exist_ok=True)
        with whole_file(_recent_file(), private=True) as part:
            part.write_text(json.dumps([str(known) for known in listed], indent=2), encoding="utf-8")
    except OSError:
        return


def without_none(value: Any) -> Any:
    """TOML has no word for nothing: it is left out."""
    if isinstance(value, dict):
        return {key: without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_none(inner) for inner in value if inner is not None]
    return value


def _plain(part: Slot | Split | Branch) -> dict[str, Any]:
    """As TOML takes it; what is empty is left out."""
    if isinstance(part, Split):
        return {"id": part.id, "branches": [_plain(branch) for branch in part.branches]}
    if isinstance(part, Branch):
        slots = [_plain(slot) for slot in part.slots]
        return {"id": part.id, "gain_db": part.gain_db, "muted": part.muted, "slots": slots}
    plain: dict[str, Any] = {name: getattr(part, name) for name in ("id", "plugin", "bypassed", "wet", "gain_db")}
    return plain | {name: dict(value) for name in ("values", "state") if (value := getattr(part, name))}


def _item(entry: Mapping[str, Any]) -> Slot | Split:
    if "branches" not in entry:
        return _slot(entry)
    given = _checked(entry, _SPLIT)
    return Split(given["id"], tuple(_branch(branch) for branch in _listed(given, "branches")))


def _branch(entry: Mapping[str, Any]) -> Branch:
    given = _checked(entry, _BRANCH)
    given["slots"] = tuple(_slot(slot) for slot in _listed(given, "slots"))
    return Branch(**given)


def _slot(entry: Mapping[str, Any]) -> Slot:
    given = _checked(entry, _SLOT)
    if "plugin" not in given:
        raise SettingsError(f"'{given['id']}' names no plugin; add plugin = \"NAME\", see: earsight plugins")
    for name, value in given.get("values", {}).items():
        if not is_number(value):
            raise SettingsError(f"{name} of '{given['id']}' is {value!r}; accepted: a finite number")
    return Slot(**given)


def _checked(entry: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The entry, once all of it is known and of the right kind."""
    if not isinstance(entry.get("id"), str):
        raise SettingsError("a part of the chain has no id; give each one of its own")
    for name, value in entry.items():
        if name not in names:
            raise SettingsError(f"'{entry['id']}' has an unknown '{name}'; accepted: {', '.join(sorted(names))}")
        if type(value) not in _KINDS[name]:
            raise SettingsError(f"{name} of '{entry['id']}' is {value!r}; accepted: {_KINDS[name][-1].__name__}")
    return dict(entry)


def _listed(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = content.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise SettingsError(f"'{name}' is no list of tables; write [[{name}]]")
    return listed


def _settings(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not set(given) <= set(CHOICES):
        raise SettingsError(f"its settings are not all known; accepted: {', '.join(CHOICES)}")
    for name, value in given.items():
        kind = int if name in ("sample_rate", "block_size") else str
        if type(value) is not kind:
            raise SettingsError(f"{name} is {value!r}; accepted: {'a whole number' if kind is int else 'text'}")
    return given
