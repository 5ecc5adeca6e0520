"""What makes the masks, opened and put to work: a network from a file, with cues if it takes them, or the tracker."""

from __future__ import annotations

from pathlib import Path

from realtime.errors import ProviderError
from realtime.evidence import Evidence
from realtime.follow import Follow, FollowMasks
from realtime.masks import MaskStream, StreamingMasks, WindowMasks
from realtime.modelfile import shipped_model
from realtime.sessions import Network, load_model
from realtime.settings import FOLLOW
from realtime.vision import Vision
from realtime.watcher import Watcher
from realtime.where import Where

AnyNetwork = Network | Follow


def open_network(model: Path | None = None, provider: str = "auto") -> AnyNetwork:
    """Load what makes the masks.

    Parameters
    ----------
    model
        A model file, the word "follow" for the tracker instead of a network, or None for the network that ships.
    provider
        Of ONNX Runtime, see `load_model`.

    Raises
    ------
    ModelError, ProviderError
        As `load_model` says; the tracker runs on the CPU alone.
    """
    if model != FOLLOW:
        return load_model(model or shipped_model(), provider)
    if provider not in ("auto", "cpu"):
        raise ProviderError(
            f"provider '{provider}' does not go with --model follow, which runs on the CPU; leave it out"
        )
    return Follow()


def at_work(network: AnyNetwork, sample_rate: int) -> tuple[Vision, MaskStream]:
    """Eyes for a network, and the stream of its masks.

    Parameters
    ----------
    sample_rate
        Of the stream's positions, Hz.

    Raises
    ------
    ModelError
        When the network takes cues and the where-network that ships is missing.
    """
    if network.info.kind == "window" and isinstance(network, Network):
        vision = Vision(network)
        return vision, WindowMasks(network, vision, sample_rate)
    if not network.info.cues:
        assert isinstance(network, Network)
        vision = Vision(network)
        return vision, StreamingMasks(network, vision)
    where = Where(shipped_model("where.onnx"), sample_rate)
    vision = Vision(network, Watcher(where.rows, where.columns, sample_rate))
    evidence = Evidence(where, vision)
    if isinstance(network, Follow):
        return vision, FollowMasks(vision, evidence, sample_rate)
    return vision, StreamingMasks(network, vision, evidence)
