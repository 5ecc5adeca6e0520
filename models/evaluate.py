"""Measures a model file on data with binaural truth, beside the baselines that show what the picture contributes."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from models.ambisonics import DEFAULT
from models.examples import Example, Examples, open_examples
from models.metrics import METRICS
from models.rendering import Images, render_overlap
from models.scores import MONO, statistics, table, write_json
from realtime.errors import ClipError, DataError
from realtime.networks import AnyNetwork, open_network
from realtime.pictures import blank

BLANK = "audio-only"
MIRRORED = "flipped-visual"
AMBISONICS = "ambisonics"
"""The paper's baseline for 360 degrees is a network that predicts ambisonics (Morgado et al., NeurIPS 2018); this row
decodes what such a program wrote."""
TABLE_WIDTH = 120

Row = Callable[[Example], NDArray[np.floating]]
Figures = dict[str, dict[str, float]]
"""Row -> metric -> value."""
Outcome = Figures | str
"""Of one clip: its figures, or why it has none."""


def evaluate_model(
    model: Path,
    data: str,
    baselines: bool = False,
    json_path: Path | None = None,
    *,
    audio_only: Path | None = None,
    ambisonics: str = DEFAULT,
    head: Path | None = None,
    workers: int = 1,
    command: str = "",
) -> dict[str, Any]:
    """Measure a model and print a table on stdout.

    Parameters
    ----------
    model
        Model file, or the word "follow" for the tracker.
    data, ambisonics, head
        As `models.examples.open_examples` understands them.
    baselines
        Whether mono-mono (both ears get the mono sound), audio-only (a blank picture), flipped-visual (a mirrored
        picture) and, where a 360-degree set has predicted_ambisonics, ambisonics are measured too.
    json_path
        Receives the result as JSON; None for no file.
    audio_only
        Model file for the row audio-only, such as one trained on blank pictures; None for `model` itself.
    workers
        Processes that measure, each with its own networks. The figures do not depend on it. More than one must be asked
        for from the main thread.
    command
        What the result says it was made with.

    Returns
    -------
    dict[str, Any]
        {"command", "date", "data", "clips", "left_out", "rows": {NAME: {METRIC: {"mean", "std", "sem", "median"}}}}; a
        value is None where no clip has one.

    Raises
    ------
    ModelError
        When a model is not usable.
    DataError, ClipError
        When the data or all of its clips are not usable, a process was ended from outside, or the result cannot be
        written. A clip that turns out to be unusable is left out, and told on stderr.
    """
    examples = open_examples(data, ambisonics=ambisonics, head=head)
    words = Console(stderr=True)
    figures, broken = gathered(Task(examples, model, audio_only, baselines), workers, words)
    if not figures:
        raise DataError(f"none of the {len(examples)} clips of '{data}' can be used: {next(iter(broken.values()))}")
    left_out = sorted({*examples.left_out, *broken})
    result = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "data": data,
        "clips": len(figures),
        "left_out": left_out,
        "rows": {
            name: {metric: statistics([clip[name][metric] for clip in figures]) for metric in METRICS}
            for name in figures[0]
        },
    }
    console = Console()
    console.width = console.width if console.is_terminal else TABLE_WIDTH
    console.print(table(result))
    if left_out:
        say(words, f"left out {len(left_out)} of {len(figures) + len(left_out)} clips: {', '.join(left_out)}")
    if json_path is not None:
        write_json(json_path, result)
    return result


def gathered(task: Task, workers: int, words: Console) -> tuple[list[Figures], dict[str, str]]:
    """Figures of all clips that can be used, and why the others cannot, by name; with a progress bar."""
    examples = task.examples
    figures: list[Figures] = []
    broken: dict[str, str] = {}
    with Progress(console=words, transient=True, disable=not sys.stderr.isatty()) as progress:
        outcomes = progress.track(measured(task, workers), total=len(examples), description="evaluating")
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, str):
                broken[examples.name(index)] = outcome
                say(words, f"{examples.name(index)} is left out: {outcome}")
            else:
                figures.append(outcome)
    return figures, broken


def say(console: Console, line: str) -> None:
    """Print a line as it is, above a progress bar that may be there."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Task:
    """What every process needs to know."""

    examples: Examples
    model: Path
    audio_only: Path | None
    baselines: bool


class Measurement:
    """The networks and rows of a task; belongs to one process."""

    def __init__(self, task: Task) -> None:
        self.examples = task.examples
        self.rows = rows_of(task)

    def outcome(self, index: int) -> Outcome:
        """Every metric of every row for one example."""
        try:
            example = self.examples.example(index)
            figures: Figures = {}
            for name, predict in self.rows.items():
                predicted = predict(example)
                figures[name] = {metric: measure(predicted, example.truth) for metric, measure in METRICS.items()}
        except (ClipError, DataError) as error:
            if not self.examples.may_break:
                raise
            return str(error)
        return figures


def measured(task: Task, workers: int) -> Iterator[Outcome]:
    """What became of each example, in order."""
    count = len(task.examples)
    if workers == 1 or count == 1:
        yield from map(Measurement(task).outcome, range(count))
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, count), context, _start_worker, (task,))
    try:
        # Ctrl-C reaches every process of the terminal; this one ends the others, which inherit that they ignore it.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            outcomes = pool.map(_outcome, range(count))
        finally:
            signal.signal(signal.SIGINT, before)
        yield from outcomes
    except BrokenProcessPool as error:
        raise DataError("a process of the evaluation was ended from outside; try fewer --workers") from error
    finally:
        pool.shutdown(cancel_futures=True)


_task: Task | None = None


def _start_worker(task: Task) -> None:
    global _task
    _task = task


@cache
def _measurement() -> Measurement:
    """Made with a process's first example rather than at its start, whence no error would reach the parent."""
    if _task is None:
        raise RuntimeError("the process was not started by _start_worker")
    return Measurement(_task)


def _outcome(index: int) -> Outcome:
    return _measurement().outcome(index)


def rows_of(task: Task) -> dict[str, Row]:
    """Name each row of the table, with the function that predicts an example's two ears."""
    network = open_network(task.model)
    rows = {network.info.name: with_images(network, lambda images: images)}
    if task.baselines:
        rows[MONO] = lambda example: example.truth.mean(axis=0, keepdims=True).repeat(2, axis=0)
    if task.baselines or task.audio_only is not None:
        blind = network if task.audio_only is None else open_network(task.audio_only)
        size = blind.info.image
        grey = blank(size["width"], size["height"])
        rows[BLANK] = with_images(blind, lambda images: lambda time_s: grey)
    if task.baselines:
        rows[MIRRORED] = with_images(network, mirrored)
        if task.examples.has_rival:
            rows[AMBISONICS] = rival
    return rows


def with_images(network: AnyNetwork, change: Callable[[Images], Images]) -> Row:
    """A row that renders the mono sound of an example with changed pictures."""

    def predict(example: Example) -> NDArray[np.floating]:
        with example.watch() as images:
            return render_overlap(network, example.truth.mean(axis=0), change(images))

    return predict


def rival(example: Example) -> NDArray[np.floating]:
    """What another program predicted."""
    if example.rival is None:
        raise DataError(f"clip '{example.name}' has no predicted ambisonics; complete predicted_ambisonics")
    return example.rival


def mirrored(images: Images) -> Images:
    """Swap left and right of every picture; the same array as long as the picture stays the same."""
    seen: NDArray[np.uint8] | None = None
    swapped: NDArray[np.uint8] | None = None

    def at(time_s: float) -> NDArray[np.uint8]:
        nonlocal seen, swapped
        image = images(time_s)
        if swapped is None or image is not seen:
            seen, swapped = image, np.ascontiguousarray(image[:, ::-1])
        return swapped

    return at
