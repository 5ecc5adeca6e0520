"""The networks that can be trained and exported, by the name that configurations and checkpoints use."""

from __future__ import annotations

from models.mono2binaural import Mono2Binaural
from models.separation.network import Separation
from models.streaming import Streaming

NETWORKS: dict[str, type[Streaming] | type[Mono2Binaural] | type[Separation]] = {
    "streaming": Streaming,
    "mono2binaural": Mono2Binaural,
    "separation": Separation,
}
