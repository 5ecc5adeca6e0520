"""A session on buffers of its own, which stay where they are.

Nothing is allocated for what goes in and what comes out, what a run leaves for the next one stays on the device, and a
GPU can replay a whole run as one recorded graph, for which all addresses must stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

DEVICES = {"cpu": "cpu", "cuda": "cuda", "tensorrt": "cuda"}
"""Where the buffers of a session of each provider lie."""
TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(uint8)": np.uint8,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
}


class Bound:
    """One session on one set of buffers. One thread: a GPU's recording belongs to the thread that made it.

    Parameters
    ----------
    session
        Of any provider.
    provider
        Its name here.
    carried
        Output that becomes an input of the next run -> that input; the first run has zeros there.
    size
        Of every dimension that the session leaves open.
    """

    def __init__(
        self, session: ort.InferenceSession, provider: str, carried: Mapping[str, str] | None = None, size: int = 1
    ) -> None:
        self._session = session
        self._carried = dict(carried or {})
        device = DEVICES[provider]
        self._inputs = {given.name: _zeros(given, size, device) for given in session.get_inputs()}
        self._outputs = {given.name: _zeros(given, size, device) for given in session.get_outputs()}
        # What is carried goes to and fro between two buffers.
        back = self._inputs | {name: self._outputs[output] for output, name in self._carried.items()}
        forth = self._outputs | {output: self._inputs[name] for output, name in self._carried.items()}
        self._turns = [self._turn(self._inputs, self._outputs)]
        if self._carried:
            self._turns.append(self._turn(back, forth))
        self._next = 0

    def _turn(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> tuple[ort.IOBinding, ort.RunOptions]:
        binding, options = self._session.io_binding(), ort.RunOptions()
        for name, value in inputs.items():
            binding.bind_ortvalue_input(name, value)
        for name, value in outputs.items():
            binding.bind_ortvalue_output(name, value)
        options.add_run_config_entry("gpu_graph_id", str(next(_numbers)))
        return binding, options

    def run(self, **inputs: NDArray[np.generic]) -> dict[str, NDArray[Any]]:
        """Run once.

        Parameters
        ----------
        inputs
            All but what is carried, of the session's own shapes and types.

        Returns
        -------
        dict[str, NDArray]
            Copies of all outputs but what is carried.
        """
        for name, value in inputs.items():
            self._inputs[name].update_inplace(np.ascontiguousarray(value))
        self._session.run_with_iobinding(*self._turns[self._next])
        self._next = (self._next + 1) % len(self._turns)
        return {name: value.numpy().copy() for name, value in self._outputs.items() if name not in self._carried}

    def carried(self) -> dict[str, NDArray[Any]]:
        """What the last run left for the next one, by the names of the inputs; copies."""
        values = self._outputs if self._next else {output: self._inputs[name] for output, name in self._carried.items()}
        return {name: values[output].numpy().copy() for output, name in self._carried.items()}

    def reset(self) -> None:
        """Zeros in place of what was carried."""
        self._next = 0
        for name in self._carried.values():
            self._inputs[name].update_inplace(np.zeros_like(self._inputs[name].numpy()))


_numbers = count(1)
"""Of the recordings on a GPU, of which each set of addresses needs its own."""


def _zeros(given: ort.NodeArg, size: int, device: str) -> Any:
    shape = [dim if isinstance(dim, int) else size for dim in given.shape]
    return ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, TYPES[given.type]), device, 0)
