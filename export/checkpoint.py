"""A network as training saved it."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from export.graphs import Network
from models.networks import NETWORKS
from models.separation.network import Separation
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


def load_tensors(path: Path, cure: str = "give a file that training wrote") -> dict[str, Any]:
    """Read a dictionary that torch saved, without running any code that it might hold.

    Parameters
    ----------
    cure
        Ends the line of an error.

    Raises
    ------
    ModelError
        When the file is missing, is no torch file, holds objects other than tensors and plain values, or no dictionary.
    """
    if not path.is_file():
        raise ModelError(f"no checkpoint at '{path}'; {cure}")
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"'{path}' is not a torch checkpoint ({reason}); {cure}") from error
    if not isinstance(content, dict):
        raise ModelError(f"'{path}' holds a {type(content).__name__}, not a checkpoint; {cure}")
    return content


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
    content = load_tensors(path)
    if not {"kind", "config", "model"} <= content.keys():
        raise ModelError(
            f"'{path}' is not an Earsight checkpoint (no kind, config and model in it); "
            "for the paper's released weights use --authors VISUAL.pth AUDIO.pth"
        )
    kind = str(content["kind"])
    if kind not in NETWORKS:
        raise ModelError(f"'{path}' holds a '{kind}' network; known: {', '.join(NETWORKS)}")
    try:
        network = NETWORKS[kind](**content["config"])
        network.load_state_dict(content["model"])
    except (TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"'{path}' does not fit the {kind} network of this version: {reason}") from error
    if isinstance(network, Separation):
        raise ModelError(f"'{path}' holds a separating network; export it with: python -m export.separation '{path}'")
    return Checkpoint(kind, network.eval(), dict(content.get("training", {})))
