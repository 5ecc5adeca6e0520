"""CLAP: one plugin of a file, its `process` called from the callback. A mono plugin runs twice, once per channel.

A changed parameter travels as an event at the beginning of the next block; whether it glides or clicks from there is
the plugin's own affair. Everything but `process` is called on the thread that made the plugin, which CLAP calls the
main thread; while the callback does not run it is the audio thread too, as CLAP allows. The last reference to a plugin
has to be dropped there as well, or `close` called.
"""

from __future__ import annotations

import base64
import binascii
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.described import Described
from realtime.errors import PluginError
from realtime.native.clap_file import ClapInstance, open_clap, text
from realtime.native.clap_host import ClapHost
from realtime.native.clap_kernel import CLAP, LONGEST, clap_kernel
from realtime.native.clap_parameters import Changes, is_whole, parameters, readings, settable
from realtime.native.clap_ports import Ports, main_channels
from realtime.plugin import CHANNELS, Format, parameter_of

KIND = "clap"
USUAL_FORMAT = Format(48_000, 512)
"""For which a plugin is described."""


class ClapPlugin:
    """A kernel plugin made of one CLAP plugin.

    Its first input and output are mono, and then it runs twice, or stereo. Further inputs are taken for side chains and
    hear what goes in; further outputs are not heard. The latency is the plugin's as of `prepare`. A file that crashes
    while it is loaded takes the process with it, so `realtime.native.scan` tries it elsewhere first.

    Parameters
    ----------
    path
        The file or bundle.
    identifier
        Which of its plugins, such as "com.zamaudio.ZamComp".

    Raises
    ------
    PluginError
        When the file is no CLAP file, has no such plugin, or that does not fit a stereo slot.
    """

    kernel = clap_kernel

    def __init__(self, path: Path, identifier: str) -> None:
        file = open_clap(path)
        self._host = ClapHost()
        self._instances: list[ClapInstance] = [file.create(self._host, identifier)]
        self._finalizer: Any = weakref.finalize(self, _end, self._instances, self._host)
        # At the end of the process the callback may still run.
        self._finalizer.atexit = False
        first = self._instances[0]
        if main_channels(first) < CHANNELS:
            self._instances.append(file.create(self._host, identifier))
        self.name = first.name
        self.latency = 0
        self._infos = settable(first)
        self.parameters = parameters(first, self._infos)
        self._readings = readings(first)
        self._changes = Changes([info.id for info in self._infos])
        self._changes.target[:] = [parameter.default for parameter in self.parameters]
        self._record: NDArray[np.void] = np.zeros(1, CLAP)

    @property
    def kernel_address(self) -> int:
        return self.kernel.address

    @property
    def state_address(self) -> int:
        return self._record.ctypes.data

    def prepare(self, form: Format) -> None:
        """As `Plugin` says.

        Raises
        ------
        PluginError
            When the plugin refuses the format.
        """
        self._form = form
        self._ports = [Ports(instance, self._changes, form.block_size) for instance in self._instances]
        self._mean = np.zeros(form.block_size, np.float32)
        record, changes = self._record, self._changes
        record["host_words"] = self._host.words.ctypes.data
        record["instances"] = len(self._instances)
        record["key_count"] = len(self._ports[0].keys)
        record["mean"] = self._mean.ctypes.data
        record["count"] = len(self._infos)
        for name in ("ids", "target", "told"):
            record[name] = getattr(changes, name).ctypes.data
        record["changes"] = changes.header.ctypes.data
        for k, (instance, ports) in enumerate(zip(self._instances, self._ports, strict=True)):
            record["plugins"][0, k] = instance.address
            record["functions"][0, k] = instance.process
            record["processes"][0, k] = ports.process.ctypes.data
            record["in_pointers"][0, k] = ports.main_in.ctypes.data
            record["out_pointers"][0, k] = ports.main_out.ctypes.data
            record["key_pointers"][0, k] = ports.keys.ctypes.data
        self.reset()
        self.latency = self._instances[0].latency

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says."""
        self._host.act_as_main_thread()
        for instance in self._instances:
            instance.deactivate()
        self._changes.flush(self._instances)
        for instance in self._instances:
            instance.activate(self._form.sample_rate, min(self._form.block_size, LONGEST))
        self._record["position"] = max(0, position)
        self.idle()

    def close(self) -> None:
        """Main thread, not while the callback runs: give back what the plugin holds; it cannot be used after."""
        self._finalizer()

    def idle(self) -> None:
        """Main thread, a few times a second: do what the plugin asked to have done there."""
        self._host.act_as_main_thread()
        if self._host.callback_requested():
            for instance in self._instances:
                instance.on_main_thread()

    def get(self, name: str) -> float:
        """As `Plugin` says."""
        return float(self._changes.target[self._number(name)])

    def set(self, name: str, value: float) -> None:
        """As `Plugin` says, but that the plugin decides whether it glides; a whole number where it takes only those."""
        number = self._number(name)
        accepted = self.parameters[number].accept(value)
        self._changes.target[number] = round(accepted) if is_whole(self._infos[number]) else accepted

    @property
    def readings(self) -> dict[str, float]:
        """What the plugin only shows, by its names; of the left channel where it runs twice."""
        self._host.act_as_main_thread()
        return {name: self._instances[0].value(number) for name, number in self._readings.items()}

    @property
    def failed_blocks(self) -> int:
        """Blocks that the plugin said it could not process; they were silent."""
        return int(self._record["failed"][0])

    def save(self) -> dict[str, Any]:
        """The plugin's own state in base64, where it keeps one.

        Raises
        ------
        PluginError
            When the plugin fails at it.
        """
        self._host.act_as_main_thread()
        state = self._instances[0].save()
        return {"state": base64.b64encode(state).decode("ascii")} if state else {}

    def load(self, state: dict[str, Any]) -> None:
        """As `Plugin` says; parameters become what the state says.

        Raises
        ------
        PluginError
            When it is not what `save` gave, or the plugin does not take it.
        """
        if not state:
            return
        self._host.act_as_main_thread()
        try:
            own = base64.b64decode(state["state"], validate=True)
        except (KeyError, TypeError, binascii.Error):
            raise PluginError(f"{self.name} does not take the state that was saved; set its parameters anew") from None
        for instance in self._instances:
            instance.load(own)
        self._changes.take_from(self._instances[0])
        self.idle()

    def _number(self, name: str) -> int:
        return self.parameters.index(parameter_of(self, name))


def describe(path: Path) -> list[Described]:
    """Every plugin of a file, made once to see that it can be; those that cannot be used with their trouble.

    Raises
    ------
    PluginError
        When it is no CLAP file.
    """
    return [_described(path, descriptor) for descriptor in open_clap(path).descriptors()]


def open_described(described: Described) -> ClapPlugin:
    """A plugin that was described; raises as `ClapPlugin` does."""
    return ClapPlugin(Path(described.path), described.identifier.split(":", 1)[1])


def _described(path: Path, descriptor: Any) -> Described:
    identifier = text(descriptor.id)
    names = f"{KIND}:{identifier}", text(descriptor.name) or identifier, text(descriptor.vendor)
    try:
        plugin = ClapPlugin(path, identifier)
        plugin.prepare(USUAL_FORMAT)
    except PluginError as error:
        return Described(*names, KIND, str(path), trouble=str(error))
    plugin.close()
    return Described(*names, KIND, str(path), plugin.parameters, plugin.latency)


def _end(instances: list[ClapInstance], host: ClapHost) -> None:
    """The host goes with the call, after the plugins that were made with it."""
    del host
    while instances:
        instances.pop().destroy()
