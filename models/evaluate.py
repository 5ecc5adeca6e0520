"""Measures a model file on data with binaural truth, beside the baselines that show what the picture contributes."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.examples import Example, open_examples
from models.metrics import METRICS
from models.rendering import Images, render_overlap
from realtime.errors import DataError
from realtime.pictures import blank
from realtime.sessions import Network, load_model

MONO = "mono-mono"
BLANK = "audio-only"
MIRRORED = "flipped-visual"
RATIOS = ("stft", "env", "wav")
"""Distances, for which a ratio to mono-mono means something."""
TITLES = {
    "stft": "STFT",
    "env": "ENV",
    "wav": "WAV",
    "snr_db": "SNR dB",
    "itd_error_us": "ITD error us",
    "ild_error_db": "ILD error dB",
    "side_accuracy": "side",
}
TABLE_WIDTH = 120

Row = Callable[[Example], NDArray[np.floating]]
Statistics = dict[str, float | None]


def evaluate_model(model: Path, data: str, baselines: bool = False, json_path: Path | None = None) -> dict[str, Any]:
    """Measure a model and print a table on stdout.

    Parameters
    ----------
    model
        Model file.
    data
        As `models.examples.open_examples` understands it.
    baselines
        Whether mono-mono (both ears get the mono sound), audio-only (a blank picture) and flipped-visual (a mirrored
        picture) are measured too.
    json_path
        Receives the result as JSON; None for no file.

    Returns
    -------
    dict[str, Any]
        {"data", "clips", "rows": {NAME: {METRIC: {"mean", "std", "sem"}}}}; a value is None where no clip has one.

    Raises
    ------
    ModelError
        When the model is not usable.
    DataError, ClipError
        When the data is not usable, or the result cannot be written.
    """
    count, examples = open_examples(data)
    network = load_model(model)
    rows = rows_of(network, baselines)
    values: dict[str, dict[str, list[float]]] = {name: {metric: [] for metric in METRICS} for name in rows}
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        for example in progress.track(examples, total=count, description="evaluating"):
            for name, predict in rows.items():
                predicted = predict(example)
                for metric, measure in METRICS.items():
                    values[name][metric].append(measure(predicted, example.truth))
    result = {
        "data": data,
        "clips": count,
        "rows": {
            name: {metric: statistics(numbers) for metric, numbers in row.items()} for name, row in values.items()
        },
    }
    console = Console()
    console.width = console.width if console.is_terminal else TABLE_WIDTH
    console.print(table(result))
    if json_path is not None:
        write_json(json_path, result)
    return result


def rows_of(network: Network, baselines: bool) -> dict[str, Row]:
    """Name each row of the table, with the function that predicts an example's two ears."""

    def with_images(change: Callable[[Images], Images]) -> Row:
        def predict(example: Example) -> NDArray[np.floating]:
            with example.watch() as images:
                return render_overlap(network, example.truth.mean(axis=0), change(images))

        return predict

    rows = {network.info.name: with_images(lambda images: images)}
    if baselines:
        size = network.info.image
        grey = blank(size["width"], size["height"])
        rows[MONO] = lambda example: example.truth.mean(axis=0, keepdims=True).repeat(2, axis=0)
        rows[BLANK] = with_images(lambda images: lambda time_s: grey)
        rows[MIRRORED] = with_images(mirrored)
    return rows


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


def statistics(numbers: list[float]) -> Statistics:
    """Mean, standard deviation (of a sample) and standard error; numbers that are not finite are left out.

    None where there are too few: one for the mean, two for the others.
    """
    finite = [number for number in numbers if math.isfinite(number)]
    mean = float(np.mean(finite)) if finite else None
    std = float(np.std(finite, ddof=1)) if len(finite) > 1 else None
    return {"mean": mean, "std": std, "sem": None if std is None else std / math.sqrt(len(finite))}


def table(result: dict[str, Any]) -> Table:
    """Lay out a result: three lines per row, and a fourth with the ratio to mono-mono where that was measured."""
    drawn = Table(title=f"{result['data']}, {result['clips']} clips")
    drawn.add_column("", no_wrap=True, min_width=len(MIRRORED))
    drawn.add_column("", no_wrap=True)
    for metric in METRICS:
        drawn.add_column(TITLES[metric], justify="right")
    reference = result["rows"].get(MONO)
    for name, row in result["rows"].items():
        for statistic in ("mean", "std", "sem"):
            cells = (number(row[metric][statistic]) for metric in METRICS)
            drawn.add_row(name if statistic == "mean" else "", statistic, *cells)
        if reference is not None and name != MONO:
            cells = (
                number(ratio(row[metric]["mean"], reference[metric]["mean"])) if metric in RATIOS else ""
                for metric in METRICS
            )
            drawn.add_row("", f"of {MONO}", *cells)
        drawn.add_section()
    return drawn


def ratio(value: float | None, reference: float | None) -> float | None:
    """Divide where both are known and the reference is not 0."""
    return value / reference if value is not None and reference else None


def number(value: float | None) -> str:
    """Four significant digits, or a dash."""
    return "-" if value is None else f"{value:.4g}"


def write_json(path: Path, result: dict[str, Any]) -> None:
    """Write a result; the file appears when it is whole.

    Raises
    ------
    DataError
        When it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise DataError(f"'{path}' cannot be written ({error.strerror}); choose another place") from error
