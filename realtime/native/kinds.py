"""The kinds of native plugin: how their files end, where they lie, and what describes and opens them.

A further kind is one more row of `KINDS`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import cast

from realtime.described import Described
from realtime.plugin import Plugin

_SYSTEM = {"win32": 2, "darwin": 1}.get(sys.platform, 0)
"""Which of (Linux, macOS, Windows); other Unix systems are like Linux."""


@dataclass(frozen=True)
class Kind:
    """One kind of native plugin.

    Attributes
    ----------
    name
        The first part of its plugins' identifiers.
    suffix
        Of its files, or of its bundles: folders that are one plugin.
    variable
        Environment variable with a list of folders, in the manner of PATH.
    folders
        Where its plugins lie on this system; "~" and variables of the environment are filled in.
    replaces
        Whether the variable stands instead of the folders, or before them.
    module
        Where `describe(path) -> list[Described]` and `open_described(described) -> Plugin` are; imported when needed.
    needs
        Package that must be installed besides; while it is not, there are no plugins of this kind.
    """

    name: str
    suffix: str
    variable: str
    folders: tuple[str, ...]
    replaces: bool
    module: str
    needs: str = ""

    @property
    def usable(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or find_spec(self.needs) is not None

    def places(self) -> list[Path]:
        """The folders to look in, those that exist, in order."""
        named = [part for part in os.environ.get(self.variable, "").split(os.pathsep) if part]
        usual = [] if named and self.replaces else self.folders
        expanded = (Path(os.path.expandvars(part)).expanduser() for part in (*named, *usual))
        return [place for place in dict.fromkeys(expanded) if place.is_dir()]

    def holds(self, path: Path) -> bool:
        """Whether a file, given by its whole path without "..", lies in one of the places, however deep."""
        return path.suffix == self.suffix and any(path.is_relative_to(place.absolute()) for place in self.places())

    def load(self) -> ModuleType:
        """Import what this kind needs; that may take a second."""
        return import_module(self.module)

    def describe(self, path: Path) -> list[Described]:
        """What the file holds; in a process that may crash.

        Raises
        ------
        PluginError
            When it is no file of this kind.
        """
        return cast(Callable[[Path], list[Described]], self.load().describe)(path)

    def open(self, described: Described) -> Plugin:
        """A plugin that was described.

        Raises
        ------
        PluginError
            When it is not there any more, or has changed.
        """
        return cast(Callable[[Described], Plugin], self.load().open_described)(described)


def _on_each(linux: tuple[str, ...], mac: tuple[str, ...], windows: tuple[str, ...]) -> tuple[str, ...]:
    return (linux, mac, windows)[_SYSTEM]


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "ladspa",
            (".so", ".dylib", ".dll")[_SYSTEM],
            "LADSPA_PATH",
            # ladspa.h leaves the folders to the hosts; these are the usual ones.
            _on_each(
                ("~/.ladspa", "/usr/local/lib/ladspa", "/usr/lib/ladspa", "/usr/lib64/ladspa"),
                ("~/Library/Audio/Plug-Ins/LADSPA", "/Library/Audio/Plug-Ins/LADSPA"),
                ("%APPDATA%\\LADSPA", "%COMMONPROGRAMFILES%\\LADSPA"),
            ),
            True,
            "realtime.native.ladspa",
        ),
        Kind(
            "clap",
            ".clap",
            "CLAP_PATH",
            # entry.h of CLAP: the variable is asked in addition.
            _on_each(
                ("~/.clap", "/usr/lib/clap", "/usr/local/lib/clap"),
                ("/Library/Audio/Plug-Ins/CLAP", "~/Library/Audio/Plug-Ins/CLAP"),
                ("%COMMONPROGRAMFILES%\\CLAP", "%LOCALAPPDATA%\\Programs\\Common\\CLAP"),
            ),
            False,
            "realtime.native.clap",
        ),
        Kind(
            "vst3",
            ".vst3",
            "VST3_PATH",
            # "Plug-in Locations" of the VST 3 SDK, which knows no variable; the name is what other hosts use.
            _on_each(
                ("~/.vst3", "/usr/lib/vst3", "/usr/local/lib/vst3"),
                ("~/Library/Audio/Plug-Ins/VST3", "/Library/Audio/Plug-Ins/VST3"),
                ("%LOCALAPPDATA%\\Programs\\Common\\VST3", "%COMMONPROGRAMFILES%\\VST3"),
            ),
            False,
            "realtime.native.vst3",
            "pedalboard",
        ),
    )
}
"""By name."""
