"""What a model file may hold, checked before ONNX Runtime sees it: it comes from anybody.

A graph says itself how much memory and time it takes. So nothing in it repeats, nothing calls other operators than
ONNX's own, nothing lies in other files, and no value is larger than any network's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from onnx import AttributeProto, GraphProto, ModelProto, TensorProto, ValueInfoProto, shape_inference

if TYPE_CHECKING:
    from realtime.modelfile import ModelInfo

MOST_VALUES = 2**25
"""Of one tensor: 128 MB."""
LONGEST_LIST = 2**16
OPEN_SIZE = 8
"""In the place of a dimension that the file leaves open: windows that are rendered at once."""
DOMAINS = ("", "ai.onnx", "com.microsoft")
"""Of operators: ONNX's, and ONNX Runtime's for eight bits."""
_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,)}
_RANGES = {
    "format": (0, 2**31),
    "sample_rate": (8_000, 192_000),
    "n_fft": (64, 4096),
    "hop": (16, 4096),
    "window": (16, 4096),
    "frames": (1, 1024),
    "cues": (0, 64),
}
_IMAGE = (1, 2048)


def check_fields(values: Mapping[str, Any], info: type[ModelInfo]) -> None:
    """Check that what the metadata say is of the right kinds.

    Raises
    ------
    ValueError
        Naming what is not.
    """
    for field in fields(info):
        if field.name in values:
            value = values[field.name]
            kinds = (dict,) if str(field.type).startswith("dict") else _KINDS[str(field.type)]
            if type(value) not in kinds:
                raise ValueError(f"{field.name} is {value!r:.100}, accepted is {kinds[0].__name__}")


def check_info(info: ModelInfo) -> None:
    """Check that its numbers are such as a network has; raises as `check_fields`."""
    for name, (low, high) in _RANGES.items():
        _within(name, getattr(info, name), low, high)
    _within("window", info.window, 16, info.n_fft)
    if info.n_fft % 2:
        raise ValueError(f"n_fft {info.n_fft} is odd")
    for side in ("height", "width"):
        _within(f"image {side}", info.image.get(side), *_IMAGE)
    shapes: dict[str, Any] = {**info.state}
    for name, shape in shapes.items():
        if not isinstance(shape, list) or not all(type(size) is int and size > 0 for size in shape):
            raise ValueError(f"state {name} has the shape {shape!r:.100}")
        if math.prod(shape) > MOST_VALUES:
            raise ValueError(f"state {name} holds {math.prod(shape)} numbers, accepted are {MOST_VALUES}")
    if info.kind != "where":
        _within("mask's bins", info.mask.get("bins"), info.bins - 1, info.bins)
    kind = info.normalisation.get("type")
    if kind != "none":
        for name in ("target", "floor"):
            value = info.normalisation.get(name)
            if not isinstance(value, int | float) or not 0 < value < 1e6:
                raise ValueError(f"normalisation's {name} is {value!r:.100}, accepted is a positive number")


def check_graph(model: ModelProto) -> None:
    """Check that a graph holds nothing but a network; raises as `check_fields`."""
    if model.functions:
        raise ValueError("it holds functions of its own")
    for tensor in _tensors(model.graph):
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            raise ValueError("it keeps weights in other files")
        _small_enough(tensor.name, tensor.dims)
    for node in model.graph.node:
        if node.domain not in DOMAINS:
            raise ValueError(f"it holds operators of '{node.domain}'")
        if any(attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) for attribute in node.attribute):
            raise ValueError(f"it holds a loop or branch ({node.op_type})")
    if model.graph.sparse_initializer:
        raise ValueError("it holds sparse weights")


def check_sizes(model: ModelProto) -> None:
    """Check that no value in the graph is larger than a network's, as far as can be told; raises as `check_fields`."""
    for value in (*model.graph.input, *model.graph.output):
        shape = _shape(value)
        _small_enough(value.name, shape)
        # ONNX's inference follows each number of what may be a shape, with 50 bytes for each.
        if len(shape) == 1 and shape[0] > LONGEST_LIST:
            raise ValueError(f"'{value.name}' is a list of {shape[0]} values, accepted are up to {LONGEST_LIST}")
    known = shape_inference.infer_shapes(model, data_prop=True).graph
    for value in (*known.input, *known.output, *known.value_info):
        _small_enough(value.name, _shape(value))


def _shape(value: ValueInfoProto) -> list[int]:
    dims = value.type.tensor_type.shape.dim
    return [dim.dim_value if dim.HasField("dim_value") else OPEN_SIZE for dim in dims]


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _small_enough(name: str, shape: Any) -> None:
    if any(size < 0 for size in shape) or math.prod(shape) > MOST_VALUES:
        raise ValueError(f"'{name}' is of shape {list(shape)}, accepted are up to {MOST_VALUES} values")


def _within(name: str, value: Any, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} is {value!r:.100}, accepted is {low} to {high}")
