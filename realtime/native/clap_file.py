"""A CLAP file and one instance of a plugin in it, as Python calls them; everything here belongs to the main thread."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

from realtime.errors import PluginError
from realtime.native import clap_abi as abi
from realtime.native.clap_host import ClapHost
from realtime.native.library import open_library

_NEWEST_MAJOR = 1


def text(raw: bytes | None) -> str:
    """A C string, whatever its encoding."""
    return (raw or b"").decode("utf-8", "replace").strip()


class ClapFile:
    """An open file. `clap_entry.deinit` is never called: the file stays loaded as long as the process."""

    def __init__(self, path: Path) -> None:
        library = open_library(path)
        try:
            self._entry: Any = abi.Entry.in_dll(library, "clap_entry")
        except ValueError:
            raise PluginError(f"{path} is not a CLAP file: it has no clap_entry") from None
        if self._entry.version.major != _NEWEST_MAJOR:
            raise PluginError(f"{path} is of CLAP {self._entry.version.major}; accepted: CLAP 1")
        if not self._entry.init(str(path).encode()):
            raise PluginError(f"{path} refuses to start, it does not say why")
        self._address = self._entry.get_factory(abi.FACTORY)
        if not self._address:
            raise PluginError(f"{path} holds no plugins")
        self._factory: Any = abi.at(self._address, abi.Factory)
        self.path = path

    def descriptors(self) -> list[Any]:
        """A `clap_abi.PluginDescriptor` for each plugin."""
        pointers = (self._factory.descriptor(self._address, i) for i in range(self._factory.count(self._address)))
        return [pointer.contents for pointer in pointers if pointer]

    def create(self, host: ClapHost, identifier: str) -> ClapInstance:
        """A new instance, initialised, not active.

        Raises
        ------
        PluginError
            When the file has no such plugin, or that does not start.
        """
        address = self._factory.create(self._address, ctypes.byref(host.structure), identifier.encode())
        if not address:
            known = ", ".join(text(descriptor.id) for descriptor in self.descriptors())
            raise PluginError(f"{self.path} has no plugin '{identifier}'; it has: {known}")
        return ClapInstance(address, host, identifier)


@cache
def open_clap(path: Path) -> ClapFile:
    """The file at a path, opened once: CLAP forbids to initialise it twice.

    Raises
    ------
    PluginError
        When it is no CLAP file, or none for this machine.
    """
    return ClapFile(path)


class ClapInstance:
    """One `clap_plugin`."""

    def __init__(self, address: int, host: ClapHost, identifier: str) -> None:
        self.address = address
        self._host = host
        self._plugin: Any = abi.at(address, abi.Plugin)
        self._active = False
        if not self._plugin.init(address):
            self._plugin.destroy(address)
            raise PluginError(f"{identifier} refuses to start, it does not say why")
        self.params: Any = self._extension(abi.PARAMS, abi.Params)
        self._state: Any = self._extension(abi.STATE, abi.State)
        self._latency: Any = self._extension(abi.LATENCY, abi.Latency)
        self._ports: Any = self._extension(abi.AUDIO_PORTS, abi.AudioPorts)

    @property
    def process(self) -> int:
        """Address of the function that the callback calls."""
        return self._plugin.process or 0

    def ports(self, is_input: bool) -> list[Any]:
        """A `clap_abi.AudioPortInfo` for each port of sound."""
        if self._ports is None:
            return []
        found: list[Any] = []
        for index in range(self._ports.count(self.address, is_input)):
            info = abi.AudioPortInfo()
            if self._ports.get(self.address, index, is_input, ctypes.byref(info)):
                found.append(info)
        return found

    def parameters(self) -> list[Any]:
        """A `clap_abi.ParamInfo` for each parameter."""
        found: list[Any] = []
        for index in range(self.params.count(self.address) if self.params else 0):
            info = abi.ParamInfo()
            if self.params.info(self.address, index, ctypes.byref(info)):
                found.append(info)
        return found

    def value(self, number: int) -> float:
        """Of the parameter with this id, as the plugin has it."""
        value = ctypes.c_double()
        self.params.value(self.address, number, ctypes.byref(value))
        return value.value

    def text(self, number: int, value: float) -> str:
        """How the plugin writes a value of the parameter with this id; empty when it does not."""
        written = ctypes.create_string_buffer(abi.NAME_SIZE)
        done = self.params.value_to_text(self.address, number, value, written, len(written))
        return text(written.value) if done else ""

    def activate(self, sample_rate: int, block_size: int) -> None:
        """Ready to process blocks of 1 to `block_size` samples, without memory of earlier ones.

        Raises
        ------
        PluginError
            When the plugin refuses.
        """
        # Some take a largest block of one sample for a mistake.
        if not self._plugin.activate(self.address, sample_rate, 1, max(2, block_size)):
            raise PluginError(f"{self.name} refuses {sample_rate} Hz in blocks of {block_size} samples")
        self._active = True
        self._host.act_as_audio_thread()
        self._plugin.reset(self.address)
        if not self._plugin.start_processing(self.address):
            raise PluginError(f"{self.name} refuses to begin, it does not say why")

    def deactivate(self) -> None:
        """The inverse of `activate`; idempotent."""
        if self._active:
            self._host.act_as_audio_thread()
            self._plugin.stop_processing(self.address)
            self._plugin.deactivate(self.address)
            self._active = False

    def destroy(self) -> None:
        """Give everything back; the instance cannot be used after."""
        self.deactivate()
        self._plugin.destroy(self.address)

    @property
    def name(self) -> str:
        """For people."""
        return text(self._plugin.descriptor.contents.name)

    @property
    def latency(self) -> int:
        """Samples; while it is active."""
        return int(self._latency.get(self.address)) if self._latency else 0

    def on_main_thread(self) -> None:
        """What the plugin asked for by `request_callback`."""
        self._plugin.on_main_thread(self.address)

    def save(self) -> bytes:
        """The plugin's own state; empty when it keeps none.

        Raises
        ------
        PluginError
            When the plugin fails at it.
        """
        written = bytearray()

        def write(_stream: Any, data: int, size: int) -> int:
            written.extend(ctypes.string_at(data, size))
            return size

        if self._state is None:
            return b""
        if not self._state.save(self.address, ctypes.byref(abi.Stream(None, abi.Transfer(write)))):
            raise PluginError(f"{self.name} fails to save its state, it does not say why")
        return bytes(written)

    def load(self, state: bytes) -> None:
        """The inverse of `save`.

        Raises
        ------
        PluginError
            When the plugin does not take it.
        """
        left = memoryview(state)

        def read(_stream: Any, data: int, size: int) -> int:
            nonlocal left
            part, left = left[:size], left[size:]
            ctypes.memmove(data, bytes(part), len(part))
            return len(part)

        stream = abi.Stream(None, abi.Transfer(read))
        if self._state is None or not self._state.load(self.address, ctypes.byref(stream)):
            raise PluginError(f"{self.name} does not take the state that was saved; set its parameters anew")

    def _extension(self, name: bytes, structure: type[Any]) -> Any:
        return abi.at(self._plugin.get_extension(self.address, name), structure)
