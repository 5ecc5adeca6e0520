"""The sound's half of the paper's network as convolutions alone: slower than `audio_net`, until they get eight bits."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from export.audio_net import LEAK, closed, everywhere, looked
from export.nodes import Nodes
from export.planes import joined
from export.weights import constants, folded, weights
from models.mono2binaural import BINS, FRAMES, VISUAL_FEATURES, AudioNet

LAYERS = 5
"""Down, and as many up."""


def convolutional_audio_graph(network: AudioNet) -> onnx.ModelProto:
    """State an `AudioNet` in evaluation mode; inputs and output as those of `export.audio_net.fast_audio_graph`."""
    nodes = Nodes()
    level, encoded = "spectrum", list[str]()
    for number in range(1, LAYERS + 1):
        kernel, bias = constants(nodes, *folded(network.get_submodule(f"audionet_convlayer{number}").children()))
        level = nodes.add("Conv", level, kernel, bias, strides=[2, 2], pads=[1] * 4)
        level = nodes.add("LeakyRelu", level, alpha=LEAK)
        encoded.append(level)
    for number in range(1, LAYERS + 1):
        layer = network.get_submodule(f"audionet_upconvlayer{number}")
        if number == LAYERS:
            level = doubled(nodes, nodes.add("Concat", level, encoded[0], axis=1), *weights(layer.get_submodule("0")))
            break
        kernel, bias = folded(layer.children())
        if number == 1:
            heard = doubled(nodes, level, kernel[VISUAL_FEATURES:], np.zeros(kernel.shape[1]))
            level = nodes.add("Add", heard, _seen(nodes, network, kernel[:VISUAL_FEATURES], bias))
        else:
            level = doubled(nodes, nodes.add("Concat", level, encoded[LAYERS - number], axis=1), kernel, bias)
        level = nodes.add("Relu", level)
    return closed(nodes, network, level)


def _seen(nodes: Nodes, network: AudioNet, kernel: NDArray[np.float64], bias: NDArray[np.float64]) -> str:
    """What the picture adds after the first layer up, (B, C, 16, 4)."""
    values = looked(nodes, network)
    height, width = BINS >> LAYERS, FRAMES >> LAYERS
    return nodes.add(
        "Transpose", joined(nodes, everywhere(nodes, values, height, width, kernel, bias)), perm=[0, 3, 1, 2]
    )


def doubled(nodes: Nodes, level: str, kernel: NDArray[np.float64], bias: NDArray[np.float64]) -> str:
    """A transposed convolution of 4x4, stride 2 and padding 1, as four convolutions of 2x2 whose outputs interleave.

    Parameters
    ----------
    level
        (B, C_in, H, W).
    kernel, bias
        (C_in, C_out, 4, 4) and (C_out,).

    Returns
    -------
    str
        (B, C_out, 2 H, 2 W).
    """
    # Even rows (columns) meet the one before by tap 3 and their own by tap 1; odd ones their own by 2, the next by 0.
    taps = ([3, 1], [2, 0])
    quarters: list[str] = []
    for row in range(2):
        for column in range(2):
            part = kernel[:, :, taps[row]][..., taps[column]].transpose(1, 0, 2, 3)
            pads = [1 - row, 1 - column, row, column]
            quarters.append(nodes.add("Conv", level, *constants(nodes, part, bias), pads=pads))
    return nodes.add("DepthToSpace", nodes.add("Concat", *quarters, axis=1), blocksize=2)
