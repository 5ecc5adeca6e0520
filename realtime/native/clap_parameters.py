"""A CLAP plugin's parameters: what they are, and the memory by which changes reach the plugin."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.native import clap_abi as abi
from realtime.native.clap_file import ClapInstance, text
from realtime.native.clap_host import EVENT_BYTES, FUNCTIONS
from realtime.native.names import identifiers, known_unit, label_and_unit
from realtime.plugin import Parameter

_MOST_CHOICES = 128
_WITH_UNIT = re.compile(r"[-+]?[\d.]+\s*(\D*)")


def readings(instance: ClapInstance) -> dict[str, int]:
    """Names and ids of what the plugin only shows, such as a gain reduction."""
    return {text(info.name): info.id for info in instance.parameters() if info.flags & abi.IS_READONLY}


def settable(instance: ClapInstance) -> list[Any]:
    """A `clap_abi.ParamInfo` for each parameter that the user may change."""
    return [
        info
        for info in instance.parameters()
        if not info.flags & (abi.IS_READONLY | abi.IS_HIDDEN)
        and all(map(math.isfinite, (info.low, info.high, info.default)))
        and info.low < info.high
    ]


def parameters(instance: ClapInstance, infos: list[Any]) -> tuple[Parameter, ...]:
    """One for each. A name that several have is preceded by its module; the unit is that of the plugin's own text."""
    often = Counter(info.name for info in infos)
    labels: list[tuple[str, str]] = []
    for info in infos:
        label, unit = label_and_unit(text(info.name))
        module = text(info.module) if often[info.name] > 1 else ""
        labels.append((f"{module}: {label}" if module else label, unit or _unit(instance, info)))
    return tuple(
        _parameter(instance, info, name, label, unit)
        for info, name, (label, unit) in zip(infos, identifiers(labels), labels, strict=True)
    )


def is_whole(info: Any) -> bool:
    """Whether the parameter takes whole numbers only."""
    return bool(info.flags & abi.IS_STEPPED)


def _parameter(instance: ClapInstance, info: Any, name: str, label: str, unit: str) -> Parameter:
    low, high, default = info.low, info.high, min(max(info.default, info.low), info.high)
    if not is_whole(info):
        return Parameter(name, label, low, high, default, unit)
    default = float(round(default))
    if (low, high) == (0.0, 1.0):
        return Parameter(name, label, low, high, default, scale="switch")
    if low == 0 and high < _MOST_CHOICES:
        texts = tuple(instance.text(info.id, float(value)) for value in range(int(high) + 1))
        if all(choice and not _WITH_UNIT.fullmatch(choice) for choice in texts):
            return Parameter(name, label, low, high, default, scale="choice", choices=texts)
    return Parameter(name, label, low, high, default, unit)


def _unit(instance: ClapInstance, info: Any) -> str:
    written = _WITH_UNIT.fullmatch(instance.text(info.id, info.default))
    return known_unit(written[1]) if written else ""


class Changes:
    """Values of a plugin's parameters, and those that it was not yet told as a CLAP input event list.

    The main thread writes `target`; whoever processes, the callback or `flush`, makes events of what differs from
    `told`. The newest value wins, and nothing can overflow.

    Attributes
    ----------
    ids
        int64 (n,).
    target, told
        float64 (n,): what the parameters are to be, and what the plugin knows.
    header
        int64 (2,): how many events there are, and where they lie.
    events
        `clap_abi.EVENT` (n,).
    """

    def __init__(self, ids: list[int]) -> None:
        self.ids: NDArray[np.int64] = np.array(ids, np.int64)
        self.target: NDArray[np.float64] = np.zeros(len(ids))
        self.told: NDArray[np.float64] = np.full(len(ids), np.nan)
        self.events: NDArray[np.void] = np.zeros(max(1, len(ids)), abi.EVENT)
        self.header: NDArray[np.int64] = np.array([0, self.events.ctypes.data], np.int64)
        self._inputs = np.array(
            [(self.header.ctypes.data, FUNCTIONS["event_count"], FUNCTIONS["event"])], abi.INPUT_EVENTS
        )
        self._outputs = np.array([(0, FUNCTIONS["try_push"])], abi.OUTPUT_EVENTS)
        self.events["size"], self.events["type"] = EVENT_BYTES, abi.EVENT_PARAM_VALUE
        for wildcard in ("note_id", "port_index", "channel", "key"):
            self.events[wildcard] = -1

    @property
    def inputs(self) -> int:
        """Address of the `clap_input_events`."""
        return self._inputs.ctypes.data

    @property
    def outputs(self) -> int:
        """Address of the `clap_output_events`, which take all and keep nothing."""
        return self._outputs.ctypes.data

    def flush(self, instances: list[ClapInstance]) -> None:
        """Main thread, not while the callback runs: tell the plugins at once."""
        numbers = np.flatnonzero(self.target != self.told)
        self.events["param_id"][: len(numbers)] = self.ids[numbers]
        self.events["value"][: len(numbers)] = self.target[numbers]
        self.header[0] = len(numbers)
        for instance in instances if len(numbers) else ():
            instance.params.flush(instance.address, self.inputs, self.outputs)
        self.told[:] = self.target
        self.header[0] = 0

    def take_from(self, instance: ClapInstance) -> None:
        """Take over the plugin's own values."""
        self.target[:] = self.told[:] = [instance.value(int(number)) for number in self.ids]
