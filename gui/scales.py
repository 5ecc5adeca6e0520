"""How a control divides a parameter's range, and how its values are written."""

from __future__ import annotations

import math

from realtime.plugin import Parameter

STEPS = 1000
"""A control has so many places along the range."""


def step_of(parameter: Parameter, value: float) -> int:
    """Place of a value, 0 to STEPS."""
    low, high = _curve(parameter, parameter.low), _curve(parameter, parameter.high)
    if high <= low:
        return 0
    inside = min(max(value, parameter.low), parameter.high)
    return round(STEPS * (_curve(parameter, inside) - low) / (high - low))


def value_at(parameter: Parameter, step: int) -> float:
    """Value at a place, with no more digits than `written` shows; the inverse of `step_of` but for those."""
    if step <= 0:
        return parameter.low
    if step >= STEPS:
        return parameter.high
    low, high = _curve(parameter, parameter.low), _curve(parameter, parameter.high)
    along = low + (high - low) * step / STEPS
    exact = math.exp(along) if _is_log(parameter) else along
    return min(max(round(exact, digits(parameter, exact)), parameter.low), parameter.high)


def digits(parameter: Parameter, value: float) -> int:
    """Decimals to write: three significant digits on a log scale, else about as fine as the steps are."""
    if _is_log(parameter):
        return min(3, max(0, 2 - math.floor(math.log10(value))))
    span = parameter.high - parameter.low
    if span <= 0 or (parameter.unit == "%" and span >= 100):
        return 0
    return min(3, max(0, 3 - math.ceil(math.log10(span))))


def written(parameter: Parameter, value: float) -> str:
    """The number alone."""
    text = f"{value:.{digits(parameter, value)}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def unit_of(parameter: Parameter) -> str:
    """What follows the number, with its space."""
    return {"": "", "deg": "°"}.get(parameter.unit, f" {parameter.unit}")


def _is_log(parameter: Parameter) -> bool:
    return parameter.scale == "log" and parameter.low > 0


def _curve(parameter: Parameter, value: float) -> float:
    return math.log(value) if _is_log(parameter) else value
