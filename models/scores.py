"""What comes of many figures: their statistics, a table to read and a file to keep."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from models.metrics import METRICS
from realtime.errors import DataError
from realtime.whole_file import whole_file

MONO = "mono-mono"
"""The row that plays the mono sound on both ears, to which others are compared."""
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
NAME_WIDTH = 14

Statistics = dict[str, float | None]


def statistics(numbers: list[float]) -> Statistics:
    """Mean, standard deviation (of a sample), standard error and median; numbers that are not finite are left out.

    None where there are too few: one for mean and median, two for the others.
    """
    finite = [number for number in numbers if math.isfinite(number)]
    mean = float(np.mean(finite)) if finite else None
    std = float(np.std(finite, ddof=1)) if len(finite) > 1 else None
    return {
        "mean": mean,
        "std": std,
        "sem": None if std is None else std / math.sqrt(len(finite)),
        "median": float(np.median(finite)) if finite else None,
    }


def table(result: dict[str, Any]) -> Table:
    """Lay out a result: four lines per row, and a fifth with the ratio to mono-mono where that was measured."""
    drawn = Table(title=f"{result['data']}, {result['clips']} clips")
    drawn.add_column("", no_wrap=True, min_width=NAME_WIDTH)
    drawn.add_column("", no_wrap=True)
    for metric in METRICS:
        drawn.add_column(TITLES[metric], justify="right")
    reference = result["rows"].get(MONO)
    for name, row in result["rows"].items():
        for statistic in ("mean", "std", "sem", "median"):
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
    try:
        with whole_file(path) as part:
            part.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"'{path}' cannot be written ({error.strerror}); choose another place") from error
