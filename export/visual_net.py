"""The picture's half of the paper's network, stated for ONNX Runtime: the same function in half the multiplications.

Nearly all of it is convolutions of 3x3; `winograd_3x3` has those of stride 1 in fewer of them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from torch import nn

from export.nodes import Nodes
from export.planes import Planes, joined, split
from export.weights import constants, folded
from export.winograd_3x3 import same
from models.mono2binaural import VisualNet
from models.resnet import BasicBlock


def fast_visual_graph(network: VisualNet, height: int, width: int) -> onnx.ModelProto:
    """State a `VisualNet` in evaluation mode.

    Parameters
    ----------
    height, width
        Of the picture, multiples of 32.

    Returns
    -------
    onnx.ModelProto
        `image` uint8 (1, height, width, 3) -> `features` (1, 8 W, height / 32, width / 32).
    """
    nodes = Nodes()
    layers = list(network.feature_extraction.children())[4:]
    # Zeros around the normalised picture are its mean grey, so only the scale goes into the kernel.
    scale = network.normalise.get_buffer("scale").double().numpy()
    mean = -network.normalise.get_buffer("offset").double().numpy() / scale
    kernel, bias = folded(network.feature_extraction)
    level = nodes.add("Cast", "image", to=onnx.TensorProto.FLOAT)
    level = nodes.add("Transpose", nodes.add("Sub", level, *constants(nodes, mean.reshape(3))), perm=[0, 3, 1, 2])
    level = nodes.add("Conv", level, *constants(nodes, kernel * scale, bias), strides=[2, 2], pads=[3] * 4)
    level = nodes.add("MaxPool", nodes.add("Relu", level), kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    at = (height // 4, width // 4)
    for layer in layers:
        level, at = stage(nodes, level, layer.children(), *at)
    features = 8 * len(kernel)
    inputs = {"image": (1, height, width, 3)}
    return nodes.model(inputs, level, "features", (1, features, *at), given=onnx.TensorProto.UINT8)


def stage(
    nodes: Nodes, level: str, blocks: Iterable[nn.Module], height: int, width: int
) -> tuple[str, tuple[int, int]]:
    """Blocks of one size, to which the first may bring the map: (B, C_in, height, width) -> (B, C, ...), its size."""
    came: Planes | None = None
    for block in blocks:
        assert isinstance(block, BasicBlock)
        features = block.conv1.out_channels
        first = folded((block.conv1, block.bn1))
        if block.downsample is not None:
            shortcut = nodes.add("Conv", level, *constants(nodes, *folded(block.downsample)), strides=[2, 2])
            level = nodes.add("Conv", level, *constants(nodes, *first), strides=[2, 2], pads=[1] * 4)
            height, width = (height + 1) // 2, (width + 1) // 2
            came, inside = (planes(nodes, given, height, width, features) for given in (shortcut, level))
        else:
            came = came or planes(nodes, level, height, width, features)
            inside = framed(nodes, same(nodes, came, *first), height, width)
        made = same(nodes, inside.each(nodes, "Relu"), *folded((block.conv2, block.bn2)))
        came = framed(nodes, made.plus(nodes, came), height, width).each(nodes, "Relu")
    assert came is not None
    whole = nodes.add("Transpose", joined(nodes, came), perm=[0, 3, 1, 2])
    return edged(nodes, whole, {2: -(height % 2), 3: -(width % 2)}), (height, width)


def planes(nodes: Nodes, level: str, height: int, width: int, features: int) -> Planes:
    """(B, features, height, width) -> planes, with a row or column of zeros after an odd number of them."""
    level = edged(nodes, nodes.add("Transpose", level, perm=[0, 2, 3, 1]), {1: height % 2, 2: width % 2})
    return split(nodes, level, (height + 1) // 2, (width + 1) // 2, features)


def framed(nodes: Nodes, level: Planes, height: int, width: int) -> Planes:
    """Zeros in the row or column after an odd number of them, as a convolution's padding wants it."""
    grid = [row.copy() for row in level.grid]
    for i in range(2):
        for j in range(2):
            inside = np.zeros((level.height, level.width, 1), np.float32)
            inside[: (height + 1 - i) // 2, : (width + 1 - j) // 2] = 1
            if not inside.all():
                grid[i][j] = nodes.add("Mul", grid[i][j], nodes.constant(inside))
    return Planes(grid, level.height, level.width, level.features)


def edged(nodes: Nodes, level: str, more: dict[int, int]) -> str:
    """Zeros after the end of some dimensions, by how many; below 0, so many less."""
    if not any(more.values()):
        return level
    pads = np.zeros((2, 4), np.int64)
    for dim, count in more.items():
        pads[1, dim] = count
    return nodes.add("Pad", level, nodes.constant(pads.ravel()))
