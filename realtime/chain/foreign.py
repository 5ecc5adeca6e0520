"""Foreign: dealing with plugins, which are anybody's code: what they raise becomes an error of ours, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realtime.errors import EarsightError, PluginError
from realtime.plugin import Plugin


def saved(plugin: Plugin, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the plugin saves, and where that fails what was known."""
    try:
        return plugin.save()
    except Exception:  # noqa: BLE001 - a plugin is anybody's code
        return otherwise


def set_all(plugin: Plugin, values: Mapping[str, float]) -> None:
    """Set those parameters that have other values.

    Raises
    ------
    EarsightError
        When one is not accepted.
    """
    for parameter, value in values.items():
        try:
            if plugin.get(parameter) != value:
                plugin.set(parameter, value)
        except EarsightError:
            raise
        except Exception as error:
            raise PluginError(f"{plugin.name} does not take {value:g} for {parameter}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """The first line of what it says, else what it is."""
    return (str(error) or type(error).__name__).splitlines()[0]
