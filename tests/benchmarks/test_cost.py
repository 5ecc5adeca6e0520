"""Multiplications are those that one would count by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks import cost
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
    assert cost.multiplications(one) == expected


def test_a_second_of_sound_is_a_hundred_hops_and_ten_pictures() -> None:
    file = read_model(shipped_model())
    sound, pictures = cost.per_second(file)
    assert sound == pytest.approx(100 * cost.multiplications(file.audio))
    assert pictures == 10 * cost.multiplications(file.visual)
    assert 1e8 < sound < 5e9
    assert 1e8 < pictures < 5e9


def test_the_table_names_what_was_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "RUNS", 3)
    monkeypatch.setattr(cost, "PICTURES", 2)
    cost.main([])
    header, _, row = capsys.readouterr().out.splitlines()
    assert header.count("|") == row.count("|")
    assert row.startswith("| streaming.onnx |")
