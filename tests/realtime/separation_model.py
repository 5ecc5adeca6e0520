"""A separation model file made by hand: its mask is the picture's mean brightness, 0..1, in every bin of both ears."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from realtime.modelfile import METADATA_KEY

RATE, N_FFT, HOP, FRAMES = 11_025, 1024, 256, 80
HEIGHT, WIDTH = 8, 16


def write_model(path: Path, kind: str = "separation") -> Path:
    """Write it."""
    rows = N_FFT // 2
    nodes = [
        helper.make_node("Cast", ["image"], ["visual/x"], to=TensorProto.FLOAT, name="visual/cast"),
        helper.make_node("ReduceMean", ["visual/x"], ["visual/mean"], keepdims=1, name="visual/reduce"),
        helper.make_node("Div", ["visual/mean", "visual/white"], ["features"], name="visual/div"),
        helper.make_node("ReduceMean", ["spectrum", "audio/axes"], ["audio/m"], keepdims=0, name="audio/reduce"),
        helper.make_node("Mul", ["audio/m", "audio/zero"], ["audio/z"], name="audio/mul"),
        helper.make_node("Add", ["audio/z", "features_in"], ["mask"], name="audio/add"),
    ]
    constants = [
        numpy_helper.from_array(np.array(255, np.float32), "visual/white"),
        numpy_helper.from_array(np.array(0, np.float32), "audio/zero"),
        numpy_helper.from_array(np.array([2], np.int64), "audio/axes"),
    ]
    inputs = [
        helper.make_tensor_value_info("image", TensorProto.UINT8, [1, HEIGHT, WIDTH, 3]),
        helper.make_tensor_value_info("spectrum", TensorProto.FLOAT, [1, 2, 2, rows, FRAMES]),
        helper.make_tensor_value_info("features_in", TensorProto.FLOAT, [1, 1, 1, 1]),
    ]
    outputs = [
        helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 1, 1, 1]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, 2, rows, FRAMES]),
    ]
    graph = helper.make_graph(nodes, "test", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    info = {
        "format": 1,
        "name": path.stem,
        "version": "0",
        "kind": kind,
        "sample_rate": RATE,
        "n_fft": N_FFT,
        "hop": HOP,
        "window": N_FFT,
        "frames": FRAMES,
        "padding": "constant",
        "normalisation": {"type": "none"},
        "mask": {"bins": rows, "range": [0, 1]},
        "causal": False,
        "image": {"height": HEIGHT, "width": WIDTH},
        "licence": "MIT",
    }
    helper.set_model_props(model, {METADATA_KEY: json.dumps(info)})
    onnx.save(model, path)
    return path
