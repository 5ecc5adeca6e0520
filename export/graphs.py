"""The two halves of a network as ONNX graphs: picture to features, and one step or window of sound to a mask."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import onnx
import torch
from onnxscript.optimizer import optimize_ir
from torch import Tensor, nn

from export.audio_net import fast_audio_graph
from export.nodes import OPSET
from export.visual_net import fast_visual_graph
from models.mono2binaural import BINS, FRAMES, IMAGE_SHAPE, Mono2Binaural
from models.separation.network import Separation
from models.streaming import Streaming
from models.where.network import COLUMNS, ROWS, SLOTS, Where
from realtime.hearing import FEATURES

LARGEST_CONSTANT = 1 << 24
"""Elements; the optimiser's default of 8192 would leave kernels to be computed from their parts at every image."""
Network = Streaming | Mono2Binaural | Separation | Where


class VisualHalf(nn.Module):
    """image -> features."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """uint8 (1, H, W, 3), or motion (1, slots, H, W) -> the network's features."""
        return self.network.visual(image)


class StreamingHalf(nn.Module):
    """spectrum, features, cues where the network takes them, states -> mask, attention, states.

    The host starts every state from zeros, so a state travels as its difference from the network's initial value.
    """

    def __init__(self, network: Streaming) -> None:
        super().__init__()
        self.network = network
        self.names = list(network.initial_state())
        self.start = {name: value for name, value in network.initial_state().items() if bool(value.any())}

    def forward(self, spectrum: Tensor, features: Tensor, *more: Tensor) -> tuple[Tensor, ...]:
        """(1, 2, 257), features, cues, one tensor per state -> mask (1, 2, 257), attention (1, h, w), new states."""
        cues, states = (more[0], more[1:]) if self.network.cues else (None, more)
        given = {
            name: state + self.start[name] if name in self.start else state
            for name, state in zip(self.names, states, strict=True)
        }
        mask, attention, new = self.network.step(spectrum, self.network.keys(features, cues), given)
        carried = (new[name] - self.start[name] if name in self.start else new[name] for name in self.names)
        return mask, attention, *carried


class WindowHalf(nn.Module):
    """spectrum, features -> mask."""

    def __init__(self, network: Mono2Binaural) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectrum: Tensor, features: Tensor) -> Tensor:
        """(1, 2, 257, 64), features -> mask (1, 2, 256, 64), -1..1."""
        return self.network.masks(spectrum, features)


class WhereHalf(nn.Module):
    """sound, features -> logits."""

    def __init__(self, network: Where) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectrum: Tensor, features: Tensor) -> Tensor:
        """(1, slots, sound features), features -> (1, bands, places + 1)."""
        return self.network(spectrum, features)


class SeparationHalf(nn.Module):
    """spectrum, features -> mask."""

    def __init__(self, network: Separation) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectrum: Tensor, features: Tensor) -> Tensor:
        """(1, 2, 2, 512, T), features -> mask (1, 2, 512, T), 0..1."""
        return self.network(spectrum, features).sigmoid()


def visual_graph(network: Network) -> onnx.ModelProto:
    """Export the visual half: input `image` uint8 (1, H, W, 3), or motion (1, slots, H, W); output `features`."""
    if isinstance(network, Mono2Binaural):
        return fast_visual_graph(network.visual_net, *IMAGE_SHAPE)
    return traced_visual_graph(network)


def traced_visual_graph(network: Network) -> onnx.ModelProto:
    """The same, always with its convolutions as such."""
    return exported(VisualHalf(network), (blank(network),), ["image"], ["features"])


def blank(network: Network) -> Tensor:
    """What the visual half takes, with nothing in it."""
    if isinstance(network, Where):
        return torch.zeros(1, SLOTS, ROWS, COLUMNS)
    image = network.info()["image"]
    return torch.zeros(1, image["height"], image["width"], 3, dtype=torch.uint8)


def audio_graph(network: Network) -> onnx.ModelProto:
    """Export one step of the audio half, with names as the model file wants them.

    Streaming: `spectrum` (1, 2, 257), `features_in`, `cues` where the network takes them, `state_X_in` -> `mask`,
    `attention`, `state_X_out`.
    Window: `spectrum` (B, 2, 257, 64), `features_in` -> `mask` (B, 2, 256, 64), for any number B of windows.
    Separation: `spectrum` (1, 2, 2, 512, 80), `features_in` -> `mask` (1, 2, 512, 80).
    Where: `spectrum` (1, slots, sound features), `features_in` -> `mask` (1, bands, places + 1), logits.
    """
    if isinstance(network, Mono2Binaural):
        return fast_audio_graph(network.audio_net)
    return traced_audio_graph(network)


def traced_audio_graph(network: Network) -> onnx.ModelProto:
    """The same, always with its convolutions as such; one window at a time."""
    info = network.info()
    with torch.inference_mode():
        features = network.visual(blank(network))
    features = features.clone()
    if isinstance(network, Streaming):
        start = network.initial_state()
        states = tuple(torch.zeros_like(state) for state in start.values())
        cues = (torch.zeros(1, network.cues, *features.shape[2:]),) if network.cues else ()
        return exported(
            StreamingHalf(network),
            (torch.zeros(1, 2, 257), features, *cues, *states),
            ["spectrum", "features_in", *(["cues"] if cues else []), *(f"state_{name}_in" for name in start)],
            ["mask", "attention", *(f"state_{name}_out" for name in start)],
        )
    names = ["spectrum", "features_in"]
    if isinstance(network, Mono2Binaural):
        return exported(WindowHalf(network), (torch.zeros(1, 2, BINS + 1, FRAMES), features), names, ["mask"])
    if isinstance(network, Separation):
        spectrum = torch.zeros(1, 2, 2, info["mask"]["bins"], info["frames"])
        return exported(SeparationHalf(network), (spectrum, features), names, ["mask"])
    return exported(WhereHalf(network), (torch.zeros(1, SLOTS, FEATURES), features), names, ["mask"])


def exported(
    module: nn.Module,
    examples: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> onnx.ModelProto:
    """Trace a module, with fixed shapes, and fold its constants.

    Raises
    ------
    RuntimeError
        When the exporter gives no graph (torch.onnx).
    """
    module.eval()
    with one_thread(), warnings.catch_warnings():
        # The tracer about its own types, and about nn.GRU's list of its own weights: nothing here can answer either.
        # Turned into errors, they would send the tracer through its slower strategies.
        warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
        warnings.filterwarnings("ignore", message=".*_flat_weights.*were assigned during export", category=UserWarning)
        program: Any = torch.onnx.export(
            module,
            examples,
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no graph")
    optimize_ir(program.model, input_size_limit=LARGEST_CONSTANT, output_size_limit=LARGEST_CONSTANT)
    graph: onnx.ModelProto = program.model_proto
    strip(graph)
    return graph


@contextmanager
def one_thread() -> Generator[None]:
    """Keep torch to one thread: steps are too small to share out, and on a busy machine that takes 30 times longer."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def strip(model: onnx.ModelProto) -> None:
    """Drop the tracer's notes (source lines and module names of every node): they triple the size of a small graph."""
    del model.metadata_props[:]
    del model.functions[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
        value.doc_string = ""
        del value.metadata_props[:]
