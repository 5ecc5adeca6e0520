"""A training run as its TOML file describes it."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from models.mono2binaural import Mono2Binaural
from models.networks import NETWORKS
from models.scenes import SceneSampler
from models.streaming import Streaming
from realtime.errors import SettingsError

_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text"),
    "Path": ((str,), "text"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "dict[str, Any]": ((dict,), "a table"),
}
_MAY_BE_ZERO = {"seed", "weight_decay", "warm_up_steps", "workers"}


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
            When the file is missing, is not TOML, or has a key, a value or a network that is not known.
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
        for f in fields(cls):
            if f.name in values:
                _check(path, f.name, values[f.name], str(f.type))
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

    def build(self) -> Streaming | Mono2Binaural:
        """The network, untrained.

        Raises
        ------
        SettingsError
            When its options, or the scenes' image size or duration, are not what it takes.
        """
        try:
            network: Streaming | Mono2Binaural = NETWORKS[self.network](**self.network_options)
        except TypeError as error:
            raise SettingsError(f"network_options do not fit {self.network}: {error}") from error
        info = network.info()
        height, width = info["image"]["height"], info["image"]["width"]
        if (self.image_height, self.image_width) != (height, width):
            raise SettingsError(
                f"image_height {self.image_height} and image_width {self.image_width} do not fit {self.network}; "
                f"accepted: {height} and {width}"
            )
        hops = round(self.duration_s * info["sample_rate"]) // info["hop"] + 1
        if info["frames"] not in (1, hops):
            accepted = (info["frames"] - 1) * info["hop"] / info["sample_rate"]
            raise SettingsError(f"duration_s {self.duration_s} does not fit {self.network}; accepted: {accepted}")
        return network


def _check(path: Path, name: str, value: object, annotation: str) -> None:
    types, words = _TYPES[annotation]
    if type(value) not in types:
        raise SettingsError(f"'{path}' has {name} = {value!r}; accepted: {words}")
    if isinstance(value, int | float):
        zero = name in _MAY_BE_ZERO
        if not (value > 0 or (zero and value == 0)):
            raise SettingsError(f"'{path}' has {name} = {value}; accepted: {'0 or more' if zero else 'more than 0'}")
