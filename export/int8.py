"""Eight-bit convolutions, calibrated on generated scenes, for networks that are convolutions almost alone.

Processors with eight-bit dot products (AVX-512 VNNI, Arm's DotProd) run those two to three times faster. They are the
picture's halves, and of the sound's halves the paper's; a sound's half with a memory stays as it is.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from export.audio_convolutions import convolutional_audio_graph
from models.losses import as_channels, levelled, spectra
from models.mono2binaural import FRAMES, IMAGE_SHAPE, Mono2Binaural
from models.scenes import SceneSampler
from realtime.spectra import HOP, SAMPLE_RATE

SCENES = 32
SEED = 8
QUANTISED = ("Conv", "Gemm", "Add", "Relu", "LeakyRelu", "MaxPool", "Concat", "DepthToSpace")
LIMIT_DB = -10.0
"""Deviation of the masks beyond which something broke: eight bits alone leave -20 to -30 dB."""
Feeds = dict[str, NDArray[np.generic]]


def eight_bit_visual(visual: onnx.ModelProto) -> onnx.ModelProto:
    """The same picture's half with weights and activations in eight bits.

    Parameters
    ----------
    visual
        Input `image` uint8 (1, H, W, 3), output `features`.

    Raises
    ------
    DataError
        When there is no material to generate pictures from.
    """
    height, width = (visual.graph.input[0].type.tensor_type.shape.dim[axis].dim_value for axis in (1, 2))
    return _eight_bits(visual, _pictures(height, width))


def eight_bit_audio(network: Mono2Binaural) -> onnx.ModelProto:
    """The sound's half of the paper's network with weights and activations in eight bits.

    Raises
    ------
    DataError
        When there is no material to generate scenes from.
    """
    return _eight_bits(convolutional_audio_graph(network.audio_net), _windows(network))


def _eight_bits(graph: onnx.ModelProto, material: Iterator[Feeds]) -> onnx.ModelProto:
    """One scale per tensor and, of weights, per output channel; QDQ form."""
    with tempfile.TemporaryDirectory() as folder:
        given, folded, out = (Path(folder) / f"{name}.onnx" for name in ("given", "folded", "out"))
        onnx.save(graph, given)
        quant_pre_process(given, folded, skip_symbolic_shape=True)
        quantize_static(
            folded,
            out,
            _Calibration(itertools.islice(material, SCENES)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTISED),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(out)


class _Calibration(CalibrationDataReader):
    """Inputs of the graph, one after the other, as the calibration asks for them."""

    def __init__(self, material: Iterator[Feeds]) -> None:
        self._left = material

    def get_next(self) -> Feeds | None:  # type: ignore[override] - its stubs forget the end
        return next(self._left, None)


def _pictures(height: int, width: int) -> Iterator[Feeds]:
    """Without end."""
    sampler = SceneSampler(SEED, duration_s=0.1, image_height=height, image_width=width, split="val")
    return ({"image": sampler.scene(number).image[None]} for number in itertools.count())


def _windows(network: Mono2Binaural) -> Iterator[Feeds]:
    """Without end: windows of sound as the paper's protocol gives them, and what their pictures give."""
    height, width = IMAGE_SHAPE
    duration_s = (FRAMES - 1) * HOP / SAMPLE_RATE
    sampler = SceneSampler(SEED, duration_s=duration_s, image_height=height, image_width=width, split="val")
    for number in itertools.count():
        scene = sampler.scene(number)
        ears = levelled(torch.from_numpy(scene.binaural.sum(0))[None])
        with torch.inference_mode():
            features = network.visual(torch.from_numpy(scene.image)[None])
        yield {
            "spectrum": as_channels(spectra(ears.sum(1), "reflect")).numpy(),
            "features_in": features.numpy(),
        }
