"""The paper's network with random weights, as a torch module, as the authors' two files and as a model file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from export.onnx_file import export_authors
from export.parity import Parity
from models.mono2binaural import Mono2Binaural


@dataclass(frozen=True)
class PaperNetwork:
    network: Mono2Binaural
    visual: Path
    audio: Path
    model: Path
    parity: Parity


def make_paper_network(folder: Path) -> PaperNetwork:
    """Write all files. Takes 15 s of a free core."""
    torch.manual_seed(1)
    network = Mono2Binaural()
    shaken(network)
    # Masks that fill their range.
    nn.init.normal_(network.audio_net.audionet_upconvlayer5[0].get_parameter("weight"), std=0.1)
    visual, audio, model = folder / "visual_best.pth", folder / "audio_best.pth", folder / "paper.onnx"
    torch.save(network.visual_net.state_dict(), visual)
    # As DataParallel names the keys, in the file format of old torch versions.
    wrapped: dict[str, Tensor] = {f"module.{key}": value for key, value in network.audio_net.state_dict().items()}
    torch.save(wrapped, audio, _use_new_zipfile_serialization=False)
    return PaperNetwork(network, visual, audio, model, export_authors(visual, audio, model))


def shaken(network: nn.Module) -> nn.Module:
    """Weights and statistics as after training: nothing left at 0 or 1, so that nothing can be forgotten unseen."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for name, low, high in (("weight", 0.5, 1.5), ("bias", -0.2, 0.2), ("running_mean", -0.1, 0.1)):
                getattr(module, name).data.uniform_(low, high, generator=generator)
            module.get_buffer("running_var").uniform_(0.5, 1.5, generator=generator)
    return network.eval()
