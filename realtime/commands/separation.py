"""`separate`: the sources of a binaural recording, one file each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from realtime.commands.options import ForceOption, ModelOption, progress_bar, refuse_overwriting
from realtime.errors import SettingsError


def separate(
    clips: Annotated[
        list[Path], typer.Argument(help="Binaural recordings with picture.", metavar="CLIP...", show_default=False)
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for NAME-left.wav, NAME-right.wav.", metavar="DIR")],
    at: Annotated[
        str | None,
        typer.Option(
            help="Where sources are, as fractions of the picture's width: 0.2,0.8 writes NAME-1.wav, NAME-2.wav.",
            metavar="X,...",
            show_default="the picture's left and right half",
        ),
    ] = None,
    model: ModelOption = None,
    force: ForceOption = False,
) -> None:
    """Binaural recordings with picture to one binaural file per source."""
    from realtime.separate import HALVES, parts_at, separate_clip, targets

    parts = HALVES if at is None else parts_at(_fractions(at))
    files = [file for clip in clips for file in targets(clip, out, parts)]
    if len(set(files)) < len(files):
        raise SettingsError("two clips of the same name would be written to the same files; separate them one by one")
    if out.exists() and not out.is_dir():
        raise SettingsError(f"'{out}' is no folder; give another with -o")
    if out.is_dir():
        refuse_overwriting(files, force)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"folder '{out}' cannot be made ({error.strerror}); choose another") from error
    for clip in clips:
        with progress_bar(clip.name) as progress:
            written = separate_clip(clip, out, parts=parts, model=model, force=force, progress=progress)
        typer.echo(f"{clip}: {', '.join(str(file) for file in written)}", err=True)


def _fractions(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"--at '{text}' is not understood; accepted: numbers as in 0.2,0.8") from error
