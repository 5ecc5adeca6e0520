"""VST3 parameters, which are 0 to 1 and a text for each value, as parameters with a range, a unit and a scale."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.native.names import identifiers, known_unit
from realtime.plugin import Parameter

STEPS = 129
"""Texts that are asked for: the number between two of them is interpolated."""
MOST_CHOICES = 64
DIGITS = 6
"""Of a parameter's range; the plugin's own number has seven."""
PROGRAMS = ("program", "current program")
_NUMBER = re.compile(r"\s*([-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?)\s*(\S*)\s*", re.IGNORECASE)


class Raw(Protocol):
    """What pedalboard knows of a parameter."""

    name: str
    label: str
    raw_value: float
    num_steps: int
    is_automatable: bool

    def get_text_for_raw_value(self, value: float, /) -> str:
        """As the plugin shows a value, 0 to 1."""
        ...


@dataclass(frozen=True)
class Control:
    """One parameter and how its values lie on the plugin's 0 to 1.

    Attributes
    ----------
    key
        The plugin's own name for it.
    values, raws
        Ascending values and the 0 to 1 of each, float64 (n,).
    """

    key: str
    parameter: Parameter
    values: NDArray[np.float64]
    raws: NDArray[np.float64]

    def raw(self, value: float) -> float:
        """0 to 1 for a value."""
        return float(np.interp(value, self.values, self.raws))

    def value(self, raw: float) -> float:
        """The value for 0 to 1: the inverse of `raw`."""
        order = np.argsort(self.raws, kind="stable")
        low, high = self.values[0], self.values[-1]
        value = np.interp(raw, self.raws[order], self.values[order])
        return float(np.clip(np.round(value, DIGITS - math.ceil(math.log10(high - low))), low, high))


def controls(parameters: Iterable[Raw]) -> tuple[Control, ...]:
    """A control for each parameter that a user can change.

    Left out is what the plugin does not let its host change (its meters), what shows the same text at every value, as
    there is nothing to choose by, and what chooses a program: that changes the others without a word.
    """
    shown: dict[str, Raw] = {}
    for parameter in parameters:
        ends = {parameter.get_text_for_raw_value(raw) for raw in (0.0, 0.5, 1.0)}
        if parameter.is_automatable and len(ends) > 1 and parameter.name.lower() not in PROGRAMS:
            shown.setdefault(parameter.name, parameter)
    named = identifiers([(name, known_unit(parameter.label)) for name, parameter in shown.items()])
    return tuple(_control(name, parameter) for name, parameter in zip(named, shown.values(), strict=True))


def _control(name: str, raw: Raw) -> Control:
    raws = np.linspace(0.0, 1.0, raw.num_steps if 2 <= raw.num_steps <= MOST_CHOICES else STEPS)
    texts = [raw.get_text_for_raw_value(float(value)) for value in raws]
    numbers = _numbers(texts)
    unit = known_unit(raw.label)
    if len(raws) == 2:
        return _made(name, raw, np.array([0.0, 1.0]), raws, scale="switch")
    if len(raws) <= MOST_CHOICES:
        return _made(name, raw, np.arange(float(len(raws))), raws, scale="choice", choices=tuple(texts))
    if numbers is None:
        return _made(name, raw, raws, raws)
    if numbers[0] > numbers[-1]:
        numbers, raws = numbers[::-1], raws[::-1]
    low, middle, high = numbers[0], numbers[len(numbers) // 2], numbers[-1]
    scale = "log" if low > 0 and middle < 0.25 * (low + high) else "linear"
    return _made(name, raw, numbers, raws, unit=unit, scale=scale)


def _numbers(texts: list[str]) -> NDArray[np.float64] | None:
    """The texts' numbers when all are and they only rise or only fall; kHz in Hz."""
    found = [_NUMBER.fullmatch(text) for text in texts]
    numbers = np.array([float(m[1]) * (1000 if m[2].lower() == "khz" else 1) for m in found if m])
    if len(numbers) < len(texts) or numbers[0] == numbers[-1]:
        return None
    steps = np.diff(numbers) * np.sign(numbers[-1] - numbers[0])
    return numbers if (steps >= 0).all() else None


def _made(
    name: str,
    raw: Raw,
    values: NDArray[np.float64],
    raws: NDArray[np.float64],
    *,
    unit: str = "",
    scale: Literal["linear", "log", "switch", "choice"] = "linear",
    choices: tuple[str, ...] = (),
) -> Control:
    low, high = float(values[0]), float(values[-1])

    def made(default: float) -> Control:
        return Control(raw.name, Parameter(name, raw.name, low, high, default, unit, scale, choices), values, raws)

    return made(made(low).value(raw.raw_value))
