"""Bindings: which controller of a MIDI device turns what, as plain values in one TOML file of the user's.

[[midi]]
slot = "limiter"
parameter = "ceiling_db"
channel = 1
control = 21
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tomli_w

from realtime.errors import SettingsError
from realtime.folders import config_folder
from realtime.tables import read_toml
from realtime.whole_file import whole_file

CHANNELS = (1, 16)
CONTROLS = (0, 119)
"""Above it are MIDI's mode messages."""


@dataclass(frozen=True)
class Binding:
    """One controller and what it turns.

    Attributes
    ----------
    slot
        Id of a slot, or of a branch.
    parameter
        Name within it, as `realtime.remote.control.Control` has it.
    channel
        1 to 16, as devices show it.
    control
        Number of the controller, 0 to 119.

    Raises
    ------
    SettingsError
        When channel or control is not accepted.
    """

    slot: str
    parameter: str
    channel: int
    control: int

    def __post_init__(self) -> None:
        for name, number, (low, high) in (
            ("channel", self.channel, CHANNELS),
            ("control", self.control, CONTROLS),
        ):
            if not low <= number <= high:
                raise SettingsError(f"MIDI {name} {number} is out of range; accepted: {low} to {high}")

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Binding:
        """Of plain values, as `plain` gives them.

        Raises
        ------
        SettingsError
            When one is missing, unknown or not accepted.
        """
        kinds = {"slot": str, "parameter": str, "channel": int, "control": int}
        if {name: type(value) for name, value in entry.items()} != kinds:
            accepted = ", ".join(f"{name} ({kind.__name__})" for name, kind in kinds.items())
            raise SettingsError(f"the MIDI binding {dict(entry)} is not understood; accepted: {accepted}")
        return cls(**entry)

    def plain(self) -> dict[str, str | int]:
        """As TOML and JSON take it."""
        return asdict(self)


def bindings_file() -> Path:
    """Where they are kept between runs."""
    return config_folder() / "midi.toml"


def read_bindings(path: Path) -> tuple[Binding, ...]:
    """Those of a file; none when there is no such file.

    Raises
    ------
    SettingsError
        When it cannot be read or is something else.
    """
    try:
        content = read_toml(path)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise SettingsError(f"MIDI bindings '{path}' cannot be read ({error}); mend or delete the file") from error
    entries = content.get("midi", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError(f"MIDI bindings '{path}': 'midi' is no list of tables; write [[midi]]")
    try:
        return tuple(Binding.of(entry) for entry in entries)
    except SettingsError as error:
        raise SettingsError(f"MIDI bindings '{path}': {error}") from error


def write_bindings(path: Path, bindings: Iterable[Binding]) -> None:
    """Write whole or not at all.

    Raises
    ------
    SettingsError
        When it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(tomli_w.dumps({"midi": [binding.plain() for binding in bindings]}), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"MIDI bindings '{path}' cannot be written ({error.strerror})") from error
