"""The convolutions that are written by hand give what torch's give, and the graphs of them what the network gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d

from export.audio_convolutions import convolutional_audio_graph, doubled
from export.audio_net import everywhere, fast_audio_graph, last_up
from export.nodes import Nodes
from export.planes import Planes, joined, split
from export.visual_net import fast_visual_graph
from export.winograd_3x3 import same
from export.winograd_4x4 import down, up
from models.mono2binaural import AudioNet, Mono2Binaural
from tests.paper_network import shaken

TOLERANCE = 1e-5
"""Of the RMS; float32 sums in another order leave a tenth of it."""
BATCH, GIVEN, MADE = 3, 5, 7
"""Maps, their features, and those that come out."""


@pytest.fixture(scope="module")
def network() -> Mono2Binaural:
    torch.manual_seed(0)
    network = Mono2Binaural(width=16)
    shaken(network)
    nn.init.normal_(network.audio_net.audionet_upconvlayer5[0].get_parameter("weight"), std=0.3)
    return network


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))


def run(model: onnx.ModelProto, **inputs: Tensor) -> Tensor:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {name: value.float().numpy() for name, value in inputs.items()})
    return torch.from_numpy(np.asarray(output))


def through(level: Tensor, layer: Callable[[Nodes, Planes], Planes]) -> Tensor:
    """A layer of planes, from a map (B, C, H, W) to another."""
    nodes = Nodes()
    _, features, height, width = level.shape
    rows = nodes.add("Transpose", "level", perm=[0, 2, 3, 1])
    made = layer(nodes, split(nodes, rows, height // 2, width // 2, features))
    output = nodes.add("Transpose", joined(nodes, made), perm=[0, 3, 1, 2])
    shape = ("maps", made.features, 2 * made.height, 2 * made.width)
    return run(nodes.model({"level": ("maps", features, height, width)}, output, "made", shape), level=level)


def assert_same(given: Tensor, wanted: Tensor) -> None:
    assert given.shape == wanted.shape
    error = (given - wanted).square().mean().sqrt() / wanted.square().mean().sqrt()
    assert error < TOLERANCE


def array(values: Tensor) -> NDArray[np.float64]:
    return values.detach().numpy()


@pytest.mark.parametrize(("height", "width"), [(4, 4), (16, 4), (4, 12), (32, 8)])
def test_down_is_a_strided_convolution(height: int, width: int) -> None:
    level, kernel, bias = noise(BATCH, GIVEN, height, width), noise(MADE, GIVEN, 4, 4), noise(MADE)
    wanted = conv2d(level, kernel, bias, stride=2, padding=1)
    assert_same(through(level, lambda nodes, planes: down(nodes, planes, array(kernel), array(bias))), wanted)


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize(("height", "width"), [(2, 2), (8, 2), (2, 6), (16, 4)])
def test_up_is_a_strided_transposed_convolution(height: int, width: int, with_bias: bool) -> None:
    level, kernel = noise(BATCH, GIVEN, height, width), noise(GIVEN, MADE, 4, 4)
    bias = noise(MADE) if with_bias else None
    given = through(
        level, lambda nodes, planes: up(nodes, planes, array(kernel), None if bias is None else array(bias))
    )
    assert_same(given, conv_transpose2d(level, kernel, bias, stride=2, padding=1))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (8, 2), (3, 7)])
def test_doubled_is_a_strided_transposed_convolution(height: int, width: int) -> None:
    level, kernel, bias = noise(BATCH, GIVEN, height, width), noise(GIVEN, MADE, 4, 4), noise(MADE)
    nodes = Nodes()
    output = doubled(nodes, "level", array(kernel), array(bias))
    model = nodes.model(
        {"level": ("maps", GIVEN, height, width)}, output, "made", ("maps", MADE, 2 * height, 2 * width)
    )
    assert_same(run(model, level=level), conv_transpose2d(level, kernel, bias, stride=2, padding=1))


@pytest.mark.parametrize(("height", "width"), [(2, 2), (8, 2), (6, 10)])
def test_same_is_a_convolution(height: int, width: int) -> None:
    level, kernel, bias = noise(BATCH, GIVEN, height, width), noise(MADE, GIVEN, 3, 3), noise(MADE)
    given = through(level, lambda nodes, planes: same(nodes, planes, array(kernel), array(bias)))
    assert_same(given, conv2d(level, kernel, bias, padding=1))


@pytest.mark.parametrize(("height", "width"), [(2, 2), (8, 2), (6, 10)])
def test_the_last_layer_is_a_transposed_convolution(height: int, width: int) -> None:
    level, kernel, bias = noise(BATCH, GIVEN, height, width), noise(GIVEN, 2, 4, 4), noise(2)
    nodes = Nodes()
    rows = nodes.add("Transpose", "level", perm=[0, 2, 3, 1])
    output = last_up(nodes, split(nodes, rows, height // 2, width // 2, GIVEN), array(kernel), array(bias))
    model = nodes.model({"level": ("maps", GIVEN, height, width)}, output, "made", ("maps", 2, 2 * height, 2 * width))
    assert_same(run(model, level=level), conv_transpose2d(level, kernel, bias, stride=2, padding=1))


@pytest.mark.parametrize(("height", "width"), [(2, 2), (8, 2), (3, 5)])
def test_what_is_the_same_at_all_places_needs_no_convolution(height: int, width: int) -> None:
    values, kernel, bias = noise(BATCH, GIVEN), noise(GIVEN, MADE, 4, 4), noise(MADE)
    nodes = Nodes()
    made = everywhere(nodes, "values", height, width, array(kernel), array(bias))
    shape = ("maps", 2 * height, 2 * width, MADE)
    model = nodes.model({"values": ("maps", GIVEN)}, joined(nodes, made), "made", shape)
    level = values[..., None, None].expand(-1, -1, height, width)
    wanted = conv_transpose2d(level, kernel, bias, stride=2, padding=1)
    assert_same(run(model, values=values).permute(0, 3, 1, 2), wanted)


@pytest.mark.parametrize("graph", [fast_audio_graph, convolutional_audio_graph])
@pytest.mark.parametrize("windows", [1, 3])
def test_the_graph_gives_the_masks_of_the_network(
    network: Mono2Binaural, windows: int, graph: Callable[[AudioNet], onnx.ModelProto]
) -> None:
    spectrum, features = noise(windows, 2, 257, 64), noise(windows, 128, 7, 14).abs()
    with torch.inference_mode():
        wanted = network.masks(spectrum.float(), features.float())
    assert wanted.std() > 0.1
    assert_same(run(graph(network.audio_net), spectrum=spectrum, features_in=features), wanted)


@pytest.mark.parametrize(("height", "width"), [(224, 448), (96, 32), (64, 160)])
def test_the_graph_gives_the_features_of_the_network(network: Mono2Binaural, height: int, width: int) -> None:
    image = torch.randint(0, 256, (1, height, width, 3), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    with torch.inference_mode():
        wanted = network.visual_net(image)
    model = fast_visual_graph(network.visual_net, height, width)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (features,) = session.run(None, {"image": image.numpy()})
    assert_same(torch.from_numpy(np.asarray(features)), wanted)


def test_the_file_keeps_each_weight_once(network: Mono2Binaural) -> None:
    # As it is loaded, Winograd's kernels make it about twice as many.
    for graph, half in (
        (fast_audio_graph(network.audio_net).graph, network.audio_net),
        (fast_visual_graph(network.visual_net, 224, 448).graph, network.visual_net),
    ):
        stored = sum(int(np.prod(tensor.dims)) for tensor in graph.initializer)
        assert stored < 1.01 * sum(weight.numel() for weight in half.parameters())
