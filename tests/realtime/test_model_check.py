"""A model file from anybody is refused before ONNX Runtime sees it, when its graph or its words are no network's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from realtime.errors import ModelError
from realtime.modelfile import METADATA_KEY, read_model
from tests.models.side_model import make_side_model
from tests.refusals import assert_refused


def outside() -> TensorProto:
    tensor = TensorProto(data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return tensor


def with_outside_constant(model: onnx.ModelProto) -> None:
    model.graph.node.insert(0, helper.make_node("Constant", [], ["outside"], value=outside()))


def with_outside_weights(model: onnx.ModelProto) -> None:
    tensor = outside()
    tensor.name = "outside"
    model.graph.initializer.append(tensor)


def with_a_loop(model: onnx.ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", ["", ""], ["never"], body=body))


def with_another_maker(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "com.evil"


def with_an_ocean(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array([2**40]), "much"))
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["much"], ["ocean"]))
    model.graph.node.insert(1, helper.make_node("ReduceSum", ["ocean"], ["drop"], keepdims=0))
    last = next(node for node in model.graph.node if "mask" in node.output)
    last.input[0] = "drop"


def with_a_wide_input(model: onnx.ModelProto) -> None:
    spectrum = next(value for value in model.graph.input if value.name == "spectrum")
    spectrum.type.tensor_type.shape.dim[1].dim_value = 2**40


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (with_outside_constant, "weights in other files"),
        (with_outside_weights, "weights in other files"),
        (with_a_loop, "loop or branch"),
        (with_another_maker, "operators of 'com.evil'"),
        (with_an_ocean, "'ocean' is of shape"),
        (with_a_wide_input, "'spectrum' is of shape"),
    ],
)
def test_a_graph_that_is_no_network_is_refused(
    tmp_path: Path, damage: Callable[[onnx.ModelProto], None], words: str
) -> None:
    path = make_side_model(tmp_path / "side.onnx")
    read_model(path)
    model = onnx.load(path)
    damage(model)
    onnx.save(model, path)
    assert_refused(ModelError, words, lambda: read_model(path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hop": "160"}, "hop is '160'"),
        ({"n_fft": 2**30}, "n_fft is 1073741824"),
        ({"sample_rate": True}, "sample_rate is True"),
        ({"hop": 0}, "hop is 0"),
        ({"window": 800}, "window is 800"),
        ({"image": {"height": 8}}, "image width is None"),
        ({"state": {"a": [2**20, 2**20]}}, "state a holds"),
        ({"mask": {"bins": 3}}, "mask's bins is 3"),
        ({"normalisation": {"type": "rms", "target": -1, "floor": 1e-4}}, "normalisation's target is -1"),
    ],
)
def test_words_that_no_network_says_are_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    path = make_side_model(tmp_path / "side.onnx")
    model = onnx.load(path)
    info = json.loads(model.metadata_props[0].value)
    helper.set_model_props(model, {METADATA_KEY: json.dumps(info | change)})
    onnx.save(model, path)
    assert_refused(ModelError, words, lambda: read_model(path))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero"), tmp_path / ("x" * 300)):
        assert_refused(ModelError, "not a file|cannot read model", lambda path=path: read_model(path))
