"""The separating network's model file: python -m export.separation CHECKPOINT -o MODEL.onnx [--force]"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from export.checkpoint import load_tensors
from export.graphs import exported, one_thread
from export.onnx_file import bundle, check_request
from export.parity import RELATIVE_LIMIT_DB
from models.separation.network import Separation
from realtime.errors import EarsightError, ModelError
from realtime.modelfile import FORMAT
from realtime.separator import Separator
from realtime.stats import program_version


class Eyes(nn.Module):
    """image -> features."""

    def __init__(self, network: Separation) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """uint8 (1, H, W, 3) -> (1, what, h, w)."""
        return self.network.visual(image)


class Ears(nn.Module):
    """spectrum, features -> mask."""

    def __init__(self, network: Separation) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectrum: Tensor, features: Tensor) -> Tensor:
        """(1, 2, 2, 512, T), features -> mask (1, 2, 512, T), 0..1."""
        return self.network(spectrum, features).sigmoid()


def load_separation(path: Path) -> tuple[Separation, dict[str, Any]]:
    """Build the network of a checkpoint, in evaluation mode, and say how it was trained.

    Raises
    ------
    ModelError
        When the file is no checkpoint of a separating network.
    """
    content = load_tensors(path)
    if content.get("kind") != "separation" or not {"config", "model"} <= content.keys():
        raise ModelError(f"'{path}' is no checkpoint of a separating network; give a file that its training wrote")
    try:
        network = Separation(**content["config"])
        network.load_state_dict(content["model"])
    except (TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"'{path}' does not fit the separating network of this version: {reason}") from error
    return network.eval(), dict(content.get("training", {}))


def export_separation(checkpoint: Path, out: Path, force: bool = False, scores: dict[str, Any] | None = None) -> float:
    """Write the model file of a checkpoint, compare it with torch and print the comparison.

    Parameters
    ----------
    checkpoint
        What training saved.
    out
        The file to write, .onnx; it appears when it is whole and has passed the comparison.
    force
        Whether an existing file may be replaced.
    scores
        Results of an evaluation, to travel with the file.

    Returns
    -------
    float
        RMS of the masks' difference over that of the masks, dB.

    Raises
    ------
    SettingsError
        When `out` is no place for a model file, or exists and `force` is not set.
    ModelError
        When the checkpoint is foreign or damaged, or the file does not compute what the network does.
    """
    check_request(out, force)
    network, training = load_separation(checkpoint)
    info = network.info()
    image = torch.zeros(1, info["image"]["height"], info["image"]["width"], 3, dtype=torch.uint8)
    with torch.inference_mode(), one_thread():
        features = network.visual(image)
    spectrum = torch.zeros(1, 2, 2, info["mask"]["bins"], info["frames"])
    metadata = {
        "format": FORMAT,
        "name": out.stem,
        "version": program_version(),
        **info,
        "training": training,
        "licence": "MIT",
        "scores": scores or {},
    }
    visual = exported(Eyes(network), (image,), ["image"], ["features"])
    audio = exported(Ears(network), (spectrum, features.clone()), ["spectrum", "features_in"], ["mask"])
    model = bundle(visual, audio, metadata)
    part = out.with_name(f"{out.stem}.part.onnx")
    try:
        onnx.save(model, part)
        deviation_db = parity_db(network, part)
        if deviation_db > RELATIVE_LIMIT_DB:
            raise ModelError(
                f"the exported file strays from its network by {deviation_db:.1f} dB; accepted: "
                f"{RELATIVE_LIMIT_DB:.0f} dB; nothing was written; export with the torch version of this release"
            )
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB; torch against file {deviation_db:.1f} dB")
    return deviation_db


def parity_db(network: Separation, path: Path, seed: int = 0) -> float:
    """Compare a network with its model file on a window of noise and a picture of coarse coloured noise, dB."""
    generator = np.random.default_rng(seed)
    separator = Separator(path)
    info = separator.info
    shape = (2, info.bins, info.frames)
    level = 10 ** np.cumsum(generator.normal(0, 0.1, info.frames)).clip(-1, 1)
    noise = generator.standard_normal((2, *shape)) * level
    spectra = (noise[0] + 1j * noise[1]).astype(np.complex64)
    coarse = generator.integers(0, 256, (info.image["height"] // 16, info.image["width"] // 16, 3), dtype=np.uint8)
    image = coarse.repeat(16, axis=0).repeat(16, axis=1)
    given = separator.masks(spectra, separator.features(image))
    rows = info.mask["bins"]
    parts = torch.from_numpy(np.stack((spectra.real, spectra.imag), 1))[None, :, :, :rows]
    with torch.inference_mode(), one_thread():
        wanted = network(parts, network.visual(torch.from_numpy(image[None]))).sigmoid()[0].numpy()
    error = np.square(given[:, :rows] - wanted, dtype=np.float64).mean()
    return float(10 * np.log10(max(error, 1e-30) / max(np.square(wanted, dtype=np.float64).mean(), 1e-30)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m export.separation", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--force", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        export_separation(chosen.checkpoint, chosen.out, chosen.force)
    except EarsightError as error:
        sys.exit(f"export.separation: {error}")


if __name__ == "__main__":
    main()
