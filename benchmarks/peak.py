"""What one core can do at most: multiplications in a large matrix product, bytes in a large copy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from realtime.providers import open_session

SIDE = 1024
COPY_BYTES = 128 * 2**20
"""Beyond any cache."""


@dataclass(frozen=True)
class Peak:
    """Of one core, the best of several turns.

    Attributes
    ----------
    multiplications_per_s
        fp32, in the library that runs the networks.
    bytes_per_s
        Read and written, both counted.
    """

    multiplications_per_s: float
    bytes_per_s: float

    def bound_s(self, multiplications: float, moved_bytes: float) -> float:
        """The shortest time that work can take which does both at once (Williams et al., "Roofline", 2009)."""
        return max(multiplications / self.multiplications_per_s, moved_bytes / self.bytes_per_s)


def measure_peak(turns: int) -> Peak:
    """Takes 20 to 50 ms a turn."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((SIDE, SIDE)).astype(np.float32)
    shape = [SIDE, SIDE]
    made = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    session = open_session(model.SerializeToString(), Path("product"))
    feeds = {"x": weights}
    source = np.ones(COPY_BYTES // 8)
    target = np.empty_like(source)
    return Peak(
        SIDE**3 / _shortest_s(lambda: session.run(None, feeds), turns),
        2 * COPY_BYTES / _shortest_s(lambda: np.copyto(target, source), turns),
    )


def _shortest_s(work: Callable[[], object], turns: int) -> float:
    """Of this thread's processor time, so that other programs take nothing of the core."""
    work()
    best = float("inf")
    for _ in range(turns):
        begin = time.thread_time()
        work()
        best = min(best, time.thread_time() - begin)
    return best
