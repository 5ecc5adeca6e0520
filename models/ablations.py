"""What each improvement on the published training gives, at equal steps on equal data: a table.

    python -m models.ablations --folder FOLDER

A quarter-width network learns from generated scenes what a picture says about one source. From there every variant goes
on with the same small set of clips, because with endless scenes no augmentation helps. Scenes of unseen seeds judge it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from models.networks import NETWORKS
from models.scenes.writer import write_scenes
from models.training import run
from models.training_config import TrainingConfig
from models.validation import validate
from realtime.errors import EarsightError

SEED = 21
WIDTH = 16
CLIPS, DURATION_S = 300, 3.0
"""Clips to learn from, and their length in seconds."""
JUDGED_SEED, JUDGED = 900_001, 128


@dataclass(frozen=True)
class Variant:
    """One change to the published training."""

    words: str
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of the loss."""
    pseudo: bool = False
    """Mix in pseudo-binaural samples from mono videos."""


VARIANTS = {
    "published": Variant("as published"),
    "mirror": Variant("half of the pictures mirrored, ears swapped", {"mirror": True}),
    "heads": Variant("left/right heads at every decoder level", {"heads_weight": 0.5}),
    "flipped": Variant("flipped-or-not task", {"flipped_weight": 0.05}),
    "pseudo": Variant("half of the samples pseudo-binaural, from other clips' mono", pseudo=True),
}


def common(folder: Path, steps: int) -> TrainingConfig:
    """The run that all variants start from: one source, endless scenes."""
    return TrainingConfig(
        "mono2binaural",
        folder / f"common-{steps}",
        network_options={"width": WIDTH},
        task_options={"windows": 2, "blank_share": 0.1, "labels_weight": 1.0},
        seed=SEED,
        steps=steps,
        batch_size=16,
        learning_rate=2e-3,
        precision="bf16",
        duration_s=0.63,
        image_height=224,
        image_width=448,
        max_sources=1,
        validation_samples=32,
        validate_every=steps,
        save_every=100,
        workers=1,
        threads=1,
    )


def configured(folder: Path, name: str, common_steps: int, steps: int) -> TrainingConfig:
    """The run of one variant."""
    variant = VARIANTS[name]
    start = common(folder, common_steps)
    return replace(
        start,
        folder=folder / f"{name}-{steps}",
        start=str(start.folder / "last.pt"),
        task_options={**variant.options, "blank_share": 0.1},
        data=str(folder / "clips"),
        pseudo=str(folder / "mono") if variant.pseudo else "",
        steps=steps,
        validate_every=steps,
        learning_rate=1e-3,
        max_sources=2,
    )


def judged(checkpoint: Path, samples: int) -> dict[str, float]:
    """Validation figures of a checkpoint on generated scenes that nothing was trained on."""
    state: dict[str, Any] = torch.load(checkpoint, weights_only=True)
    network = NETWORKS[state["kind"]](**state["config"])
    network.load_state_dict(state["model"])
    unseen = TrainingConfig(
        "mono2binaural", Path(), seed=JUDGED_SEED, image_height=224, image_width=448, max_sources=2, duration_s=0.63
    )
    return validate(network, unseen.material("val", unseen.duration_s), samples, "reflect")


def main(
    folder: Annotated[Path, typer.Option(help="Receives the clips and the runs; finished runs are not run again.")],
    common_steps: Annotated[int, typer.Option(help="Of the run that all start from.", min=1)] = 250,
    steps: Annotated[int, typer.Option(help="Of each variant's run.", min=1)] = 150,
    clips: Annotated[int, typer.Option(help="How many are learnt from.", min=8)] = CLIPS,
    samples: Annotated[int, typer.Option(help="Unseen scenes that judge.", min=1)] = JUDGED,
    only: Annotated[list[str] | None, typer.Option(help="One of the variants; again for another.")] = None,
) -> None:
    """Train every variant, judge it, and print a Markdown table."""
    if unknown := set(only or ()) - VARIANTS.keys():
        raise typer.BadParameter(f"no variant {', '.join(sorted(unknown))}; accepted: {', '.join(VARIANTS)}")
    make_material(folder, clips)
    run(common(folder, common_steps), resume=True)
    typer.echo("| training | error | one source | two sources | picture flipped | picture blank |")
    typer.echo("|---|---|---|---|---|---|")
    for name in only or VARIANTS:
        config = configured(folder, name, common_steps, steps)
        run(config, resume=True)
        scores = judged(config.folder / "last.pt", samples)
        cells = (scores[key] for key in ("score", "sources_1", "sources_2", "flipped", "blank"))
        typer.echo(f"| {VARIANTS[name].words} | {' | '.join(f'{cell:.3f}' for cell in cells)} |")


def make_material(folder: Path, clips: int) -> None:
    """Write binaural clips to learn from and mono ones, of one source each, for the pseudo-binaural samples."""
    for place, seed, sources in ((folder / "clips", SEED, 2), (folder / "mono", SEED + 1, 1)):
        # The splits are written last: without them it was interrupted.
        names = list((place / "binaural_audios").glob("*.wav"))
        if (place / "splits").exists() and len(names) != clips:
            raise typer.BadParameter(f"'{place}' holds {len(names)} clips, not {clips}; give another folder")
        if not (place / "splits").exists():
            shutil.rmtree(place, ignore_errors=True)
            write_scenes(place, clips, seed, duration_s=DURATION_S, max_sources=sources)


if __name__ == "__main__":
    try:
        typer.run(main)
    except EarsightError as error:
        raise SystemExit(f"ablations: {error}") from error
