"""Plugins that other packages bring, by entry points of the group `earsight.plugins`: callables that make a plugin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from realtime.errors import EarsightError, PluginError
from realtime.plugin import Plugin

GROUP = "earsight.plugins"
COMMON = ("name", "parameters", "latency", "prepare", "reset", "get", "set", "save", "load")
"""What every plugin has, see `realtime.plugin.Plugin`."""


@dataclass(frozen=True)
class PythonPlugin:
    """A plugin of an installed package, not imported before it is made.

    Attributes
    ----------
    identifier
        "python:NAME", with the entry point's name.
    package
        Name and version of the package that brings it; empty where its metadata lack them.
    """

    identifier: str
    package: str
    _entry: EntryPoint

    def make(self) -> Plugin:
        """Import the package, if it was not, and make a plugin, not yet prepared.

        Raises
        ------
        PluginError
            When importing or calling it fails, or what it gives is no plugin.
        """
        try:
            made: object = cast(Callable[[], Any], self._entry.load())()
        except EarsightError:
            raise
        except (Exception, SystemExit) as error:  # a script that was meant to be run exits when it is imported
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise PluginError(f"{self._what} does not load ({reason}); update or remove its package") from error
        if isinstance(made, type):
            raise PluginError(f"{self._what} gives the class {made.__name__}; name the class itself as the entry")
        missing = missing_of(made)
        if missing:
            raise PluginError(f"{self._what} gives a {type(made).__name__}, no plugin: it lacks {missing}")
        return cast(Plugin, made)

    @property
    def _what(self) -> str:
        return f"plugin '{self.identifier}'" + (f" of {self.package}" if self.package else "")


def installed() -> dict[str, PythonPlugin]:
    """Plugins of all installed packages by identifier, in order; the first of a name counts. Imports none of them."""
    found: dict[str, PythonPlugin] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else ""
        identifier = f"python:{entry.name}"
        found.setdefault(identifier, PythonPlugin(identifier, package, entry))
    return found


def missing_of(made: object) -> str:
    """What a thing lacks to be a kernel or block plugin, with commas; empty when nothing."""
    there = {*dir(type(made)), *dir(made)}
    lacks = [name for name in COMMON if name not in there]
    if not {"kernel_address", "state_address"} <= there and "process" not in there:
        lacks.append("process")
    return ", ".join(lacks)
