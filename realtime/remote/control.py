"""Control: one number of the chain that can be turned from outside, and the way between its range and a knob's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from realtime.chain.chain import Chain
from realtime.chain.plan import GAIN_DB, Branch, Slot
from realtime.errors import SettingsError
from realtime.playback import Playback
from realtime.plugin import Parameter
from realtime.stats import Snapshot

_GAIN = Parameter("gain_db", "Gain", *GAIN_DB, 0.0, "dB")
_SLOT = {
    "bypass": Parameter("bypassed", "Bypass", 0.0, 1.0, 0.0, scale="switch"),
    "wet": Parameter("wet", "Wet", 0.0, 1.0, 1.0),
    "gain": _GAIN,
}
_BRANCH = {"mute": Parameter("muted", "Mute", 0.0, 1.0, 0.0, scale="switch"), "gain": _GAIN}
"""Name -> the attribute of the plan's part, with its range."""


class Running(Protocol):
    """The part of a host that remote control uses."""

    @property
    def chain(self) -> Chain | None: ...

    def snapshot(self) -> Snapshot: ...

    def scope(self, samples: int) -> tuple[int, NDArray[np.float32]]: ...

    def reset_counters(self) -> None: ...

    @property
    def playback(self) -> Playback | None: ...

    def play(self) -> None: ...

    def pause(self) -> None: ...

    def seek(self, seconds: float) -> None: ...

    def loop(self, region: tuple[float, float] | None) -> None: ...

    def listen_to(self, what: str) -> None: ...


def started(running: Running | None) -> Running:
    """The host.

    Raises
    ------
    SettingsError
        When there is none now.
    """
    if running is None:
        raise SettingsError("nothing runs now; start first")
    return running


def chain_of(running: Running | None) -> Chain:
    """The host's chain; raises as `started`."""
    chain = started(running).chain
    if chain is None:
        raise SettingsError("there is no chain yet; start first")
    return chain


@dataclass(frozen=True)
class Control:
    """A number that can be read and set. Main thread.

    Attributes
    ----------
    part
        Id of the slot or branch.
    name
        Within the part: "bypass", "wet" or "gain" of a slot, "mute" or "gain" of a branch, else the plugin's parameter.
    parameter
        Its range and scale.
    of
        "slot" or "branch".
    own
        Whether it is the part's own and not its plugin's.
    """

    part: str
    name: str
    parameter: Parameter
    of: str = "slot"
    own: bool = False

    @property
    def address(self) -> str:
        """In OSC; what an address cannot contain is written as in a URL."""
        return f"/{self.of}/{quote(self.part, safe='')}/{quote(self.name, safe='')}"

    def read(self, chain: Chain) -> float:
        """Its present value."""
        if self.own:
            return float(getattr(chain.history.now.part(self.part), self.parameter.name))
        plugin = chain.plugin(self.part)
        return self.parameter.default if plugin is None else plugin.get(self.parameter.name)

    def turn(self, chain: Chain, value: float) -> None:
        """Set it; nothing happens when it has this value already, not even in the history.

        Raises
        ------
        SettingsError
            When the value is not accepted.
        """
        value = self.parameter.accept(value)
        if value == self.read(chain):
            return
        if not self.own:
            chain.set(self.part, self.parameter.name, value)
            return
        field, switch = self.parameter.name, self.parameter.scale == "switch"
        plan = chain.history.now.change(self.part, **{field: bool(value) if switch else value})
        chain.edit(plan, None if switch else ("turn", self.part, field))


def controls_of(chain: Chain, part: Slot | Branch) -> tuple[Control, ...]:
    """Those of a slot or branch, its own first; a parameter that is called like one of them gets "-2" to its name."""
    if isinstance(part, Branch):
        return tuple(Control(part.id, name, parameter, "branch", own=True) for name, parameter in _BRANCH.items())
    plugin = chain.plugin(part.id)
    parameters = () if plugin is None else plugin.parameters
    return (
        *(Control(part.id, name, parameter, own=True) for name, parameter in _SLOT.items()),
        *(Control(part.id, f"{given.name}-2" if given.name in _SLOT else given.name, given) for given in parameters),
    )


def all_controls(chain: Chain) -> tuple[Control, ...]:
    """Those of every slot and branch, first to last."""
    parts = (part for part in chain.history.now.parts() if isinstance(part, Slot | Branch))
    return tuple(control for part in parts for control in controls_of(chain, part))


def control_of(chain: Chain, part: str, name: str) -> Control:
    """The control of a name in the slot or branch of an id.

    Raises
    ------
    SettingsError
        When there is none.
    """
    there = chain.history.now.part(part)
    controls = controls_of(chain, there) if isinstance(there, Slot | Branch) else ()
    for control in controls:
        if control.name == name:
            return control
    raise SettingsError(
        f"'{part}' has no '{name}'; it has: {', '.join(control.name for control in controls) or 'none'}"
    )


def control_at(chain: Chain, address: str) -> Control:
    """The control of an OSC address; as `control_of`."""
    steps = address.split("/")
    if len(steps) != 4 or steps[1] not in ("slot", "branch"):
        raise SettingsError(f"unknown address {address[:80]!r}; send /list for those there are")
    control = control_of(chain, unquote(steps[2]), unquote(steps[3]))
    if control.of != steps[1]:
        raise SettingsError(f"'{control.part}' is a {control.of}; its address is {control.address}")
    return control


def value_at(parameter: Parameter, position: float) -> float:
    """The value where a knob stands, 0 to 1: evenly, by ratio (log), or the nearest step (switch, choice)."""
    low, high = parameter.low, parameter.high
    value = low * (high / low) ** position if _by_ratio(parameter) else low + position * (high - low)
    return parameter.accept(min(max(value, low), high))


def position_of(parameter: Parameter, value: float) -> float:
    """Where a knob stands for a value, 0 to 1."""
    low, high = parameter.low, parameter.high
    if high <= low:
        return 0.0
    if _by_ratio(parameter):
        return math.log(max(value, low) / low) / math.log(high / low)
    return (value - low) / (high - low)


def _by_ratio(parameter: Parameter) -> bool:
    return parameter.scale == "log" and 0 < parameter.low < parameter.high
