"""The paper's released weights: two bare state dicts, one per half of the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from export.checkpoint import Checkpoint, load_tensors
from models.mono2binaural import Mono2Binaural
from realtime.errors import ModelError

SOURCE = "released weights of Gao & Grauman, 2.5D Visual Sound, CVPR 2019"


def load_authors(visual: Path, audio: Path) -> Checkpoint:
    """Build Mono2Binaural from the authors' files.

    Parameters
    ----------
    visual, audio
        `visual_best.pth` and `audio_best.pth`: state dicts with keys feature_extraction.*, and audionet_*, conv1x1.*.

    Raises
    ------
    ModelError
        When a file is missing, is no torch file, or has other layers.
    """
    network = Mono2Binaural()
    fill(network.visual_net, visual, "visual")
    fill(network.audio_net, audio, "audio")
    return Checkpoint("mono2binaural", network.eval(), {"source": SOURCE})


def fill(half: nn.Module, path: Path, name: str) -> None:
    """Load one state dict into one half of the network."""
    weights: dict[str, Any] = load_tensors(path)
    try:
        half.load_state_dict(weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"'{path}' is not the paper's {name} network: {reason}") from error
