"""Where the sound of one CLAP instance lies: the `clap_process` that is handed over, and what it points to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.errors import PluginError
from realtime.native import clap_abi as abi
from realtime.native.clap_file import ClapInstance
from realtime.native.clap_parameters import Changes
from realtime.plugin import CHANNELS


def main_channels(instance: ClapInstance) -> int:
    """Channels of the plugin's main input and output.

    Raises
    ------
    PluginError
        When they are not the same, 1 or 2.
    """
    ins, outs = ([port.channels for port in instance.ports(is_input)] for is_input in (True, False))
    # A main port is always the first, ext/audio-ports.h.
    if not ins or not outs or ins[0] != outs[0] or ins[0] not in (1, CHANNELS):
        given = [", ".join(map(str, counts)) or "no" for counts in (ins, outs)]
        raise PluginError(
            f"{instance.name} has inputs of {given[0]} and outputs of {given[1]} channels;"
            f" accepted: a first input and a first output of 1 or of {CHANNELS} channels"
        )
    return ins[0]


class Ports:
    """The memory behind one instance's `process`.

    Attributes
    ----------
    process
        `clap_abi.PROCESS` (1,).
    main_in, main_out
        int64 (2,): addresses of the main channels; the callback writes them.
    keys
        int64 (n,): the same for all channels of the further inputs.
    """

    def __init__(self, instance: ClapInstance, changes: Changes, block_size: int) -> None:
        ins, outs = ([port.channels for port in instance.ports(is_input)] for is_input in (True, False))
        self.main_in: NDArray[np.int64] = np.zeros(CHANNELS, np.int64)
        self.main_out: NDArray[np.int64] = np.zeros(CHANNELS, np.int64)
        self.keys: NDArray[np.int64] = np.zeros(sum(ins[1:]), np.int64)
        self._unheard = np.zeros((max(1, sum(outs[1:])), block_size), np.float32)
        unheard = np.array([row.ctypes.data for row in self._unheard], np.int64)
        self._inputs = _buffers(ins, self.main_in, self.keys)
        self._outputs = _buffers(outs, self.main_out, unheard)
        self._kept = unheard
        self.process: NDArray[np.void] = np.zeros(1, abi.PROCESS)
        process = self.process
        process["inputs"], process["outputs"] = self._inputs.ctypes.data, self._outputs.ctypes.data
        process["input_count"], process["output_count"] = len(ins), len(outs)
        process["in_events"], process["out_events"] = changes.inputs, changes.outputs


def _buffers(counts: list[int], main: NDArray[np.int64], further: NDArray[np.int64]) -> NDArray[np.void]:
    """A `clap_abi.AUDIO_BUFFER` for each port, the first of the main channels."""
    buffers = np.zeros(len(counts), abi.AUDIO_BUFFER)
    buffers["channels"] = counts
    buffers["data32"][0] = main.ctypes.data
    for port in range(1, len(counts)):
        buffers["data32"][port] = further[sum(counts[1:port]) :].ctypes.data
    return buffers
