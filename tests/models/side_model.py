"""A model file without training: its mask is how much brighter the picture's left half is than its right, -1..1."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.onnx_file import bundle

HEIGHT, WIDTH = 8, 16
OPSET = helper.make_opsetid("", 18)


def make_side_model(path: Path, kind: str = "streaming") -> Path:
    """Write it. All 257 (streaming) or 256 (window) bins of the mask are real and equal."""
    model = bundle(_visual(), _audio(kind), _metadata(path.stem, kind))
    onnx.save(model, path)
    return path


def side_image(left: int, right: int) -> NDArray[np.uint8]:
    """A picture of two plain halves."""
    image = np.full((HEIGHT, WIDTH, 3), right, np.uint8)
    image[:, : WIDTH // 2] = left
    return image


def _metadata(name: str, kind: str) -> dict[str, Any]:
    window = kind == "window"
    return {
        "format": 1,
        "name": name,
        "version": "1",
        "kind": kind,
        "sample_rate": 16_000,
        "n_fft": 512,
        "hop": 160,
        "window": 400,
        "frames": 64 if window else 1,
        "padding": "reflect" if window else "causal",
        "normalisation": {"type": "rms", "target": 0.1414, "floor": 1e-4} if window else {"type": "none"},
        "mask": {"bins": 256 if window else 257, "range": [-1, 1]},
        "causal": not window,
        "image": {"height": HEIGHT, "width": WIDTH},
        "state": {} if window else {"state_count": [1]},
        "licence": "MIT",
    }


def _visual() -> onnx.ModelProto:
    weights = np.repeat([1.0, -1.0], WIDTH // 2)[:, None] * 2 / WIDTH / 255
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float", "axes"], ["columns"], keepdims=0),
        helper.make_node("MatMul", ["columns", "weights"], ["features"]),
    ]
    constants = {"axes": np.array([1, 3]), "weights": weights.astype(np.float32)}
    return _model(nodes, {"image": (TensorProto.UINT8, [1, HEIGHT, WIDTH, 3])}, {"features": [1, 1]}, constants)


def _audio(kind: str) -> onnx.ModelProto:
    shape, bins = ([1, 2, 257, 64], 256) if kind == "window" else ([1, 2, 257], 257)
    template = np.zeros([1, 2, bins, *shape[3:]], np.float32)
    template[:, 0] = 1
    nodes = [
        helper.make_node("Mul", ["spectrum", "nothing"], ["silence"]),
        helper.make_node("Slice", ["silence", "first", "last", "axis"], ["rows"]),
        helper.make_node("Reshape", ["features_in", "one"], ["scalar"]),
        helper.make_node("Mul", ["template", "scalar"], ["scaled"]),
        helper.make_node("Add", ["scaled", "rows"], ["mask"]),
    ]
    constants = {
        "nothing": np.zeros(1, np.float32),
        "first": np.array([0]),
        "last": np.array([bins]),
        "axis": np.array([2]),
        "one": np.array([1]),
        "template": template,
    }
    inputs = {"spectrum": (TensorProto.FLOAT, shape), "features_in": (TensorProto.FLOAT, [1, 1])}
    outputs = {"mask": list(template.shape)}
    if kind == "streaming":
        nodes += [
            helper.make_node("Reshape", ["features_in", "place"], ["attention"]),
            helper.make_node("Add", ["state_count_in", "step"], ["state_count_out"]),
        ]
        constants |= {"place": np.array([1, 1, 1]), "step": np.ones(1, np.float32)}
        inputs["state_count_in"] = (TensorProto.FLOAT, [1])
        outputs |= {"attention": [1, 1, 1], "state_count_out": [1]}
    return _model(nodes, inputs, outputs, constants)


def _model(
    nodes: list[onnx.NodeProto],
    inputs: Mapping[str, tuple[int, list[int]]],
    outputs: dict[str, list[int]],
    constants: dict[str, NDArray[Any]],
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "side",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[OPSET], ir_version=10)
