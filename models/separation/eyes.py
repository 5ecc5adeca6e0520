"""The picture's side: a map of features, by the convolutions of a network that learnt to make mono sound binaural."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from models.mono2binaural import IMAGE_SHAPE, VisualNet
from models.streaming import VisualBranch
from realtime.errors import ModelError


class StreamingEyes(nn.Module):
    """The streaming network's picture branch up to its last feature map: (B, 112, 224, 3) -> (B, 4 * width, 7, 28)."""

    image_shape = (112, 224)
    grid = (7, 28)
    prefix = "visual_branch."

    def __init__(self, width: int) -> None:
        super().__init__()
        self.features = 4 * width
        self.layers = VisualBranch(1, width).layers[:-1]

    def forward(self, image: Tensor) -> Tensor:
        x = image.permute(0, 3, 1, 2).float() / 127.5 - 1.0  # (B, 3, H, W)
        return cast(Tensor, self.layers(x))


class PaperEyes(VisualNet):
    """The ResNet-18 of the paper's Mono2Binaural: (B, 224, 448, 3) -> (B, 512, 7, 14)."""

    image_shape = IMAGE_SHAPE
    grid = (7, 14)
    prefix = "visual_net."
    features = 512


Eyes = StreamingEyes | PaperEyes


def eyes(kind: str, width: int) -> Eyes:
    """Build the untrained picture side of a kind of network, "streaming" or "mono2binaural".

    Raises
    ------
    TypeError
        When the kind is another one.
    """
    if kind == "streaming":
        return StreamingEyes(width)
    if kind == "mono2binaural":
        return PaperEyes()
    raise TypeError(f"eyes '{kind}' are not known; known: streaming, mono2binaural")


def take_features(into: Eyes, checkpoint: Path) -> None:
    """Fill the picture side with what a mono-to-binaural network has learnt.

    Parameters
    ----------
    checkpoint
        Of a network whose picture side has the same layers.

    Raises
    ------
    ModelError
        When the checkpoint cannot be read or has other layers.
    """
    try:
        content: Any = torch.load(checkpoint, map_location="cpu", weights_only=True)
        weights: dict[str, Tensor] = content["model"]
        wanted = into.state_dict()
        into.load_state_dict({name: weights[into.prefix + name] for name in wanted})
    except (LookupError, RuntimeError, ValueError, TypeError, OSError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"'{checkpoint}' gives no visual features ({_reason(error)}); give a checkpoint of the network that "
            "`eyes` names, with the same width"
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    # torch's own words for what it cannot unpickle advise to let the file run code.
    if isinstance(error, pickle.UnpicklingError | EOFError):
        return "not a torch file"
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    return str(error).partition("\n")[0].rstrip(".:")
