"""The sound's half of the paper's network, stated for ONNX Runtime: the same function in half the multiplications.

Nearly all of it is convolutions that `winograd_4x4` has in fewer of them. And what the picture adds is the same at all
places of the bottleneck, so that its 784 of 1296 features need no convolution.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from export.nodes import Nodes
from export.planes import Planes, joined, split
from export.weights import constants, folded, weights
from export.winograd_4x4 import down, up
from models.mono2binaural import BINS, FRAMES, VISUAL_FEATURES, AudioNet

LEAK = 0.2
"""Slope of the encoder's activations below 0."""


def fast_audio_graph(network: AudioNet) -> onnx.ModelProto:
    """State an `AudioNet` in evaluation mode.

    Returns
    -------
    onnx.ModelProto
        `spectrum` (B, 2, 257, 64), `features_in` (B, 8 W, 7, 14) -> `mask` (B, 2, 256, 64), -1..1, for any B.
    """
    nodes = Nodes()
    kernel, bias = folded(network.audionet_convlayer1)
    level = nodes.add("Conv", "spectrum", *constants(nodes, kernel, bias), strides=[2, 2], pads=[1] * 4)
    level = nodes.add("Transpose", nodes.add("LeakyRelu", level, alpha=LEAK), perm=[0, 2, 3, 1])
    encoded = [split(nodes, level, BINS // 4, FRAMES // 4, len(kernel))]
    for number in range(2, 6):
        layer = down(nodes, encoded[-1], *folded(network.get_submodule(f"audionet_convlayer{number}").children()))
        encoded.append(layer.each(nodes, "LeakyRelu", alpha=LEAK))
    kernel, bias = folded(network.audionet_upconvlayer1)
    heard = up(nodes, encoded[4], kernel[VISUAL_FEATURES:], None)
    values = looked(nodes, network)
    seen = everywhere(nodes, values, heard.height, heard.width, kernel[:VISUAL_FEATURES], bias)
    decoded = heard.plus(nodes, seen).each(nodes, "Relu")
    for number in range(2, 5):
        joint = decoded.beside(nodes, encoded[5 - number])
        layer = up(nodes, joint, *folded(network.get_submodule(f"audionet_upconvlayer{number}").children()))
        decoded = layer.each(nodes, "Relu")
    level = last_up(nodes, decoded.beside(nodes, encoded[0]), *weights(network.audionet_upconvlayer5[0]))
    return closed(nodes, network, level)


def looked(nodes: Nodes, network: AudioNet) -> str:
    """What the picture gives to every place of the bottleneck, (B, VISUAL_FEATURES)."""
    seen = nodes.add("Relu", nodes.add("Conv", "features_in", *constants(nodes, *folded(network.conv1x1))))
    return nodes.reshape(seen, -1, VISUAL_FEATURES)


def closed(nodes: Nodes, network: AudioNet, level: str) -> onnx.ModelProto:
    """The graph that ends in the last layer's values: the mask of them, -1..1."""
    one, two = (nodes.constant(np.array(value, np.float32)) for value in (1, 2))
    mask = nodes.add("Sub", nodes.add("Mul", nodes.add("Sigmoid", level), two), one)
    shapes = {
        "spectrum": ("windows", 2, BINS + 1, FRAMES),
        "features_in": ("windows", network.conv1x1[0].get_parameter("weight").shape[1], 7, 14),
    }
    return nodes.model(shapes, mask, "mask", ("windows", 2, BINS, FRAMES))


def everywhere(
    nodes: Nodes, values: str, height: int, width: int, kernel: NDArray[np.float64], bias: NDArray[np.float64]
) -> Planes:
    """A transposed convolution of 4x4, stride 2 and padding 1 of what is the same at all places.

    Its outputs differ at the edges only, and between even and odd rows and columns.

    Parameters
    ----------
    values
        (B, C_in).
    height, width
        Of each of the planes that come out.
    kernel, bias
        (C_in, C_out, 4, 4) and (C_out,).
    """
    # Four kinds of rows: the first, odd ones, even ones, the last. Taps 3 and 1 meet even rows, but 3 not the first;
    # 2 and 0 meet odd ones, but 0 not the last.
    met = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    sums = np.einsum("cnkl,ik,jl->cijn", kernel, met, met, optimize=True).reshape(len(kernel), -1)
    kinds = nodes.reshape(
        nodes.add("Gemm", values, *constants(nodes, sums, np.tile(bias, 16))), -1, 4, 4, kernel.shape[1]
    )
    rows, columns = (
        [nodes.constant(np.array(kind)) for kind in ([0] + [2] * (size - 1), [1] * (size - 1) + [3])]
        for size in (height, width)
    )
    grid = [
        [nodes.add("Gather", nodes.add("Gather", kinds, row, axis=1), column, axis=2) for column in columns]
        for row in rows
    ]
    return Planes(grid, height, width, kernel.shape[1])


def last_up(nodes: Nodes, level: Planes, kernel: NDArray[np.float64], bias: NDArray[np.float64]) -> str:
    """A transposed convolution of 4x4, stride 2 and padding 1, to too few features to gain from Winograd's.

    Parameters
    ----------
    kernel, bias
        (C_in, C_out, 4, 4) and (C_out,).

    Returns
    -------
    str
        (B, C_out, 4 height, 4 width).
    """
    taps, offsets = constants(nodes, kernel.reshape(len(kernel), -1), bias[:, None, None])
    columns = kernel[0].size
    grid = [[nodes.add("MatMul", plane, taps) for plane in row] for row in level.grid]
    spread = joined(nodes, Planes(grid, level.height, level.width, columns))
    spread = nodes.add("Transpose", nodes.reshape(spread, -1, 4 * level.height * level.width, columns), perm=[0, 2, 1])
    size = nodes.constant(np.array([4 * level.height, 4 * level.width]))
    block = nodes.constant(np.array([4, 4]))
    return nodes.add("Add", nodes.add("Col2Im", spread, size, block, strides=[2, 2], pads=[1] * 4), offsets)
