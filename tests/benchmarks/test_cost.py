"""Multiplications and bytes are those that one would count by hand, and a peak is no less than the networks reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.cost import runs_per_s
from benchmarks.graph_cost import graph_cost
from benchmarks.peak import Peak, measure_peak
from realtime.modelfile import read_model, shipped_model


def graph(operator: str, given: list[int | str], weights: list[int], **attributes: Any) -> bytes:
    names = ["given", "weights"]
    constants = [numpy_helper.from_array(np.zeros(weights, np.float32), "weights")]
    if operator == "GRU":
        names.append("recurrent")
        hidden = weights[1] // 3
        constants.append(numpy_helper.from_array(np.zeros((1, 3 * hidden, hidden), np.float32), "recurrent"))
    node = helper.make_node(operator, names, ["out"], **attributes)
    taken = helper.make_tensor_value_info("given", TensorProto.FLOAT, given)
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    made = helper.make_graph([node], "one", [taken], [out], constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        # 8 x 16 outputs of 5 features, each the sum of 3 x 3 products for 4 features
        (graph("Conv", ["n", 4, 8, 16], [5, 4, 3, 3], pads=[1, 1, 1, 1]), 8 * 16 * 5 * 4 * 9),
        # each of 8 x 16 inputs of 4 features goes into 2 x 2 places of 5 features
        (graph("ConvTranspose", ["n", 4, 8, 16], [4, 5, 2, 2], strides=[2, 2]), 8 * 16 * 4 * 5 * 4),
        (graph("MatMul", ["n", 7, 10], [10, 3]), 7 * 10 * 3),
        # three gates of 6 features, from 10 and from the 6 before
        (graph("GRU", [2, 1, 10], [1, 18, 10], hidden_size=6), 2 * (18 * 10 + 18 * 6)),
        (graph("Add", [1, 10], [1, 10]), 0),
    ],
)
def test_multiplications_of_one_operator(one: bytes, expected: int) -> None:
    assert graph_cost(one).multiplications == expected


def test_bytes_of_one_operator() -> None:
    cost = graph_cost(graph("MatMul", ["n", 7, 10], [10, 3]))
    assert cost.weight_bytes == 4 * 10 * 3
    assert cost.activation_bytes == 2 * 4 * 7 * 3
    assert cost.moved_bytes == cost.weight_bytes + cost.activation_bytes


def test_a_second_of_sound_is_a_hundred_hops_and_ten_pictures() -> None:
    file = read_model(shipped_model())
    assert runs_per_s(file) == {"picture": 10, "sound": pytest.approx(100)}
    assert 1e6 < graph_cost(file.audio).multiplications < 5e7
    assert 1e7 < graph_cost(file.visual).multiplications < 5e8
    # Beside scales and tables, the weights are what the file is large by.
    weights = graph_cost(file.audio).weight_bytes + graph_cost(file.visual).weight_bytes
    assert 0.8 < weights / file.path.stat().st_size < 1.05


def test_the_bound_is_the_slower_of_the_two() -> None:
    peak = Peak(multiplications_per_s=100.0, bytes_per_s=10.0)
    assert peak.bound_s(200, 10) == 2
    assert peak.bound_s(200, 30) == 3


def test_the_peak_of_this_core_is_one_that_a_core_can_have() -> None:
    peak = measure_peak(2)
    assert 1e8 < peak.multiplications_per_s < 1e12
    assert 1e8 < peak.bytes_per_s < 1e12
