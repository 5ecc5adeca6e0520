"""LADSPA: one plugin of a file, its `run` called from the callback. A mono plugin runs twice, once per channel.

Every control is one float32 that the plugin reads at each block, written where it lies; whether a change glides or
clicks is the plugin's own affair, as is what it does inside `run`. Denormals are flushed around that call.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.described import Described
from realtime.errors import PluginError
from realtime.native import ladspa_abi as abi
from realtime.native.ladspa_kernel import LADSPA, LEFT, LEFT_KEY, LEFT_OUT, ROWS, ladspa_kernel
from realtime.native.library import open_library
from realtime.plugin import CHANNELS, Format, Parameter, parameter_of

KIND = "ladspa"
USUAL_FORMAT = Format(48_000, 512)
"""For which a plugin is described."""
LAYOUTS = ((1, 1), (2, 2), (1, 2))
"""Inputs and outputs that fit a stereo slot; side chains are not counted."""


class LadspaPlugin:
    """A kernel plugin made of one LADSPA plugin type.

    A mono plugin runs twice. One that makes two channels of one hears the mean of both. A side chain, known by its
    name, hears what goes in. A "latency" output is the latency, read after a block of silence in `prepare`, with the
    controls as they are then. The file stays loaded; a file that crashes while it is loaded takes the process with it,
    so `realtime.native.scan` tries it elsewhere first.

    Parameters
    ----------
    path
        The file.
    label
        Which of its plugins.

    Raises
    ------
    PluginError
        When the file is no LADSPA file, has no such plugin, or that does not fit a stereo slot.
    """

    kernel = ladspa_kernel

    def __init__(self, path: Path, label: str) -> None:
        found = {abi.text(p.contents.label): p for p in abi.descriptors(open_library(path))}
        if not found:
            raise PluginError(f"{path} is not a LADSPA file: it has no ladspa_descriptor, or nothing in it")
        if label not in found:
            raise PluginError(f"{path} has no plugin '{label}'; it has: {', '.join(found)}")
        self._pointer = found[label]
        self._type: abi.Descriptor = self._pointer.contents
        self.name = abi.text(self._type.name) or label
        self.latency = 0
        self.hard_realtime = bool(self._type.properties & abi.HARD_REALTIME)
        """Whether the plugin promises to neither allocate nor wait in the callback."""
        inputs = abi.ports(self._type, abi.AUDIO_IN)
        self._keys = [port for port in inputs if _is_side_chain(self._port_name(port))]
        self._inputs = [port for port in inputs if port not in self._keys]
        self._outputs = abi.ports(self._type, abi.AUDIO_OUT)
        self._controls = abi.ports(self._type, abi.CONTROL_IN)
        self._readings = abi.ports(self._type, abi.CONTROL_OUT)
        self._check_layout()
        self.parameters: tuple[Parameter, ...] = ()
        # The second row is where the second instance of a mono plugin writes its output controls.
        self._values = np.zeros((CHANNELS, self._type.port_count), np.float32)
        self._set: dict[str, float] = {}
        self._fit(USUAL_FORMAT.sample_rate)
        self._state: NDArray[np.void] = np.zeros(1, LADSPA)
        self._instances: list[int] = []
        self._finalizer: Any = None

    @property
    def kernel_address(self) -> int:
        return self.kernel.address

    @property
    def state_address(self) -> int:
        return self._state.ctypes.data

    def prepare(self, form: Format) -> None:
        """As `Plugin` says. Ranges that depend on the sample rate become this one's; values beyond them move inside.

        Raises
        ------
        PluginError
            When the plugin cannot be made, or its latency is not a number of samples.
        """
        self._form = form
        self._fit(form.sample_rate)
        self._sound = np.zeros((ROWS, form.block_size), np.float32)
        state = self._state
        state["run"] = abi.address(self._type.run)
        state["instances"] = CHANNELS if self._is_mono else 1
        state["downmix"] = (len(self._inputs), len(self._outputs)) == (1, 2)
        state["side_chain"] = bool(self._keys)
        state["block"] = form.block_size
        state["sound"] = self._sound.ctypes.data
        self.reset()
        self.latency = self._measured_latency()

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says. By new instances: many plugins keep their filters and delays through `activate`."""
        del position
        self.close()
        self._finalizer = weakref.finalize(self, _end, self._type, self._instances)
        # At the end of the process the callback may still run.
        self._finalizer.atexit = False
        for _ in range(int(self._state["instances"][0])):
            handle = self._type.instantiate(self._pointer, self._form.sample_rate)
            if not handle:
                raise PluginError(f"{self.name} cannot be made at {self._form.sample_rate} Hz, it does not say why")
            self._instances.append(handle)
            self._connect(handle, len(self._instances) - 1)
            if self._type.activate:
                self._type.activate(handle)
        self._state["handles"][0, : len(self._instances)] = self._instances

    def close(self) -> None:
        """Main thread, not while the callback runs: give back what the instances hold; `reset` makes new ones."""
        if self._finalizer is not None:
            self._finalizer()
        self._instances = []

    def get(self, name: str) -> float:
        """As `Plugin` says."""
        return abi.shortest(self._values[0, self._port(name)])

    def set(self, name: str, value: float) -> None:
        """As `Plugin` says, but that the plugin decides whether it glides; a whole number where it takes only those."""
        port = self._port(name)
        accepted = parameter_of(self, name).accept(value)
        if abi.is_whole(self._type.port_range_hints[port]):
            accepted = float(round(accepted))
        self._set[name] = self._values[0, port] = accepted

    @property
    def readings(self) -> dict[str, float]:
        """What the plugin says in its output controls, by their names; of the left channel where it runs twice."""
        return {self._port_name(port): float(self._values[0, port]) for port in self._readings}

    def save(self) -> dict[str, Any]:
        """As `Plugin` says: a LADSPA plugin is its parameters."""
        return {}

    def load(self, state: dict[str, Any]) -> None:
        """As `Plugin` says."""
        del state

    @property
    def _is_mono(self) -> bool:
        return len(self._outputs) == 1

    def _port_name(self, port: int) -> str:
        return abi.text(self._type.port_names[port])

    def _port(self, name: str) -> int:
        return self._controls[self.parameters.index(parameter_of(self, name))]

    def _check_layout(self) -> None:
        layout = len(self._inputs), len(self._outputs)
        if layout not in LAYOUTS:
            accepted = ", ".join(f"{i} and {o}" for i, o in LAYOUTS)
            raise PluginError(
                f"{self.name} has {layout[0]} inputs and {layout[1]} outputs of sound; accepted: {accepted}"
            )

    def _fit(self, sample_rate: int) -> None:
        """Parameters as they are at a rate, with what was set in place."""
        self.parameters = abi.parameters(self._type, sample_rate)
        for port, parameter in zip(self._controls, self.parameters, strict=True):
            value = self._set.get(parameter.name, parameter.default)
            self._values[0, port] = min(max(value, parameter.low), parameter.high)

    def _connect(self, handle: int, instance: int) -> None:
        sound, connect = self._sound, self._type.connect_port
        for port in self._controls:
            connect(handle, port, self._values[0, port:].ctypes.data)
        for port in self._readings:
            connect(handle, port, self._values[instance, port:].ctypes.data)
        for port in self._keys:
            connect(handle, port, sound[LEFT_KEY + instance].ctypes.data)
        for first, numbers in ((LEFT, self._inputs), (LEFT_OUT, self._outputs)):
            for row, port in enumerate(numbers):
                connect(handle, port, sound[first + row + instance].ctypes.data)

    def _measured_latency(self) -> int:
        said = [port for port in self._readings if self._port_name(port).strip("_ ").lower() == "latency"]
        if not said:
            return 0
        for handle in self._instances:
            self._type.run(handle, self._form.block_size)
        samples = float(self._values[0, said[0]])
        self.reset()
        if not 0 <= samples <= 10 * self._form.sample_rate:
            raise PluginError(f"{self.name} states a latency of {samples:g} samples; accepted: 0 to 10 s")
        return round(samples)


def describe(path: Path) -> list[Described]:
    """Every plugin of a file, made once to see that it can be; those that cannot be used with their trouble.

    Raises
    ------
    PluginError
        When it is no LADSPA file.
    """
    found = abi.descriptors(open_library(path))
    if not found:
        raise PluginError(f"{path} is not a LADSPA file: it has no ladspa_descriptor, or nothing in it")
    return [_described(path, pointer.contents) for pointer in found]


def open_described(described: Described) -> LadspaPlugin:
    """A plugin that was described; raises as `LadspaPlugin` does."""
    return LadspaPlugin(Path(described.path), described.identifier.split(":", 2)[2])


def _described(path: Path, descriptor: abi.Descriptor) -> Described:
    label = abi.text(descriptor.label)
    names = f"{KIND}:{path.stem}:{label}", abi.text(descriptor.name) or label, abi.text(descriptor.maker)
    try:
        plugin = LadspaPlugin(path, label)
        plugin.prepare(USUAL_FORMAT)
    except PluginError as error:
        return Described(*names, KIND, str(path), trouble=str(error))
    plugin.close()
    return Described(*names, KIND, str(path), plugin.parameters, plugin.latency)


def _is_side_chain(name: str) -> bool:
    return name.lower().replace("-", "").replace(" ", "").startswith("sidechain")


def _end(descriptor: abi.Descriptor, instances: list[int]) -> None:
    for handle in instances:
        if descriptor.deactivate:
            descriptor.deactivate(handle)
        if descriptor.cleanup:
            descriptor.cleanup(handle)
