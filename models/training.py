"""The training loop: a TOML file in, checkpoints out, exactly resumable at any validated step."""

from __future__ import annotations

import json
import math
import time
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from models.batches import batches
from models.losses import paper_loss, streaming_loss
from models.mono2binaural import Mono2Binaural
from models.scenes import SceneSampler
from models.streaming import Streaming
from models.validation import validate
from realtime.errors import DataError, ModelError, SettingsError

NETWORKS: dict[str, Any] = {"streaming": (Streaming, streaming_loss), "mono2binaural": (Mono2Binaural, paper_loss)}


@dataclass(frozen=True)
class TrainingConfig:
    """A training run. Every field can stand in the TOML file; none else can."""

    network: str
    folder: Path
    """Receives last.pt, best.pt and log.jsonl."""
    network_options: dict[str, Any] = field(default_factory=dict[str, Any])
    seed: int = 1
    steps: int = 2000
    batch_size: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    warm_up_steps: int = 50
    gradient_limit: float = 1.0
    duration_s: float = 1.28
    image_height: int = 112
    image_width: int = 224
    min_sources: int = 1
    max_sources: int = 3
    validation_scenes: int = 64
    validate_every: int = 200
    save_every: int = 50
    workers: int = 1
    threads: int = 2

    @classmethod
    def read(cls, path: Path) -> TrainingConfig:
        """From TOML; `folder` is relative to the working directory.

        Raises
        ------
        SettingsError
            When the file is missing, is not TOML, or has a key or network that is not known.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"cannot read training configuration '{path}': {error}") from error
        known = {f.name for f in fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise SettingsError(f"'{path}' has unknown keys {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        if missing := sorted({"network", "folder"} - values.keys()):
            raise SettingsError(f"'{path}' lacks {', '.join(missing)}")
        if values["network"] not in NETWORKS:
            raise SettingsError(f"network '{values['network']}' is not known; known: {', '.join(NETWORKS)}")
        values["folder"] = Path(values["folder"])
        return cls(**values)

    def sampler(self, split: str = "train") -> SceneSampler:
        """Scenes of this run; those of other splits come from other seeds and other stretches of sound."""
        return SceneSampler(
            self.seed + {"train": 0, "val": 1_000_000, "test": 2_000_000}[split],
            duration_s=self.duration_s,
            image_height=self.image_height,
            image_width=self.image_width,
            min_sources=self.min_sources,
            max_sources=self.max_sources,
            split="train" if split == "train" else "test",
        )

    def rate(self, step: int) -> float:
        """Learning rate: linear warm-up, then a half cosine to a fiftieth."""
        if step < self.warm_up_steps:
            return self.learning_rate * (step + 1) / self.warm_up_steps
        progress = (step - self.warm_up_steps) / max(1, self.steps - self.warm_up_steps)
        return self.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * min(1.0, progress))) / 2)


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
    build, loss_of = NETWORKS[config.network]
    network: nn.Module = build(**config.network_options)
    optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    run = _Run(config, network, optimizer)
    if last.exists():
        run.load(last)
    config.folder.mkdir(parents=True, exist_ok=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    ) as progress:
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
        if validating:
            self.scores = validate(self.network, self.config.sampler("val"), self.config.validation_scenes)
        if validating or self.step % self.config.save_every == 0:
            self._log(validated=validating)
            self._save(self.config.folder / "last.pt")
        if validating and self.scores["difference"] < self.best:
            self.best = self.scores["difference"]
            self._save(self.config.folder / "best.pt")

    def load(self, path: Path) -> None:
        try:
            state = torch.load(path, weights_only=True)
            self.network.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.best = state["training"]["step"], state["training"]["best"]
            self.seconds = state["training"]["seconds"]
        except (KeyError, RuntimeError, ValueError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"cannot resume from '{path}': {reason}; delete it to start again") from error

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
