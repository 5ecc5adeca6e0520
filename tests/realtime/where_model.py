"""A where-model file made by hand: every band is where most of the motion is, the more certainly the more there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from realtime.hearing import BANDS, EDGES_HZ, FEATURES
from realtime.modelfile import METADATA_KEY

ROWS, COLUMNS, SLOTS = 7, 14, 20
CELLS = ROWS * COLUMNS


def write_model(path: Path, **changes: Any) -> Path:
    """Write it; `changes` are to its description."""
    nodes = [
        helper.make_node("ReduceMean", ["image", "visual/axes"], ["visual/mean"], keepdims=0, name="visual/reduce"),
        helper.make_node("Reshape", ["visual/mean", "visual/shape"], ["visual/flat"], name="visual/reshape"),
        helper.make_node("Concat", ["visual/flat", "visual/none"], ["visual/all"], axis=1, name="visual/concat"),
        helper.make_node("Mul", ["visual/all", "visual/much"], ["features"], name="visual/mul"),
        helper.make_node("ReduceMean", ["spectrum", "audio/axes"], ["audio/m"], keepdims=0, name="audio/reduce"),
        helper.make_node("Mul", ["audio/m", "audio/zero"], ["audio/z"], name="audio/mul"),
        helper.make_node("Add", ["audio/z", "features_in"], ["audio/a"], name="audio/add"),
        helper.make_node("Expand", ["audio/a", "audio/shape"], ["mask"], name="audio/expand"),
    ]
    constants = [
        numpy_helper.from_array(np.array([1], np.int64), "visual/axes"),
        numpy_helper.from_array(np.array([1, CELLS], np.int64), "visual/shape"),
        numpy_helper.from_array(np.full((1, 1), 0.01, np.float32), "visual/none"),
        numpy_helper.from_array(np.array(100, np.float32), "visual/much"),
        numpy_helper.from_array(np.array([0, 1, 2], np.int64), "audio/axes"),
        numpy_helper.from_array(np.array(0, np.float32), "audio/zero"),
        numpy_helper.from_array(np.array([1, BANDS, CELLS + 1], np.int64), "audio/shape"),
    ]
    inputs = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, SLOTS, ROWS, COLUMNS]),
        helper.make_tensor_value_info("spectrum", TensorProto.FLOAT, [1, SLOTS, FEATURES]),
        helper.make_tensor_value_info("features_in", TensorProto.FLOAT, [1, CELLS + 1]),
    ]
    outputs = [
        helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, CELLS + 1]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, BANDS, CELLS + 1]),
    ]
    graph = helper.make_graph(nodes, "test", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    info: dict[str, Any] = {
        "format": 1,
        "name": path.stem,
        "version": "0",
        "kind": "where",
        "sample_rate": 16_000,
        "n_fft": 512,
        "hop": 160,
        "window": 400,
        "frames": 1,
        "padding": "constant",
        "normalisation": {"type": "none"},
        "mask": {"bands_hz": list(EDGES_HZ), "slots": SLOTS, "slot_s": 0.1, "features": FEATURES},
        "causal": True,
        "image": {"height": ROWS, "width": COLUMNS},
        "licence": "MIT",
    }
    helper.set_model_props(model, {METADATA_KEY: json.dumps(info | changes)})
    onnx.save(model, path)
    return path
