"""The training loop: a TOML file in, checkpoints out, exactly resumable at any validated step."""

from __future__ import annotations

import errno
import json
import logging
import math
import sys
import time
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from models.checkpoint_file import fitting, load_tensors
from models.streaming import Streaming
from models.tasks import Task
from models.training_config import TrainingConfig
from realtime.errors import DataError, SettingsError
from realtime.whole_file import whole_file

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


def train(config_path: Path, *, resume: bool = False, devices: int = 1, nodes: int = 1) -> Path | None:
    """Train to the configured number of steps.

    Parameters
    ----------
    resume
        Go on from last.pt; without it a folder that holds one is refused.
    devices
        Processes on each host: one per GPU where there are GPUs, else on the CPU.
    nodes
        Hosts; start the same command on each, with the environment that torchrun or Lightning Fabric documents.

    Returns
    -------
    path
        Of best.pt; None in all processes of a run but the first.

    Raises
    ------
    SettingsError, DataError, ModelError
        When the configuration, the material or the checkpoint to resume from is unusable.
    """
    return run(TrainingConfig.read(config_path), resume=resume, devices=devices, nodes=nodes)


def run(config: TrainingConfig, *, resume: bool = False, devices: int = 1, nodes: int = 1) -> Path | None:
    """As `train`, for a configuration that was read or made."""
    last = config.folder / "last.pt"
    if last.exists() and not resume:
        raise DataError(f"'{last}' exists; add --resume to go on from it, or give the configuration another folder")
    if resume and not last.exists():
        Console(stderr=True).print(f"'{last}' is not there yet: starting anew", highlight=False, soft_wrap=True)
    if config.batch_size % (devices * nodes):
        raise SettingsError(
            f"batch_size {config.batch_size} cannot be shared by {devices * nodes} processes; choose a multiple"
        )
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(
        devices=devices,
        num_nodes=nodes,
        strategy="ddp" if devices * nodes > 1 else "auto",
    )
    fabric.launch()
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    network = config.build()
    task = config.task(network)
    lesson = Lesson(network, task, config.precision)
    optimizer = config.optimiser(lesson)
    reached = _Run(config, lesson, task, optimizer, fabric)
    try:
        config.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot create folder '{config.folder}': {error.strerror}; name another") from error
    taught, optimizer = fabric.setup(lesson, optimizer)
    # Only now, so that the optimizer's state follows its parameters to their device.
    if last.exists():
        reached.load(last)
    elif config.start:
        reached.begin(Path(config.start))
    hidden = not (fabric.is_global_zero and sys.stderr.isatty())
    with Progress(*COLUMNS, console=Console(stderr=True), disable=hidden) as progress:
        bar = progress.add_task(f"training {config.network}", total=config.steps, completed=reached.step)
        for batch in task.batches(reached.step, fabric.global_rank, fabric.world_size):
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * config.rate(reached.step)
            generator = torch.Generator().manual_seed(config.seed * 1_000_003 + reached.step)
            terms = taught(fabric.to_device(batch), generator)
            optimizer.zero_grad(set_to_none=True)
            fabric.backward(terms["loss"])
            if config.gradient_limit:
                fabric.clip_gradients(taught, optimizer, max_norm=config.gradient_limit, error_if_nonfinite=False)
            optimizer.step()
            reached.count({name: mean_of(fabric, value) for name, value in terms.items()})
            progress.update(bar, completed=reached.step)
    reached.close()
    if not fabric.is_global_zero:
        return None
    if not (config.folder / "best.pt").exists():
        raise DataError(
            f"no validation of '{config.folder}' gave a number: the training has diverged; lower learning_rate"
        )
    return config.folder / "best.pt"


def mean_of(fabric: Fabric, value: Tensor) -> float:
    """The mean of a number over all processes."""
    return float(cast(Tensor, fabric.all_reduce(value.detach())))


class Lesson(nn.Module):
    """A network with its loss: what several processes share the work of."""

    def __init__(self, network: nn.Module, task: Task, precision: str) -> None:
        super().__init__()
        self.network = network
        self.extras = task.extras
        self._loss = task.loss
        # Fabric's own mixed precision would hand the sound over in 16 bits.
        self._half = precision == "bf16"
        if self._half:
            cast(Any, self).to(memory_format=torch.channels_last)  # torch's stubs leave this form out

    def forward(self, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
        """A batch -> the terms of its loss."""
        with torch.autocast(next(self.network.parameters()).device.type, torch.bfloat16, enabled=self._half):
            return self._loss(self.network, batch, generator)


class _Run:
    """What a run has reached; writes the log and the checkpoints."""

    def __init__(
        self, config: TrainingConfig, lesson: Lesson, task: Task, optimizer: torch.optim.Optimizer, fabric: Fabric
    ) -> None:
        self.config = config
        self.lesson = lesson
        self.task = task
        self.optimizer = optimizer
        self.fabric = fabric
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
        validating = self.step == self.config.steps or self.step % self.config.validate_every == 0
        if validating or self.step % self.config.save_every == 0:
            self._keep_in_first(validating)

    def begin(self, path: Path) -> None:
        """Take the weights of another run, and of what was trained beside the network those that fit."""
        with self._readable("start", path):
            state = load_tensors(path)
            network = self.lesson.network
            take = network.adopt if isinstance(network, Streaming) else network.load_state_dict
            take(state["model"])
            shapes = {name: value.shape for name, value in self.lesson.extras.state_dict().items()}
            extras = {name: value for name, value in state.get("extras", {}).items() if shapes.get(name) == value.shape}
            self.lesson.extras.load_state_dict(extras, strict=False)

    def load(self, path: Path) -> None:
        """Go on where a run of this configuration was."""
        with self._readable("resume", path):
            state = load_tensors(path)
            self.lesson.network.load_state_dict(state["model"])
            self.lesson.extras.load_state_dict(state["extras"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.best = state["training"]["step"], state["training"]["best"]
            self.seconds, self.scores = state["training"]["seconds"], state["training"]["validation"]

    def _readable(self, verb: str, path: Path) -> AbstractContextManager[None]:
        trouble = f"is no {self.config.network} run of this configuration to {verb} from"
        return fitting(path, trouble, "give another folder or file, or none to start anew")

    def _keep_in_first(self, validating: bool) -> None:
        """Validate and save in the first process; what goes wrong there ends all, which would wait for it for ever."""
        failure: Exception | None = None
        if self.fabric.is_global_zero:
            try:
                self._keep(validating)
            except Exception as error:  # noqa: BLE001 - raised below, when the others know
                failure = error
        told = self.fabric.broadcast("" if failure is None else str(failure) or type(failure).__name__)
        if failure is not None:
            raise failure
        if told:
            raise DataError(f"the first process stopped: {told.splitlines()[0]}")

    def _keep(self, validating: bool) -> None:
        better = False
        if validating:
            self.scores = self.task.validate(self.lesson.network)
            better = self.scores["score"] < self.best
            self.best = min(self.best, self.scores["score"])
        try:
            self._log(validated=validating)
            # The best first: stopped between the two, a resumed run comes by it again.
            if better:
                self._save(self.config.folder / "best.pt")
            self._save(self.config.folder / "last.pt")
        except OSError as error:
            raise DataError(
                f"'{self.config.folder}' cannot be written to ({error.strerror}); free some space and add --resume"
            ) from error

    def _log(self, *, validated: bool) -> None:
        self.seconds += time.perf_counter() - self._clock
        self._clock = time.perf_counter()
        means = {name: value / self._summed for name, value in self._sums.items()}
        entry: dict[str, Any] = {"step": self.step, "seconds": round(self.seconds, 1)}
        entry |= {name: round(value, 5) for name, value in means.items()}
        if validated:
            entry["validation"] = self.scores
        with (self.config.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        for name, value in means.items():
            self._board.add_scalar(f"train/{name}", value, self.step)
        for name, value in self.scores.items() if validated else ():
            self._board.add_scalar(f"validation/{name}", value, self.step)
        self._board.flush()
        self._sums, self._summed = {}, 0

    @cached_property
    def _board(self) -> SummaryWriter:
        """Made with the first entry, so that a finished run is left as it is."""
        return SummaryWriter(str(self.config.folder))

    def close(self) -> None:
        """Let TensorBoard's file go."""
        if "_board" in self.__dict__:
            self._board.close()

    def _save(self, path: Path) -> None:
        training = {
            "step": self.step,
            "best": self.best,
            "seconds": self.seconds,
            "seed": self.config.seed,
            "batch_size": self.config.batch_size,
            "data": self.config.data,
            "validation": self.scores,
        }
        state = {
            "kind": self.config.network,
            "config": self.config.network_options,
            "model": self.lesson.network.state_dict(),
            "extras": self.lesson.extras.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "training": training,
        }
        with whole_file(path) as part:
            try:
                torch.save(state, part)
            except RuntimeError as error:  # what torch makes of a full disk
                raise OSError(errno.EIO, "torch could not write it whole") from error
