"""Weights of torch's layers as the constants of a graph."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from export.nodes import Nodes


def constants(nodes: Nodes, *values: NDArray[np.float64]) -> list[str]:
    """Keep arrays in single precision."""
    return [nodes.constant(value.astype(np.float32)) for value in values]


def weights(layer: nn.Module) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kernel and bias of a convolution."""
    kernel, bias = (layer.get_parameter(name).detach().double().numpy() for name in ("weight", "bias"))
    return kernel, bias


def folded(layer: Iterable[nn.Module]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kernel and bias of a convolution and the batch normalisation after it; what else is in the layer is left out."""
    convolution, norm, *_ = layer
    assert isinstance(norm, nn.BatchNorm2d)
    given = (
        convolution.get_parameter("weight"),
        *(norm.get_buffer(name) for name in ("running_mean", "running_var")),
        *(norm.get_parameter(name) for name in ("weight", "bias")),
    )
    kernel, mean, variance, scale, offset = (value.detach().double() for value in given)
    own = dict(convolution.named_parameters()).get("bias")
    bias = None if own is None else own.detach().double()
    transposed = isinstance(convolution, nn.ConvTranspose2d)
    kernel, bias = fuse_conv_bn_weights(kernel, bias, mean, variance, norm.eps, scale, offset, transpose=transposed)
    return kernel.detach().numpy(), bias.detach().numpy()
