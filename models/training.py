"""The training loop: a TOML file in, checkpoints out, exactly resumable at any validated step."""

from __future__ import annotations

import json
import math
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from models.batches import batches
from models.losses import LOSSES
from models.training_config import TrainingConfig
from models.validation import validate
from realtime.errors import DataError, ModelError

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


def train(config_path: Path, *, resume: bool = False) -> Path:
    """Train to the configured number of steps.

    Parameters
    ----------
    resume
        Go on from last.pt; without it a folder that holds one is refused.

    Returns
    -------
    path
        Of best.pt.

    Raises
    ------
    SettingsError, DataError, ModelError
        When the configuration, the scene material or the checkpoint to resume from is unusable.
    """
    config = TrainingConfig.read(config_path)
    last = config.folder / "last.pt"
    if last.exists() and not resume:
        raise DataError(f"'{last}' exists; add --resume to go on from it, or name another folder in '{config_path}'")
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    network = config.build()
    loss_of = LOSSES[config.network]
    optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    run = _Run(config, network, optimizer)
    if last.exists():
        run.load(last)
    try:
        config.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot create folder '{config.folder}': {error.strerror}; name another") from error
    with Progress(*COLUMNS, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(f"training {config.network}", total=config.steps, completed=run.step)
        for batch in batches(config.sampler(), config.batch_size, run.step, config.steps, config.workers):
            for group in optimizer.param_groups:
                group["lr"] = config.rate(run.step)
            generator = torch.Generator().manual_seed(config.seed * 1_000_003 + run.step)
            terms = loss_of(network, batch, generator)
            optimizer.zero_grad(set_to_none=True)
            terms["loss"].backward()
            nn.utils.clip_grad_norm_(network.parameters(), config.gradient_limit)
            optimizer.step()
            run.count({name: float(value.detach()) for name, value in terms.items()})
            progress.update(task, completed=run.step)
    return config.folder / "best.pt"


class _Run:
    """What a run has reached; writes the log and the checkpoints."""

    def __init__(self, config: TrainingConfig, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.config = config
        self.network = network
        self.optimizer = optimizer
        self.step = 0
        self.best = math.inf
        self.scores: dict[str, float] = {}
        self.seconds = 0.0
        self._clock = time.perf_counter()
        self._sums: dict[str, float] = {}
        self._summed = 0

    def count(self, terms: dict[str, float]) -> None:
        """One step is done: sum its terms, and validate and save when it is time."""
        self.step += 1
        self._summed += 1
        for name, value in terms.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        at_end = self.step == self.config.steps
        validating = at_end or self.step % self.config.validate_every == 0
        better = False
        if validating:
            self.scores = validate(self.network, self.config.sampler("val"), self.config.validation_scenes)
            better = self.scores["difference"] < self.best
            self.best = min(self.best, self.scores["difference"])
        if validating or self.step % self.config.save_every == 0:
            self._log(validated=validating)
            # The best first: stopped between the two, a resumed run comes by it again.
            if better:
                self._save(self.config.folder / "best.pt")
            self._save(self.config.folder / "last.pt")

    def load(self, path: Path) -> None:
        try:
            state: Any = torch.load(path, weights_only=True)
            if not isinstance(state, dict):
                raise TypeError(f"it holds a {type(state).__name__}")
            self.network.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.best = state["training"]["step"], state["training"]["best"]
            self.seconds, self.scores = state["training"]["seconds"], state["training"]["validation"]
        except (LookupError, RuntimeError, ValueError, TypeError, OSError, EOFError, pickle.UnpicklingError) as error:
            # torch's own words for what it cannot unpickle advise to let the file run code.
            unreadable = isinstance(error, pickle.UnpicklingError)
            reason = "not a torch file" if unreadable else str(error).partition("\n")[0].rstrip(".:")
            raise ModelError(
                f"cannot resume from '{path}', which is no {self.config.network} run of this configuration ({reason}); "
                "delete it to start again"
            ) from error

    def _log(self, *, validated: bool) -> None:
        self.seconds += time.perf_counter() - self._clock
        self._clock = time.perf_counter()
        entry: dict[str, Any] = {"step": self.step, "seconds": round(self.seconds, 1)}
        entry |= {name: round(value / self._summed, 5) for name, value in self._sums.items()}
        if validated:
            entry["validation"] = self.scores
        with (self.config.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        self._sums, self._summed = {}, 0

    def _save(self, path: Path) -> None:
        training = {
            "step": self.step,
            "best": self.best,
            "seconds": self.seconds,
            "seed": self.config.seed,
            "batch_size": self.config.batch_size,
            "validation": self.scores,
        }
        temporary = path.with_suffix(".part")
        torch.save(
            {
                "kind": self.config.network,
                "config": self.config.network_options,
                "model": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "training": training,
            },
            temporary,
        )
        temporary.replace(path)
