"""A network as training saved it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from export.graphs import Network
from models.checkpoint_file import fitting, load_tensors
from models.networks import NETWORKS
from realtime.errors import ModelError


@dataclass(frozen=True)
class Checkpoint:
    """What one file of training holds."""

    kind: str
    """A key of `NETWORKS`."""
    network: Network
    """With its weights, in evaluation mode."""
    training: dict[str, Any] = field(default_factory=dict[str, Any])
    """How it was trained, JSON-able; goes into the model file."""


def load_checkpoint(path: Path) -> Checkpoint:
    """Build the network of a checkpoint.

    Parameters
    ----------
    path
        A file with the entries kind, config, model (a state dict) and training.

    Raises
    ------
    ModelError
        When the file is not one of Earsight's checkpoints or does not fit the network that it names.
    """
    with fitting(path, "is not a torch checkpoint", "give a file that training wrote"):
        content = load_tensors(path)
    if not {"kind", "config", "model"} <= content.keys():
        raise ModelError(
            f"'{path}' is not an Earsight checkpoint (no kind, config and model in it); "
            "for the paper's released weights use --authors VISUAL.pth AUDIO.pth"
        )
    kind = str(content["kind"])
    if kind not in NETWORKS:
        raise ModelError(f"'{path}' holds a '{kind}' network; known: {', '.join(NETWORKS)}")
    with fitting(path, f"does not fit the {kind} network of this version", "train it anew with this version"):
        network = NETWORKS[kind](**content["config"])
        network.load_state_dict(content["model"])
        return Checkpoint(kind, network.eval(), dict(content.get("training", {})))
