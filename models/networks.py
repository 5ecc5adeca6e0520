"""The networks that can be trained and exported, by the name that configurations and checkpoints use."""

from __future__ import annotations

from models.mono2binaural import Mono2Binaural
from models.separation.network import Separation
from models.streaming import Streaming
from models.where.network import Where

AnyNetwork = Streaming | Mono2Binaural | Separation | Where
NETWORKS: dict[str, type[AnyNetwork]] = {
    "streaming": Streaming,
    "mono2binaural": Mono2Binaural,
    "separation": Separation,
    "where": Where,
}
