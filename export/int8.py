"""Eight-bit convolutions for the picture's half of a network, calibrated on generated pictures.

A picture's half is convolutions almost alone, and processors with eight-bit dot products (AVX-512 VNNI, Arm's DotProd)
run those two to three times faster. The sound's half stays as it is: what it gives is heard.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.scenes import SceneSampler

PICTURES = 32
SEED = 8
QUANTISED = ("Conv", "Add", "Relu", "MaxPool")
LIMIT_DB = -10.0
"""Deviation of the masks beyond which something broke: eight bits alone leave -20 to -30 dB."""


def eight_bits(visual: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with weights and activations in eight bits (one scale per output channel; QDQ form).

    Parameters
    ----------
    visual
        Picture's half: input `image` uint8 (1, H, W, 3), output `features`.

    Raises
    ------
    DataError
        When there is no material to generate pictures from.
    """
    height, width = (visual.graph.input[0].type.tensor_type.shape.dim[axis].dim_value for axis in (1, 2))
    with tempfile.TemporaryDirectory() as folder:
        given, folded, out = (Path(folder) / f"{name}.onnx" for name in ("given", "folded", "out"))
        onnx.save(visual, given)
        quant_pre_process(given, folded, skip_symbolic_shape=True)
        quantize_static(
            folded,
            out,
            Pictures(height, width),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTISED),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(out)


class Pictures(CalibrationDataReader):
    """Generated pictures, one at a time, as the calibration asks for them."""

    def __init__(self, height: int, width: int) -> None:
        sampler = SceneSampler(SEED, duration_s=0.1, image_height=height, image_width=width, split="val")
        self._left: Iterator[NDArray[np.uint8]] = (sampler.scene(number).image for number in range(PICTURES))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:  # type: ignore[override] - its stubs forget the end
        """The next picture as the graph's input; None when there is none left."""
        image = next(self._left, None)
        return None if image is None else {"image": image[None]}
