"""Registry: plugins by their identifiers, and a list of all that there are.

An identifier is the short name of one that ships ("limiter"), or a kind and a name: "python:NAME" of an installed
package, "ladspa:FILE:LABEL", "clap:ID" or "vst3:NAME" for native ones.
"""

from __future__ import annotations

from importlib import import_module

from realtime.errors import SettingsError
from realtime.plugin import Plugin

BUILT_IN = {
    "trim": "Trim",
}
"""Identifier, which is also the name of the file in `realtime.effects` -> class."""


def open_plugin(identifier: str) -> Plugin:
    """A new plugin, not yet prepared.

    Raises
    ------
    EarsightError
        When there is none of that identifier, or it cannot be loaded.
    """
    if identifier in BUILT_IN:
        return getattr(import_module(f"realtime.effects.{identifier}"), BUILT_IN[identifier])()
    raise SettingsError(f"there is no plugin '{identifier}'; run: earsight plugins")
