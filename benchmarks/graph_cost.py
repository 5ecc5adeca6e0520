"""What one run of a network costs by its graph: multiplications, and bytes read and written."""

from __future__ import annotations

import math
from dataclasses import dataclass

import onnx
from onnx import helper


@dataclass(frozen=True)
class GraphCost:
    """Of one run with batches of one.

    Attributes
    ----------
    multiplications
        Of convolutions, matrix products and recurrent cells. Additions, activations and transforms of shapes are not
        counted, as is usual for multiply-accumulates.
    weight_bytes
        Each read once.
    activation_bytes
        What every node gives, written once and read once, as if nothing stayed in a cache and no nodes were fused: an
        upper bound.
    """

    multiplications: int
    weight_bytes: int
    activation_bytes: int

    @property
    def moved_bytes(self) -> int:
        return self.weight_bytes + self.activation_bytes


def graph_cost(graph: bytes) -> GraphCost:
    """Of a serialised ONNX graph."""
    model = onnx.load_from_string(graph)
    for value in (*model.graph.input, *model.graph.value_info, *model.graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_value = 1
    model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    tensors = {
        value.name: value.type.tensor_type
        for value in (*model.graph.input, *model.graph.value_info, *model.graph.output)
    }
    shapes = {name: [dimension.dim_value for dimension in kind.shape.dim] for name, kind in tensors.items()}
    sizes = {name: math.prod(shapes[name]) * _item_bytes(kind.elem_type) for name, kind in tensors.items()}
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    shapes |= {name: list(tensor.dims) for name, tensor in weights.items()}
    used = {name for node in model.graph.node for name in node.input}
    return GraphCost(
        sum(_of_node(node, shapes) for node in model.graph.node),
        sum(math.prod(shapes[name]) * _item_bytes(weights[name].data_type) for name in used & weights.keys()),
        2 * sum(sizes[name] for node in model.graph.node for name in node.output if name in sizes),
    )


def _item_bytes(kind: int) -> int:
    return helper.tensor_dtype_to_np_dtype(kind).itemsize


def _of_node(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> int:
    if node.op_type not in ("Conv", "ConvTranspose", "MatMul", "Gemm", "GRU"):
        return 0
    given, weights = shapes[node.input[0]], shapes[node.input[1]]
    if node.op_type == "Conv":
        return math.prod(shapes[node.output[0]]) * math.prod(weights[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(given) * math.prod(weights[1:])
    if node.op_type in ("MatMul", "Gemm"):
        return math.prod(shapes[node.output[0]]) * given[-1]
    hops, batch = given[:2]
    return hops * batch * (math.prod(weights) + math.prod(shapes[node.input[2]]))
