"""The picture's side: a map of features, by the convolutions of a network that learnt to make mono sound binaural."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from torch import Tensor, nn

from models.checkpoint_file import fitting, load_tensors
from models.mono2binaural import IMAGE_SHAPE, VisualNet
from models.streaming import VisualBranch


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
    cure = "give a checkpoint of the network that `eyes_of` names, with the same width"
    with fitting(checkpoint, "gives no visual features", cure):
        weights: dict[str, Tensor] = load_tensors(checkpoint)["model"]
        into.load_state_dict({name: weights[into.prefix + name] for name in into.state_dict()})
