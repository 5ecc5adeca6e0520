"""The paper's released weights: two bare state dicts, one per half of the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from export.checkpoint import Checkpoint
from models.checkpoint_file import fitting, load_tensors
from models.mono2binaural import Mono2Binaural
from realtime.errors import ModelError

SOURCE = "released weights of Gao & Grauman, 2.5D Visual Sound, CVPR 2019"
WRAPPER = "module."
"""What torch.nn.DataParallel puts before every key."""
COUNTER = "num_batches_tracked"
"""Counts training steps; files of torch before 0.4.1 lack it, and nothing that is exported depends on it."""
SHOWN = 3
CURE = "give the authors' visual_best.pth and audio_best.pth"


def load_authors(visual: Path, audio: Path) -> Checkpoint:
    """Build Mono2Binaural from the authors' files.

    Parameters
    ----------
    visual, audio
        `visual_best.pth` and `audio_best.pth`: state dicts with keys feature_extraction.*, and audionet_*, conv1x1.*;
        each key may begin with "module.".

    Raises
    ------
    ModelError
        When a file is missing, is no torch file, holds anything but tensors, has other layers or other shapes, or the
        two are given in the wrong order.
    """
    network = Mono2Binaural()
    halves: dict[str, nn.Module] = {"visual": network.visual_net, "audio": network.audio_net}
    paths = {"visual": visual, "audio": audio}
    weights = {name: read(path) for name, path in paths.items()}
    matches = {(file, half): matching(weights[file], halves[half]) for file in weights for half in halves}
    for file, other in (("visual", "audio"), ("audio", "visual")):
        if matches[file, other] > matches[file, file]:
            raise ModelError(
                f"'{paths[file]}' holds the paper's {other} network, but was given as the {file} one; the order is: "
                "--authors VISUAL.pth AUDIO.pth"
            )
    for name, half in halves.items():
        fill(half, weights[name], paths[name], name)
    return Checkpoint("mono2binaural", network.eval(), {"source": SOURCE})


def read(path: Path) -> dict[str, Tensor]:
    """Read a state dict; "module." is taken off its keys.

    Raises
    ------
    ModelError
        When it is none.
    """
    with fitting(path, "is not a torch checkpoint", CURE):
        content: dict[Any, Any] = load_tensors(path)
    strangers = [str(key) for key, value in content.items() if not isinstance(value, Tensor)]
    if strangers or not content:
        what = f"no tensor under {listed(strangers)}" if strangers else "nothing in it"
        raise ModelError(f"'{path}' is not one of the paper's networks ({what}); {CURE}")
    return {str(key).removeprefix(WRAPPER): value for key, value in content.items()}


def matching(weights: dict[str, Tensor], half: nn.Module) -> int:
    """How many of the weights are named as in a half of the network."""
    return len(weights.keys() & half.state_dict().keys())


def fill(half: nn.Module, weights: dict[str, Tensor], path: Path, name: str) -> None:
    """Load one state dict into one half of the network.

    Raises
    ------
    ModelError
        When keys are missing or unexpected or a shape is another; all three are named.
    """
    wanted = half.state_dict()
    missing = [key for key in wanted if key not in weights and not key.endswith(COUNTER)]
    unexpected = [key for key in weights if key not in wanted]
    shapes = [
        f"{key} {tuple(weights[key].shape)} instead of {tuple(value.shape)}"
        for key, value in wanted.items()
        if key in weights and weights[key].shape != value.shape
    ]
    troubles = {"missing": missing, "unexpected": unexpected, "of another shape": shapes}
    if any(troubles.values()):
        told = "; ".join(f"{len(keys)} {what}: {listed(keys)}" for what, keys in troubles.items() if keys)
        raise ModelError(
            f"'{path}' is not the paper's {name} network ({told}); give the authors' {name}_best.pth, or for a network "
            "of your own: earsight export CHECKPOINT"
        )
    with torch.no_grad():
        half.load_state_dict({**wanted, **weights})


def listed(names: list[str]) -> str:
    """The first few."""
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
