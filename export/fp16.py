"""Half precision, for graphics processors: twice as fast there, and slower on processors, which convert at every step.

Convolutions stay convolutions, since graphics processors have their own fast ones, and one window goes in at a time, so
that all shapes are fixed.
"""

from __future__ import annotations

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

LIMIT_DB = -30.0
"""Deviation of the masks beyond which something broke: eleven bits leave -40 to -60 dB."""


def half_precision(graph: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with weights and what lies between its nodes in half precision; inputs and outputs stay."""
    model = OnnxModel(convert_float_to_float16(graph, keep_io_types=True))
    model.topological_sort()  # conversions of the inputs come last
    return model.model
