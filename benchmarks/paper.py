"""The paper's network for measurements: random weights cost what trained ones do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import torch

from benchmarks.window import lively_network
from export.onnx_file import Precision, export_checkpoint, halves
from models.mono2binaural import Mono2Binaural


def write_paper_model(folder: Path) -> Path:
    """Export it to paper.onnx; takes 15 s of a core."""
    network = lively_network()
    checkpoint = folder / "paper.pt"
    torch.save({"kind": network.kind, "config": {}, "model": network.state_dict(), "training": {}}, checkpoint)
    model = folder / "paper.onnx"
    with redirect_stdout(sys.stderr):
        export_checkpoint(checkpoint, model)
    return model


def paper_graphs(precision: Precision) -> dict[str, bytes]:
    """The picture's half and the sound's, as exported."""
    picture, sound = halves(lively_network(), precision)
    return {"picture": picture.SerializeToString(), "sound": sound.SerializeToString()}


def eager_halves(threads: int) -> dict[str, Callable[[], object]]:
    """One window and one picture through plain PyTorch, by half."""
    torch.set_num_threads(threads)
    network: Mono2Binaural = lively_network()
    generator = np.random.default_rng(0)
    image = torch.from_numpy(generator.integers(0, 256, (1, 224, 448, 3), np.uint8))
    spectrum = torch.randn(1, 2, 257, 64)
    with torch.inference_mode():
        features = network.visual(image)

    def picture() -> object:
        with torch.inference_mode():
            return network.visual(image)

    def sound() -> object:
        with torch.inference_mode():
            return network.masks(spectrum, features)

    return {"picture": picture, "sound": sound}
