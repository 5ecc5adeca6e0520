"""Networks: `scenes` to learn from, `train`, `evaluate` and `export`. All of them need the training packages."""

from __future__ import annotations

import shlex
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Literal

import typer

from realtime.commands.options import ForceOption, optional_packages, progress_bar, refuse_overwriting
from realtime.errors import DataError, SettingsError


def scenes(
    folder: Annotated[Path, typer.Argument(help="Where the scenes go.", metavar="DIR", show_default=False)],
    count: Annotated[int, typer.Option(help="Number of scenes.", min=1)] = 100,
    seed: Annotated[int, typer.Option(help="The same seed gives the same scenes.", min=0)] = 0,
    hrtf: Annotated[
        Path | None,
        typer.Option(help="Ears of the listener (.sofa).", metavar="FILE", show_default="MIT KEMAR"),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Pictures to use as backgrounds.", metavar="DIR", show_default="none")
    ] = None,
    sounds: Annotated[
        Path | None, typer.Option(help="Further sounds, one subfolder per class.", metavar="DIR", show_default="none")
    ] = None,
    variety: Annotated[
        Literal["plain", "world", "shift"],
        typer.Option(help="How much differs from scene to scene; shift holds what world never does, to judge with."),
    ] = "plain",
    workers: Annotated[int, typer.Option(help="Processes at work.", min=1)] = 1,
) -> None:
    """Audio-visual scenes with binaural truth, in FAIR-Play's layout."""
    _require((hrtf, images, sounds))
    with _training_packages(), progress_bar("scenes") as bar:
        from models.scenes.variety import VARIETIES
        from models.scenes.writer import write_scenes

        def progress(done: int, of: int) -> None:
            if bar is not None:
                bar(done / of)

        chosen = VARIETIES[variety]
        write_scenes(
            folder,
            count,
            seed,
            max_sources=chosen.most_sources,
            variety=chosen,
            head=hrtf,
            images=images,
            sounds=sounds,
            workers=workers,
            progress=progress,
        )
    typer.echo(f"{folder}: {count} scenes", err=True)


def train(
    config: Annotated[Path, typer.Argument(help="What to train, on what.", metavar="CONFIG.toml", show_default=False)],
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint.")] = False,
    devices: Annotated[int, typer.Option(help="Processes on each host: one per GPU, or on the CPU.", min=1)] = 1,
    nodes: Annotated[int, typer.Option(help="Hosts; start the command on each, as torchrun does.", min=1)] = 1,
) -> None:
    """Train a network."""
    _require((config,))
    with _training_packages():
        from models.training import train as train_network

        best = train_network(config, resume=resume, devices=devices, nodes=nodes)
    if best is not None:
        typer.echo(str(best))


def evaluate(
    model: Annotated[
        Path, typer.Argument(help="Model file, or follow for the tracker.", metavar="MODEL.onnx", show_default=False)
    ],
    data: Annotated[
        str,
        typer.Option(
            help="A folder in FAIR-Play's layout and a split (split1, split1/val, new_splits/split1); a 360-degree set "
            "has ambisonics/NAME.wav instead of binaural_audios. Or scenes:SEED:COUNT[:SOURCES], generated; or "
            "seated:SEED:COUNT[:SOURCES], where each class has its usual side; or world: or shift:SEED:COUNT[:SOURCES] "
            "with the variety of the world, filmed.",
            metavar="DIR[:SPLIT]",
        ),
    ],
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines",
            help="Also mono-mono, a blank image and a mirrored one; and ambisonics, where a 360-degree set has what "
            "another program predicted in predicted_ambisonics/NAME.wav.",
        ),
    ] = False,
    audio_only: Annotated[
        Path | None,
        typer.Option(
            help="A network trained on blank images for the row audio-only.",
            metavar="MODEL.onnx",
            show_default="MODEL with a blank image",
        ),
    ] = None,
    ambisonics: Annotated[
        str,
        typer.Option(
            help="Channels of 360-degree sound: their order, then -SN3D, -N3D or -FuMa. WXYZ alone is FuMa.",
            metavar="FORMAT",
        ),
    ] = "WYZX-SN3D",
    hrtf: Annotated[
        Path | None,
        typer.Option(help="Ears for 360-degree sound (.sofa).", metavar="FILE", show_default="MIT KEMAR"),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes at work.", min=1)] = 1,
    json_path: Annotated[
        Path | None,
        typer.Option("--json", help="Write the metrics to this file.", metavar="FILE", show_default="none"),
    ] = None,
    force: ForceOption = False,
) -> None:
    """The paper's metrics, the baselines and spatial errors, as a table."""
    from realtime.settings import FOLLOW

    _require((None if model == FOLLOW else model, audio_only, hrtf))
    refuse_overwriting((json_path,), force)
    command = shlex.join(["earsight", *sys.argv[1:]])
    with _training_packages():
        from models.evaluate import evaluate_model

        evaluate_model(
            model,
            data,
            baselines,
            json_path,
            audio_only=audio_only,
            ambisonics=ambisonics,
            head=hrtf,
            workers=workers,
            command=command,
        )


def export(
    out: Annotated[Path, typer.Option("-o", "--out", help="Model file to write.", metavar="MODEL.onnx")],
    checkpoint: Annotated[
        Path | None, typer.Argument(help="What training saved (.pt).", metavar="CHECKPOINT", show_default=False)
    ] = None,
    authors: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            help="Instead of CHECKPOINT: the weights that the paper's authors released.",
            metavar="VISUAL.pth AUDIO.pth",
            show_default="none",
        ),
    ] = None,
    precision: Annotated[
        Literal["fp32", "fp16", "int8"],
        typer.Option(
            help="int8 computes the picture's half in eight bits, and the sound's of the paper's network: two to "
            "three times as fast, not as exact. fp16 is for graphics processors."
        ),
    ] = "fp32",
    force: ForceOption = False,
) -> None:
    """A trained network to a model file, with a report on how well the two agree."""
    if (checkpoint is None) == (authors is None):
        raise SettingsError("what to export is not clear; accepted: CHECKPOINT, or --authors VISUAL.pth AUDIO.pth")
    _require((checkpoint, *(authors or ())))
    with _training_packages():
        from export.onnx_file import export_authors, export_checkpoint

        if checkpoint is not None:
            export_checkpoint(checkpoint, out, force, precision=precision)
        elif authors is not None:
            export_authors(*authors, out, force, precision)


def _training_packages() -> AbstractContextManager[None]:
    return optional_packages("train", "the training packages")


def _require(paths: tuple[Path | None, ...]) -> None:
    for path in paths:
        if path is not None and not path.exists():
            raise DataError(f"there is no '{path}'; check the path")
