"""Presets: how a plugin is set, under a name, one TOML file each that people can read, compare and pass on.

    version = 1
    plugin = "limiter"

    [values]
    ceiling_db = -3.0
    release_ms = 80.0

The name is the file's. What the plugin keeps beside its parameters stands in `state`. The files lie in the user's data
folder, those of each plugin in a folder of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import tomli_w

from realtime.chain.session import without_none
from realtime.errors import SettingsError
from realtime.folders import data_folder
from realtime.tables import is_number, read_toml
from realtime.whole_file import whole_file

VERSION = 1
LONGEST_NAME = 60
_SUFFIX = ".toml"
_NOT_IN_FILES = re.compile(r'[<>:"/\\|?*%\x00-\x1f]|^\.|[. ]$')
"""What one system or another does not take in a file's name, or hides."""


@dataclass(frozen=True)
class Preset:
    """How a plugin is set.

    Attributes
    ----------
    plugin
        Identifier, see `realtime.registry`.
    values
        Of parameters, by name.
    state
        What else the plugin saved.
    """

    plugin: str
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    state: Mapping[str, Any] = field(default_factory=dict[str, Any])


def folder_of(plugin: str) -> Path:
    """Where the presets of a plugin lie; may not exist yet."""
    return data_folder() / "presets" / _as_file_name(plugin)


def preset_names(plugin: str) -> list[str]:
    """Those that a plugin has, by the alphabet."""
    files = folder_of(plugin).glob(f"[!.]*{_SUFFIX}")
    return sorted((unquote(path.stem) for path in files), key=str.casefold)


def write_preset(name: str, preset: Preset) -> None:
    """Write whole or not at all; one of the same name is replaced.

    Raises
    ------
    SettingsError
        When the name is none, or it cannot be written.
    """
    path = _path(preset.plugin, name)
    content = {"version": VERSION, "plugin": preset.plugin, "values": dict(preset.values), "state": dict(preset.state)}
    try:
        text = tomli_w.dumps(without_none({key: value for key, value in content.items() if value}))
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"preset '{path}' cannot be written ({error.strerror}); make room or allow it") from error
    except (TypeError, ValueError) as error:
        raise SettingsError(f"preset '{name}' cannot hold the state of {preset.plugin} ({error})") from error


def read_preset(plugin: str, name: str) -> Preset:
    """Read what `write_preset` wrote, or a person.

    Raises
    ------
    SettingsError
        When there is no such preset, it is none, one of another plugin or of a newer program.
    """
    path = _path(plugin, name)
    try:
        content = read_toml(path)
    except OSError as error:
        raise SettingsError(f"preset '{path}' cannot be read ({error.strerror}); save it again") from error
    except ValueError as error:
        raise SettingsError(f"preset '{path}' is not TOML ({error}); mend or delete it") from error
    if content.get("version") != VERSION:
        given = content.get("version")
        raise SettingsError(f"preset '{path}' has version {given!r}; this program reads version {VERSION}")
    if unknown := set(content) - {"version", "plugin", "values", "state"}:
        raise SettingsError(f"preset '{path}' has an unknown '{min(unknown)}'; accepted: plugin, values, state")
    if content.get("plugin") != plugin:
        raise SettingsError(f"preset '{path}' is for {content.get('plugin')!r}; accepted here: '{plugin}'")
    values, state = content.get("values", {}), content.get("state", {})
    if not (isinstance(values, dict) and isinstance(state, dict)):
        raise SettingsError(f"preset '{path}': values and state are tables; write [values] above the parameters")
    for parameter, value in values.items():
        if not is_number(value):
            raise SettingsError(f"preset '{path}': {parameter} is {value!r}; accepted: a finite number")
    return Preset(plugin, {parameter: float(value) for parameter, value in values.items()}, state)


def delete_preset(plugin: str, name: str) -> None:
    """Delete it; nothing where there is none.

    Raises
    ------
    SettingsError
        When it cannot be deleted.
    """
    path = _path(plugin, name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"preset '{path}' cannot be deleted ({error.strerror})") from error


def _path(plugin: str, name: str) -> Path:
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise SettingsError(f"{name!r:.80} is no name for a preset; accepted: 1 to {LONGEST_NAME} letters in a line")
    return folder_of(plugin) / (_as_file_name(name) + _SUFFIX)


def _as_file_name(name: str) -> str:
    """Readable, and `unquote` gives the name again."""
    return _NOT_IN_FILES.sub(lambda found: f"%{ord(found[0]):02X}", name)
