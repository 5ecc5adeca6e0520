"""What the window knows of the plugin in a slot: from the chain that plays it, else from the list of plugins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from gui.catalogue import Catalogue
from gui.client import ChainClient, ListedPlugin
from gui.readings import reading_of
from realtime.chain.chain import SlotState
from realtime.chain.plan import SPATIALISER, Slot
from realtime.plugin import Parameter, Plugin


@dataclass(frozen=True)
class Known:
    """Of one slot, at this moment.

    Attributes
    ----------
    name
        For people.
    latency
        Samples; None while nothing plays.
    trouble
        One line; empty when there is none.
    parameters
        What the plugin declares; none when it is not there.
    value_of
        Value of a parameter now, by its name.
    missing
        Whether the slot is a placeholder: its plugin cannot be had here, and what was set is kept for when it can.
    reading
        What the plugin shows of the sound now; empty when it shows nothing.
    opening
        Whether it, or what takes its place, is still being opened.
    """

    name: str
    latency: int | None
    trouble: str
    parameters: tuple[Parameter, ...]
    value_of: Callable[[str], float]
    missing: bool = False
    reading: str = ""
    opening: bool = False


def known_of(slot: Slot, chain: ChainClient, state: SlotState | None, catalogue: Catalogue) -> Known:
    """What is known of a slot; `state` is what the chain says of it while it plays."""
    listed = catalogue.find(slot.plugin)
    if state is not None:
        return _playing(slot, chain.plugin(slot.id), state, listed)
    if slot.plugin == SPATIALISER:
        return Known(_spatialiser(), None, "", (), slot.values.__getitem__)
    trouble = "" if listed is None else listed.trouble
    return _by_list(slot, listed, trouble, missing=listed is None and catalogue.complete)


def _playing(slot: Slot, plugin: Plugin | None, state: SlotState, listed: ListedPlugin | None) -> Known:
    if plugin is not None:
        reading = reading_of(plugin)
        return Known(
            plugin.name, state.latency, state.trouble, plugin.parameters, plugin.get, False, reading, state.opening
        )
    if slot.plugin == SPATIALISER:
        return Known(_spatialiser(), state.latency, state.trouble, (), slot.values.__getitem__)
    if state.opening:
        return _by_list(slot, listed, opening=True)
    name = slot.plugin if listed is None else listed.name
    return Known(name, None, state.trouble, (), slot.values.__getitem__, missing=True)


def _by_list(
    slot: Slot, listed: ListedPlugin | None, trouble: str = "", *, missing: bool = False, opening: bool = False
) -> Known:
    """What the list says of a plugin that is not there yet; its parameters can be set already."""
    parameters = () if listed is None else listed.parameters
    defaults = {parameter.name: parameter.default for parameter in parameters}
    return Known(
        slot.plugin if listed is None else listed.name,
        None,
        trouble,
        parameters,
        lambda name: slot.values.get(name, defaults[name]),
        missing,
        opening=opening,
    )


def _spatialiser() -> str:
    return QCoreApplication.translate("Known", "Spatialiser")
