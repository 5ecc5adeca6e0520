"""Effect: what the shipped kernel plugins have in common, a record of numbers that Python writes and a kernel reads."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import Kernel, inlined
from realtime.plugin import Format, Parameter, parameter_of

GLIDE_S = 0.02
"""Time constant of a parameter on its way to where it was set."""
STEP = 16
"""Samples between two settings of what is costly to compute from a parameter, such as a filter."""


def layout(parameters: int, *fields: tuple[Any, ...]) -> np.dtype[np.void]:
    """Record of an effect's state: its rate, where its parameters are to be and where they are, and its own fields."""
    common = [("sample_rate", "f8"), ("glide", "f8"), ("target", "f8", (parameters,)), ("value", "f8", (parameters,))]
    return np.dtype([*common, *fields], align=True)


@inlined
def glide(record: Any, number: int) -> float:
    """Move a parameter one sample nearer to its target; gives where it is. Settles exactly."""
    target = record.target[number]
    value = record.value[number]
    if value != target:
        value += (target - value) * record.glide
        if abs(target - value) <= 1e-6 * (abs(target) + 1e-3):
            value = target
        record.value[number] = value
    return value


@inlined
def still(record: Any) -> bool:
    """Whether every parameter is where it is to be: what is costly to make of one need not be made again."""
    moving = False
    for number in range(len(record.target)):
        moving = moving or record.value[number] != record.target[number]
    return not moving


class Effect:
    """A kernel plugin whose state is one record; subclasses give the class variables and allocate in `allocate`.

    The kernel writes any block from any other, and the same whatever the blocks' sizes.

    Attributes
    ----------
    name
        For people, and with capitals and spaces replaced the identifier, see `realtime.registry`.
    parameters
        As `realtime.plugin.Plugin` says.
    record_type
        From `layout`, with one `target` and `value` for each parameter, in their order.
    kernel
        The compiled function; its state pointer is the record's address.
    """

    name: str
    parameters: tuple[Parameter, ...]
    record_type: ClassVar[np.dtype[np.void]]
    kernel: ClassVar[Kernel]

    def __init__(self) -> None:
        self.latency = 0
        self._record: NDArray[np.void] = np.zeros(1, self.record_type)
        for number, parameter in enumerate(self.parameters):
            self._record["target"][0, number] = parameter.default

    @property
    def kernel_address(self) -> int:
        return self.kernel.address

    @property
    def state_address(self) -> int:
        return self._record.ctypes.data

    def prepare(self, form: Format) -> None:
        """As `Plugin` says."""
        self._record["sample_rate"] = form.sample_rate
        self._record["glide"] = 1.0 - math.exp(-1.0 / (GLIDE_S * form.sample_rate))
        self.allocate(form, self._record)
        self.reset()

    def allocate(self, form: Format, record: NDArray[np.void]) -> None:
        """Make the memory that the format needs, keep it alive, and write its addresses into the record (1,)."""

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says; subclasses clear their memory as well."""
        del position
        self._record["value"] = self._record["target"]

    def get(self, name: str) -> float:
        """As `Plugin` says."""
        return float(self._record["target"][0, self._number(name)])

    def set(self, name: str, value: float) -> None:
        """As `Plugin` says."""
        self._record["target"][0, self._number(name)] = parameter_of(self, name).accept(value)

    def save(self) -> dict[str, Any]:
        """As `Plugin` says."""
        return {}

    def load(self, state: dict[str, Any]) -> None:
        """As `Plugin` says."""
        del state

    def _number(self, name: str) -> int:
        return self.parameters.index(parameter_of(self, name))
