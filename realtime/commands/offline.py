"""Files in, files out: `render`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.commands.options import (
    ChainOption,
    ForceOption,
    ModelOption,
    ProviderOption,
    RenderMode,
    StatsOption,
    progress_bar,
    refuse_overwriting,
)
from realtime.errors import SettingsError

if TYPE_CHECKING:
    from realtime.stats import Snapshot

Source = Path | tuple[Path, Path]
"""A clip, or a sound file and its images (a folder or a video)."""

OUTPUT_SUFFIXES = (".wav", ".flac", ".mp4", ".mkv")


def render(
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help=".wav, .flac, .mp4 or .mkv (picture untouched), or a folder.", metavar="OUT"),
    ],
    clips: Annotated[
        list[Path] | None,
        typer.Argument(help="Files with sound and picture.", metavar="CLIP", show_default=False),
    ] = None,
    audio: Annotated[
        Path | None, typer.Option(help="Instead of CLIP: a sound file.", metavar="FILE", show_default="none")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="With --audio: its images.", metavar="DIR|VIDEO", show_default="none")
    ] = None,
    mode: Annotated[
        RenderMode,
        typer.Option(
            help="filter, overlap: as live. window: the paper's windows of 0.63 s, averaged; with the paper's network."
        ),
    ] = "filter",
    compat: Annotated[
        bool, typer.Option("--compat", help="With --mode window: as the authors' program renders, at its 16 kHz.")
    ] = False,
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    chain: ChainOption = None,
    stats: StatsOption = None,
    force: ForceOption = False,
) -> None:
    """Recorded clips to binaural files, as fast as it goes."""
    jobs = _jobs(clips or [], out, audio, images)
    refuse_overwriting((*jobs, stats), force)
    from realtime.render import render_clip
    from realtime.stats import write_json

    plan = None
    if chain is not None:
        from realtime.chain.session import read_session

        plan = read_session(chain).plan
    done: dict[str, Snapshot] = {}
    for target, source in jobs.items():
        with progress_bar(target.name) as progress:
            snapshot = render_clip(
                source,
                target,
                mode=mode,
                compat=compat,
                model=model,
                provider=provider,
                plan=plan,
                force=force,
                progress=progress,
            )
        done[str(target)] = snapshot
        for notice in snapshot.notices:
            typer.echo(f"earsight: {notice}", err=True)
        typer.echo(f"{target}: {snapshot.duration_s:.1f} s of sound in {snapshot.elapsed_s:.1f} s", err=True)
    if stats is not None:
        figures = {name: snapshot.as_dict() for name, snapshot in done.items()}
        write_json(stats, figures if len(figures) > 1 else next(iter(figures.values())))


def _jobs(clips: list[Path], out: Path, audio: Path | None, images: Path | None) -> dict[Path, Source]:
    """Target file -> source, in the order given."""
    if (audio is None) != (images is None):
        raise SettingsError("--audio and --images go together; give both, or a clip that has sound and picture")
    sources: list[Source] = [*clips]
    if audio is not None and images is not None:
        sources.append((audio, images))
    if not sources:
        raise SettingsError("no clip was given; accepted: CLIP..., or --audio FILE --images DIR|VIDEO")
    if len(sources) == 1 and not out.is_dir():
        if out.suffix.lower() not in OUTPUT_SUFFIXES:
            raise SettingsError(f"'{out}' is of no known kind; accepted: {', '.join(OUTPUT_SUFFIXES)}, or a folder")
        return {out: sources[0]}
    if not out.is_dir():
        raise SettingsError(f"several clips need a folder, '{out}' is none; run: mkdir -p '{out}'")
    jobs: dict[Path, Source] = {}
    for source in sources:
        name = source if isinstance(source, Path) else source[0]
        suffix = name.suffix.lower() if name.suffix.lower() in OUTPUT_SUFFIXES else ".wav"
        target = out / f"{name.stem}{suffix}"
        if target in jobs:
            raise SettingsError(f"two clips would be written to '{target}'; render them one by one")
        jobs[target] = source
    return jobs
