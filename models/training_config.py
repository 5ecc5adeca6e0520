"""A training run as its TOML file describes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.ambisonics import refuse_idle
from models.augmentation import Augmented, larger
from models.batches import Again, Course, Material, Mixture, SceneMaterial
from models.cues import simulated
from models.examples import SCENES, SEATED, SEATED_HABIT
from models.image_cache import user_cache
from models.mono2binaural import Mono2Binaural
from models.networks import NETWORKS, AnyNetwork
from models.pseudo.material import PseudoBinaural
from models.recordings import Recordings
from models.resnet import load_imagenet
from models.scenes import SceneSampler
from models.scenes.variety import PLAIN, WORLD
from models.tasks import TASKS, Task
from realtime.cues import CUES
from realtime.errors import SettingsError
from realtime.tables import is_number, read_toml

_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text"),
    "Path": ((str,), "text"),
    "bool": ((bool,), "true or false"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "dict[str, Any]": ((dict,), "a table"),
}
_MAY_BE_ZERO = {
    "seed",
    "weight_decay",
    "warm_up_steps",
    "workers",
    "gradient_limit",
    "pseudo_share",
    "tolerated",
    "solo_steps",
    "pool",
}
GENERATED = {SCENES: PLAIN, SEATED: PLAIN, WORLD.name: WORLD}
"""Data that is made on the spot, and its variety."""
_OF_SCENES = ("min_sources", "max_sources", "solo_steps", "pool", "photographs", "photographs_share")
_OF_FOLDERS = ("ambisonics", "cache", "tolerated")
_OF_MATERIAL = ("data", "pseudo", "pseudo_share", "hrtf", "augment", "duration_s", *_OF_SCENES, *_OF_FOLDERS)
"""The where-network is trained on abstract motion alone."""
_CHOICES = {
    "network": tuple(NETWORKS),
    "optimizer": ("adamw", "adam"),
    "schedule": ("cosine", "steps"),
    "precision": ("fp32", "bf16"),
}


@dataclass(frozen=True)
class TrainingConfig:
    """A training run. Every field can stand in the TOML file; none else can."""

    network: str
    folder: Path
    """Receives last.pt, best.pt, log.jsonl and TensorBoard's events."""
    network_options: dict[str, Any] = field(default_factory=dict[str, Any])
    task_options: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of the loss: for mono2binaural see `models.paper_loss.PaperLoss`."""
    data: str = SCENES
    """"scenes" (generated), "seated" (generated, classes mostly on their habitual sides), "world" (generated, with the
    variety of the world), or a folder in FAIR-Play's layout as "DIR" or "DIR:SPLIT"."""
    pool: int = 0
    """Generated scenes that are made before the first comes again, with other levels and noise; 0 for no end."""
    photographs: str = ""
    """A folder of pictures that stand behind the sources of generated scenes; "" for drawn ones alone. Validation has
    drawn ones."""
    photographs_share: float = 0.5
    """Of the scenes."""
    pseudo: str = ""
    """A folder of videos with mono sound to make pseudo-binaural samples from; "" for none."""
    pseudo_share: float = 0.5
    """Of the samples."""
    tolerated: float = 0.05
    """Share of a folder's clips that may be unreadable; they are listed and left out."""
    cache: bool = True
    """Keep the decoded pictures of a folder's videos in the user's cache: reading them again is 20 times faster."""
    ambisonics: str = "WYZX"
    """Channels of a folder of first-order ambisonics."""
    hrtf: str = ""
    """SOFA file of the ears that ambisonics, scenes and pseudo-binaural samples are heard with; "" for KEMAR."""
    start: str = ""
    """A checkpoint of the same network to start from, to train it further on other data; "" for none. A streaming
    network with cues may start from one without."""
    imagenet: str = ""
    """torchvision's resnet18-f37072fd.pth for the visual half of mono2binaural to start from; "" for random weights."""
    augment: bool = False
    """Crop pictures at random and change their brightness and colour, as the authors do."""
    seed: int = 1
    steps: int = 2000
    batch_size: int = 16
    """Samples per step, over all devices."""
    optimizer: str = "adamw"
    learning_rate: float = 2e-3
    visual_learning_rate: float | None = None
    """Of the visual half; that of the rest where it is not given."""
    weight_decay: float = 1e-4
    schedule: str = "cosine"
    """cosine: warm-up, then down to a fiftieth; steps: times `decay` every `decay_every` steps."""
    warm_up_steps: int = 50
    decay: float = 0.94
    decay_every: int = 100
    gradient_limit: float = 1.0
    """Largest norm of the gradient; 0 for none."""
    precision: str = "fp32"
    duration_s: float = 1.28
    image_height: int = 112
    image_width: int = 224
    min_sources: int = 1
    max_sources: int = 3
    solo_steps: int = 0
    """Steps at the start with scenes of one source only, from which the picture's meaning is learnt sooner."""
    validation_samples: int = 64
    validate_every: int = 200
    save_every: int = 50
    workers: int = 1
    threads: int = 2

    @classmethod
    def read(cls, path: Path) -> TrainingConfig:
        """From TOML; paths are relative to the working directory.

        Raises
        ------
        SettingsError
            When the file is missing, is not TOML, or has a key, a value or a network that is not known, or a key that
            does nothing with its data.
        """
        try:
            values = read_toml(path)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"cannot read training configuration '{path}': {error}; mend it or give another"
            ) from error
        known = {f.name for f in fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise SettingsError(f"'{path}' has unknown keys {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        if missing := sorted({"network", "folder"} - values.keys()):
            raise SettingsError(f"'{path}' lacks {', '.join(missing)}")
        for f in fields(cls):
            if f.name in values:
                _check(path, f.name, values[f.name], str(f.type).removesuffix(" | None"))
        data = values.get("data", SCENES)
        if idle := sorted(values.keys() & {*(_OF_FOLDERS if data in GENERATED else _OF_SCENES)}):
            raise SettingsError(f"'{path}' has {', '.join(idle)}, which does nothing with data '{data}'; leave it out")
        if values["network"] == "where" and (idle := sorted(values.keys() & {*_OF_MATERIAL})):
            raise SettingsError(
                f"'{path}' has {', '.join(idle)}, which does nothing with network 'where'; leave it out"
            )
        values["folder"] = Path(values["folder"])
        return cls(**values)

    def material(self, part: str, duration_s: float) -> Material:
        """What this run learns from ("train"), or is judged on ("val": fixed samples, nothing changed at random).

        Raises
        ------
        DataError, ClipError
            When a folder is not usable.
        SettingsError
            When `ambisonics` or `hrtf` is given and would do nothing.
        """
        training = part == "train"
        augment = training and self.augment
        size = larger(self.image_height, self.image_width) if augment else (self.image_height, self.image_width)
        material: Material
        if self.data in GENERATED:
            cue = simulated if self.network_options.get("cues") else None
            material = SceneMaterial(self.sampler(part, duration_s, size), cue)
            if training and self.pool:
                material = Again(material, self.pool)
            if training and self.solo_steps:
                solo = SceneMaterial(replace(self, min_sources=1, max_sources=1).sampler(part, duration_s, size), cue)
                material = Course(solo, material, self.solo_steps * self.batch_size)
        else:
            material = recordings = Recordings(
                self.data,
                part,
                duration_s,
                size,
                seed=self.seed,
                fixed=not training,
                cache=user_cache() if self.cache else None,
                ambisonics=self.ambisonics,
                head=self._head,
                tolerated=self.tolerated,
            )
            if not recordings.folder.ambisonic:
                refuse_idle(self.data, recordings.form, None if self.pseudo else self._head)
        if training and self.pseudo:
            pseudo = PseudoBinaural(Path(self.pseudo), duration_s, *size, seed=self.seed, head=self._head)
            material = Mixture(material, pseudo, self.pseudo_share, self.seed)
        return Augmented(material, self.image_height, self.image_width, self.seed) if augment else material

    @property
    def _head(self) -> Path | None:
        return Path(self.hrtf) if self.hrtf else None

    def sampler(self, part: str, duration_s: float, size: tuple[int, int]) -> SceneSampler:
        """Scenes of this run; those of other parts come from other seeds and other stretches of sound."""
        return SceneSampler(
            self.seed + {"train": 0, "val": 1_000_000}[part],
            duration_s=duration_s,
            image_height=size[0],
            image_width=size[1],
            min_sources=self.min_sources,
            max_sources=self.max_sources,
            split="train" if part == "train" else "test",
            habit=SEATED_HABIT if self.data == SEATED else 0.5,
            head=self._head,
            images=Path(self.photographs) if self.photographs and part == "train" else None,
            images_share=self.photographs_share,
            variety=GENERATED[self.data],
        )

    def rate(self, step: int) -> float:
        """Factor on the learning rates."""
        if step < self.warm_up_steps:
            return (step + 1) / self.warm_up_steps
        if self.schedule == "steps":
            return self.decay ** (step // self.decay_every)
        progress = (step - self.warm_up_steps) / max(1, self.steps - self.warm_up_steps)
        return 0.02 + 0.98 * (1 + math.cos(math.pi * min(1.0, progress))) / 2

    def build(self) -> AnyNetwork:
        """The network, untrained.

        Raises
        ------
        SettingsError
            When its options, or the scenes' image size or duration, are not what it takes.
        """
        try:
            network = NETWORKS[self.network](**self.network_options)
        except TypeError as error:
            raise SettingsError(f"network_options do not fit {self.network}: {error}") from error
        info = network.info()
        if info.get("cues", 0) not in (0, CUES):
            raise SettingsError(f"network_options have cues = {info['cues']}; accepted: 0 or {CUES}")
        if info.get("cues") and self.data not in GENERATED:
            raise SettingsError(f"cues are drawn for generated scenes, not for data '{self.data}'; leave them out")
        if self.pool and self.workers > 1:
            raise SettingsError(f"pool does not go with workers = {self.workers}, each would keep its own; accepted: 1")
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
        if self.imagenet:
            if not isinstance(network, Mono2Binaural):
                raise SettingsError(f"imagenet does not go with {self.network}; accepted: mono2binaural")
            load_imagenet(network.visual_net.feature_extraction, Path(self.imagenet))
        return network

    def task(self, network: Any) -> Task:
        """What the network is to learn.

        Raises
        ------
        SettingsError
            When `task_options` do not fit it.
        """
        try:
            return TASKS[self.network](self, network, **self.task_options)
        except TypeError as error:
            raise SettingsError(f"task_options do not fit {self.network}: {error}") from error

    def optimiser(self, lesson: nn.Module) -> torch.optim.Optimizer:
        """For all that is trained; the visual half may have a learning rate of its own."""
        visual: list[nn.Parameter] = []
        rest: list[nn.Parameter] = []
        for name, parameter in lesson.named_parameters():
            (visual if name.startswith("network.visual") else rest).append(parameter)
        rates = (self.visual_learning_rate or self.learning_rate, self.learning_rate)
        groups = [
            {"params": part, "initial_lr": rate} for part, rate in zip((visual, rest), rates, strict=True) if part
        ]
        kinds = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
        return kinds[self.optimizer](groups, self.learning_rate, weight_decay=self.weight_decay)


def _check(path: Path, name: str, value: object, annotation: str) -> None:
    types, words = _TYPES[annotation]
    if type(value) not in types:
        raise SettingsError(f"'{path}' has {name} = {value!r}; accepted: {words}")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise SettingsError(f"'{path}' has {name} = {value!r}; accepted: {', '.join(_CHOICES[name])}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        zero = name in _MAY_BE_ZERO
        if not is_number(value) or not (value > 0 or (zero and value == 0)):
            raise SettingsError(f"'{path}' has {name} = {value}; accepted: {'0 or more' if zero else 'more than 0'}")
