"""Tasks: what a network is trained on, how far off it is, and how it is judged, behind one interface for the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from models.batches import Batch, batches
from models.losses import streaming_loss
from models.mono2binaural import Mono2Binaural
from models.naming import Naming
from models.paper_loss import PaperLoss
from models.separation.task import SeparationTask
from models.streaming import Streaming
from models.validation import validate
from models.where.task import WhereTask

if TYPE_CHECKING:
    from models.training_config import TrainingConfig


class Task(Protocol):
    """One kind of training.

    Attributes
    ----------
    extras
        What is trained beside the network and left behind at export; may be empty.
    """

    extras: nn.Module

    def batches(self, first_step: int, rank: int = 0, processes: int = 1) -> Iterator[Any]:
        """Batches from a step on; with several processes, one's part of each."""
        ...

    def loss(self, network: Any, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
        """Terms, of which "loss" is descended; what is drawn for a whole step is drawn from `generator`."""
        ...

    def validate(self, network: Any) -> dict[str, float]:
        """Figures on fixed samples without augmentation; the best network has the smallest "score"."""
        ...


class Spatialising:
    """Both ears from mono and picture: the task of `streaming` and `mono2binaural`.

    Parameters
    ----------
    config
        Says what the material is.
    network
        That will be trained.
    options
        Of the network's loss; of `streaming` also `names`: whether picture and sound are taught names, see
        `models.naming`.

    Raises
    ------
    TypeError
        When the options do not fit.
    DataError, ClipError
        When the material is not usable.
    """

    def __init__(self, config: TrainingConfig, network: Streaming | Mono2Binaural, **options: Any) -> None:
        self._config = config
        windows = 1
        if isinstance(network, Mono2Binaural):
            paper_loss = PaperLoss(network, **options, seed=config.seed)
            windows = paper_loss.windows
            self.extras: nn.Module = paper_loss
            self._loss = paper_loss
            self._padding = "reflect"
        else:
            naming = Naming(network.features - network.cues) if options.pop("names", False) else None
            self.extras = naming or nn.Module()
            signature(streaming_loss).bind(None, None, None, naming=naming, seed=0, **options)
            self._loss = partial(streaming_loss, **options, naming=naming, seed=config.seed)
            self._padding = "constant"
        # Both are looked at before the first step.
        self._validation = config.material("val", config.duration_s)
        self._training = config.material("train", config.duration_s * windows)

    def batches(self, first_step: int, rank: int = 0, processes: int = 1) -> Iterator[Batch]:
        """As `Task` says."""
        config = self._config
        return batches(
            self._training, config.batch_size, first_step, config.steps, config.workers, rank=rank, processes=processes
        )

    def loss(self, network: Any, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """As `Task` says."""
        return self._loss(network, batch, generator)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """As `Task` says: the difference's error on fixed samples, see `models.validation`."""
        return validate(network, self._validation, self._config.validation_samples, self._padding)


TASKS: dict[str, Callable[..., Task]] = {
    "streaming": Spatialising,
    "mono2binaural": Spatialising,
    "separation": SeparationTask,
    "where": WhereTask,
}
"""By the name of the network: (config, network, **options) -> its task."""
