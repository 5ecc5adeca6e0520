"""What a plugin is: something with a name, parameters and a latency that makes two channels of two channels.

A kernel plugin brings a compiled function that the audio callback calls. A block plugin is plain Python and runs beside
the sound path, see `realtime.block_bridge`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.errors import SettingsError

CHANNELS = 2


@dataclass(frozen=True)
class Format:
    """The sound that a plugin will be given.

    Attributes
    ----------
    sample_rate
        Hz.
    block_size
        Most samples that come at once; fewer may come at any time.
    """

    sample_rate: int
    block_size: int


@dataclass(frozen=True)
class Parameter:
    """One number that the user may change at any time.

    Attributes
    ----------
    name
        Identifier within the plugin, with the unit as its suffix: "threshold_db".
    label
        For people.
    low, high, default
        Its range and where it begins.
    unit
        "dB", "Hz", "ms", "deg", "%" or "".
    scale
        How a control divides the range: "linear", "log", "switch" (0 or 1) or "choice" (number of one of `choices`).
    choices
        Names of the values 0, 1, ... of a choice.
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    unit: str = ""
    scale: Literal["linear", "log", "switch", "choice"] = "linear"
    choices: tuple[str, ...] = ()

    def accept(self, value: float) -> float:
        """The value, whole for a switch or choice.

        Raises
        ------
        SettingsError
            When it is not a number within the range.
        """
        if not (math.isfinite(value) and self.low <= value <= self.high):
            raise SettingsError(f"{self.name} {value:g} is out of range; accepted: {self.low:g} to {self.high:g}")
        return float(round(value)) if self.scale in ("switch", "choice") else float(value)


class Kernel(Protocol):
    """What the callback needs: a compiled `void run(void *state, const float *const *in, float *const *out, int64 n)`.

    The callback calls it with two input channels and two output channels, float32 (n,) each, none of them shared. The
    function must neither lock, allocate nor wait.
    """

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def latency(self) -> int:
        """Samples by which the output is later than the input."""
        ...

    @property
    def kernel_address(self) -> int:
        """Of the compiled function; valid as long as the plugin lives."""
        ...

    @property
    def state_address(self) -> int:
        """Handed to the function at each call; valid as long as the plugin lives."""
        ...

    def reset(self, position: int = 0) -> None:
        """Forget the sound so far; the next sample is number `position` of the stream. Not while the callback runs."""
        ...


class Plugin(Protocol):
    """What host and window need of any plugin. Opened and prepared on any thread, all else on the main one."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...

    @property
    def latency(self) -> int:
        """Samples by which the output is later than the input; known once prepared, and constant from then on."""
        ...

    def prepare(self, form: Format) -> None:
        """Allocate what the format needs, then `reset`. Once, before the first sound.

        Raises
        ------
        EarsightError
            When it cannot be used: a file is missing, the rate is not supported.
        """
        ...

    def reset(self, position: int = 0) -> None:
        """Forget the sound so far; parameters are at once where they were set. Not while sound runs."""
        ...

    def get(self, name: str) -> float:
        """Value of a parameter.

        Raises
        ------
        SettingsError
            When there is no such parameter.
        """
        ...

    def set(self, name: str, value: float) -> None:
        """Change a parameter; while sound runs it glides there without a click.

        Raises
        ------
        SettingsError
            When there is no such parameter, or the value is not accepted.
        """
        ...

    def save(self) -> dict[str, Any]:
        """What belongs to it beside the parameters, as JSON takes it; usually nothing."""
        ...

    def load(self, state: dict[str, Any]) -> None:
        """Take back what `save` gave; before `prepare`.

        Raises
        ------
        EarsightError
            When it does not fit.
        """
        ...


class KernelPlugin(Plugin, Kernel, Protocol):
    """A plugin that runs inside the callback; `kernel_address` and `state_address` are valid once it is prepared."""


class BlockPlugin(Plugin, Protocol):
    """A plugin in Python; runs on a worker thread between two rings."""

    def process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Worker thread: write (2, n) from (2, n), n up to the format's block size; what is raised bypasses it."""
        ...


def is_kernel(plugin: Plugin) -> bool:
    """Whether it runs inside the callback."""
    return hasattr(type(plugin), "kernel_address")


def parameter_of(plugin: Plugin, name: str) -> Parameter:
    """The plugin's parameter of a name.

    Raises
    ------
    SettingsError
        When there is none.
    """
    for parameter in plugin.parameters:
        if parameter.name == name:
            return parameter
    names = ", ".join(parameter.name for parameter in plugin.parameters) or "none"
    raise SettingsError(f"{plugin.name} has no parameter '{name}'; it has: {names}")
