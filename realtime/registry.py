"""Registry: plugins by their identifiers, and a list of all that there are.

An identifier is the short name of one that ships ("limiter"), or a kind and a name: "python:NAME" of an installed
package, "ladspa:FILE:LABEL", "clap:ID" or "vst3:..." for native ones; a native plugin's file will do as well.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from realtime.described import Described
from realtime.errors import EarsightError, PluginError
from realtime.plugin import Format, Plugin

BUILT_IN = {
    "trim": "Trim",
    "gate": "Gate",
    "equaliser": "Equaliser",
    "compressor": "Compressor",
    "limiter": "Limiter",
    "width": "Width",
    "mid_side": "MidSide",
    "delay": "Delay",
    "convolution": "Convolution",
    "panner": "Panner",
    "crossfeed": "Crossfeed",
    "meter": "Meter",
}
"""Identifier, which is also the name of the file in `realtime.effects` -> class."""
FORM = Format(48_000, 64)
"""What latencies are listed for."""


def open_plugin(identifier: str) -> Plugin:
    """A new plugin, not yet prepared. A native one that was never looked for is looked for, which may take a while.

    Raises
    ------
    EarsightError
        When there is none of that identifier, or it cannot be loaded.
    """
    if identifier in BUILT_IN:
        return getattr(import_module(f"realtime.effects.{identifier}"), BUILT_IN[identifier])()
    kind, colon, _ = identifier.partition(":")
    if kind == "python":
        from realtime.python_plugins import installed

        found = installed().get(identifier)
        if found is None:
            raise PluginError(f"no installed package brings '{identifier}'; install it, then run: earsight plugins")
        return found.make()
    if not (colon or Path(identifier).exists()):
        raise PluginError(f"there is no plugin '{identifier}'; run: earsight plugins")
    from realtime.native.scan import open_native

    return open_native(identifier)


def listed(*, again: bool = False, progress: Callable[[Path], None] | None = None) -> list[Described]:
    """All plugins: those that ship, those of installed packages, and native ones; what cannot be used has its trouble.

    Parameters
    ----------
    again
        Look into native ones anew, whatever is remembered.
    progress
        Called with each file that is looked into.
    """
    from realtime.native.scan import scan
    from realtime.python_plugins import installed

    ours = [_described(name, "built-in", "Earsight") for name in BUILT_IN]
    others = [_described(plugin.identifier, "python", plugin.package) for plugin in installed().values()]
    return [*ours, *others, *scan(again=again, progress=progress)]


def _described(identifier: str, kind: str, maker: str) -> Described:
    try:
        plugin = open_plugin(identifier)
        plugin.prepare(FORM)
        return Described(identifier, plugin.name, maker, kind, "", plugin.parameters, plugin.latency)
    except EarsightError as error:
        trouble = str(error)
    except Exception as error:  # noqa: BLE001 - a package's plugin is anybody's code, and one of many in the list
        trouble = (str(error) or type(error).__name__).splitlines()[0]
    return Described(identifier, identifier.partition(":")[2] or identifier, maker, kind, "", trouble=trouble)
