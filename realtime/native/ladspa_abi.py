"""LADSPA's binary interface, version 1.1: its structures, and what a port's hints say. Source: ladspa.h."""

from __future__ import annotations

import ctypes
import math
import re
from ctypes import POINTER, c_char_p, c_float, c_int, c_ulong, c_void_p
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from realtime.native.names import identifiers, label_and_unit
from realtime.plugin import Parameter

# LADSPA_PORT_*: two bits of direction, two of kind.
CONTROL_IN, CONTROL_OUT, AUDIO_IN, AUDIO_OUT = 0x5, 0x6, 0x9, 0xA
HARD_REALTIME = 0x4
"""Of the properties: `run` neither allocates nor waits, and takes A + B * n of time."""

_BELOW, _ABOVE, _TOGGLED, _SAMPLE_RATE, _LOGARITHMIC, _INTEGER = 0x1, 0x2, 0x4, 0x8, 0x10, 0x20
_DEFAULT_MASK = 0x3C0
_DEFAULT_SHARES = {0x40: 0.0, 0x80: 0.25, 0xC0: 0.5, 0x100: 0.75, 0x140: 1.0}
"""Default minimum, low, middle, high, maximum: how far from the lower to the upper bound."""
_DEFAULT_VALUES = {0x200: 0.0, 0x240: 1.0, 0x280: 100.0, 0x2C0: 440.0}
_USUAL = {"s": (0.0, 5.0), "ms": (0.0, 5000.0), "Hz": (0.0, 20_000.0), "dB": (-60.0, 24.0), "%": (0.0, 100.0)}
"""Range of a port that gives no bounds, by its unit; 0 to 1 for others. Ours: LADSPA says nothing."""
_CHOICE = re.compile(r"(\d+)\s*(?:=|for)\s*([^,)]+)")
"""swh-plugins name choices in the port's name: "Filter type (0=LP, 1=BP, 2=HP)"."""


class PortRangeHint(ctypes.Structure):
    _fields_: ClassVar = [("hints", c_int), ("lower", c_float), ("upper", c_float)]


class Descriptor(ctypes.Structure):
    """LADSPA_Descriptor."""


Instantiate = ctypes.CFUNCTYPE(c_void_p, POINTER(Descriptor), c_ulong)
ConnectPort = ctypes.CFUNCTYPE(None, c_void_p, c_ulong, c_void_p)
OfHandle = ctypes.CFUNCTYPE(None, c_void_p)
Run = ctypes.CFUNCTYPE(None, c_void_p, c_ulong)
Descriptor._fields_ = [
    ("unique_id", c_ulong),
    ("label", c_char_p),
    ("properties", c_int),
    ("name", c_char_p),
    ("maker", c_char_p),
    ("copyright", c_char_p),
    ("port_count", c_ulong),
    ("port_descriptors", POINTER(c_int)),
    ("port_names", POINTER(c_char_p)),
    ("port_range_hints", POINTER(PortRangeHint)),
    ("implementation_data", c_void_p),
    ("instantiate", Instantiate),
    ("connect_port", ConnectPort),
    ("activate", OfHandle),
    ("run", Run),
    ("run_adding", c_void_p),
    ("set_run_adding_gain", c_void_p),
    ("deactivate", OfHandle),
    ("cleanup", OfHandle),
]


def descriptors(library: ctypes.CDLL) -> list[Any]:
    """Pointers to every `Descriptor` of a file; empty when it is no LADSPA file."""
    function = getattr(library, "ladspa_descriptor", None)
    if function is None:
        return []
    function.argtypes, function.restype = [c_ulong], POINTER(Descriptor)
    found: list[Any] = []
    while pointer := function(len(found)):
        found.append(pointer)
    return found


def text(raw: bytes | None) -> str:
    """A C string, whatever its encoding."""
    return (raw or b"").decode("utf-8", "replace").strip()


def ports(descriptor: Descriptor, *kinds: int) -> list[int]:
    """Numbers of the ports of these kinds, in order."""
    return [port for port in range(descriptor.port_count) if descriptor.port_descriptors[port] & 0xF in kinds]


def parameters(descriptor: Descriptor, sample_rate: int) -> tuple[Parameter, ...]:
    """One for each input control, in the order of the ports."""
    numbers = ports(descriptor, CONTROL_IN)
    labels = [label_and_unit(text(descriptor.port_names[port])) for port in numbers]
    return tuple(
        replace(_parameter(label, unit, descriptor.port_range_hints[port], sample_rate), name=name)
        for port, (label, unit), name in zip(numbers, labels, identifiers(labels), strict=True)
    )


def is_whole(hint: PortRangeHint) -> bool:
    """Whether the port takes whole numbers only."""
    return bool(hint.hints & _INTEGER)


def _parameter(label: str, unit: str, hint: PortRangeHint, sample_rate: int) -> Parameter:
    if hint.hints & _TOGGLED:
        on = hint.hints & _DEFAULT_MASK in (0x140, 0x240)
        return Parameter("", label, 0.0, 1.0, float(on), scale="switch")
    low, high = _range(hint, unit, sample_rate)
    default = min(max(_default(hint, low, high), low), high)
    scale = "log" if hint.hints & _LOGARITHMIC and low > 0 else "linear"
    if is_whole(hint):
        found = [(int(number), name.strip()) for number, name in _CHOICE.findall(label)]
        if low == 0 and [number for number, _ in found] == list(range(int(high) + 1)):
            choices = tuple(name for _, name in found)
            return Parameter("", _bare(label), low, high, float(round(default)), unit, "choice", choices)
        default = float(round(default))
    return Parameter("", label, low, high, shortest(default), unit, scale)


def _bare(label: str) -> str:
    return label.split("(")[0].strip() or label


def _range(hint: PortRangeHint, unit: str, sample_rate: int) -> tuple[float, float]:
    """The bounds, multiplied by the rate where they ask for it; usual ones where there are none."""
    times = sample_rate if hint.hints & _SAMPLE_RATE else 1
    low, high = _USUAL.get(unit, (0.0, 1.0))
    below, above = bool(hint.hints & _BELOW), bool(hint.hints & _ABOVE)
    low = shortest(shortest(hint.lower) * times) if below else low
    # A default that has a value of its own must lie within.
    default = _DEFAULT_VALUES.get(hint.hints & _DEFAULT_MASK, 0.0)
    high = shortest(shortest(hint.upper) * times) if above else max(high, 2 * default)
    if is_whole(hint):
        # Bounds may be a little wider than the whole numbers they mean.
        low, high = float(math.ceil(low - 1e-3)), float(math.floor(high + 1e-3))
    if low >= high:
        low, high = (low, low + max(1.0, abs(low))) if below else (high - max(1.0, abs(high)), high)
    return low, high


def _default(hint: PortRangeHint, low: float, high: float) -> float:
    kind = hint.hints & _DEFAULT_MASK
    if kind in _DEFAULT_VALUES:
        return _DEFAULT_VALUES[kind]
    if kind not in _DEFAULT_SHARES:
        return 0.0
    share = _DEFAULT_SHARES[kind]
    if hint.hints & _LOGARITHMIC and low > 0 and 0 < share < 1:
        return math.exp(math.log(low) * (1 - share) + math.log(high) * share)
    return low * (1 - share) + high * share


def shortest(value: float) -> float:
    """The shortest decimal that is the same float32: 0.1 for 0.10000000149011612."""
    return float(str(np.float32(value)))


def address(function: Any) -> int:
    """Of a C function."""
    return ctypes.cast(function, c_void_p).value or 0
