"""What several commands share: option types, the rule about overwriting, optional packages and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from realtime.errors import EarsightError, SettingsError

Mode = Literal["filter", "overlap"]
RenderMode = Literal["filter", "overlap", "window"]
Provider = Literal["auto", "cuda", "tensorrt", "cpu"]

ModelOption = Annotated[
    Path | None,
    typer.Option(
        help="Model file (.onnx), or follow: no network, one sound followed.", show_default="the one that ships"
    ),
]
ProviderOption = Annotated[Provider, typer.Option(help="Where ONNX Runtime computes.")]
ChainOption = Annotated[
    Path | None,
    typer.Option(
        "--chain",
        help="Session (.toml): its chain of plugins, and live its devices and network where none are named here.",
        metavar="FILE",
        show_default="the network alone",
    ),
]
StatsOption = Annotated[
    Path | None, typer.Option(help="Write the statistics to this JSON file.", metavar="FILE", show_default="none")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def refuse_overwriting(paths: Iterable[Path | None], force: bool) -> None:
    """Check files that a command is about to write.

    Raises
    ------
    SettingsError
        When one exists and `force` is off, or its folder does not exist.
    """
    for path in paths:
        if path is None:
            continue
        if path.exists() and not force:
            raise SettingsError(f"'{path}' exists already; choose another name or add --force")
        if not path.parent.is_dir():
            raise SettingsError(f"the folder of '{path}' does not exist; run: mkdir -p '{path.parent}'")


@contextmanager
def optional_packages(extra: str, purpose: str) -> Generator[None]:
    """Turn a missing third-party package into the one line that says which extra brings it.

    Raises
    ------
    EarsightError
        When a package outside this project is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("realtime", "models", "export", "gui", "benchmarks"):
            raise
        raise EarsightError(
            f"this command needs {purpose} ('{package}' is missing); run: pip install 'earsight[{extra}]'"
        ) from error


@contextmanager
def progress_bar(label: str) -> Generator[Callable[[float], None] | None]:
    """Give a function that takes the part done, 0 to 1, and draws a bar on stderr; None when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=1.0)

        def show(part: float) -> None:
            progress.update(task, completed=part)

        yield show
