"""Measures separation on duets: python -m models.separation.evaluate MODEL... --data duets:SEED:COUNT [--json FILE]

Each duet is two generated clips of one source each, from the stretches of sound that training never hears, mixed left
with left and right with right. Each model separates both clips, each from its own picture alone. SDR, SIR and SAR are
those of BSS Eval (Vincent et al., 2006; a distortion filter of 512 taps) for each ear, averaged over ears and clips.
"""

from __future__ import annotations

import argparse
import math
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fast_bss_eval
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.scenes import SceneSampler
from models.scores import statistics, write_json
from models.separation.duets import LEVEL, LEVEL_RANGE_DB
from realtime.errors import DataError, EarsightError
from realtime.pictures import Image, blank
from realtime.separator import Separating, Separator

DUETS = "duets:"
DURATION_S = 4.0
MIXTURE, BLANK, MONO, BINAURAL = "mixture", "audio-only", "mono audio", "binaural audio"
METRICS = ("sdr_db", "sir_db", "sar_db")
TITLES = {"sdr_db": "SDR dB", "sir_db": "SIR dB", "sar_db": "SAR dB"}
PERFECT_DB = 80.0
"""Beyond this nothing but rounding is left: a mixture is its clips without artefacts, its SAR means nothing."""


@dataclass(frozen=True)
class Duet:
    """Two clips: the ears of each, (2, 2, N) by clip and ear, and their pictures."""

    clips: NDArray[np.float32]
    images: tuple[Image, Image]


def generated(data: str, sample_rate: int) -> tuple[int, Iterator[Duet]]:
    """Read "duets:SEED:COUNT", and make them one at a time.

    Raises
    ------
    DataError
        When the description is another, or the scenes' material is missing.
    """
    try:
        seed, count = (int(part) for part in data.removeprefix(DUETS).split(":"))
        if not data.startswith(DUETS) or seed < 0 or count < 1:
            raise ValueError
    except ValueError as error:
        raise DataError(f"'{data}' is not understood; accepted: duets:SEED:COUNT, as in duets:7:200") from error
    sampler = SceneSampler(
        seed, sample_rate=sample_rate, duration_s=DURATION_S, min_sources=1, max_sources=1, split="test"
    )
    return count, (duet(sampler, seed, index) for index in range(count))


def duet(sampler: SceneSampler, seed: int, index: int) -> Duet:
    """Scenes 2 * index and the one after it, their levels up to 6 dB apart as in training."""
    rng = np.random.default_rng([seed, index, 1])
    scenes = [sampler.scene(2 * index + part) for part in range(2)]
    clips = [scene.binaural.sum(axis=0, dtype=np.float32) for scene in scenes]
    levels = [LEVEL * 10 ** (rng.uniform(-LEVEL_RANGE_DB, LEVEL_RANGE_DB) / 20) for _ in clips]
    gains = [level / max(float(np.sqrt((clip**2).mean())), 1e-5) for level, clip in zip(levels, clips, strict=True)]
    return Duet(
        np.stack([np.float32(gain) * clip for gain, clip in zip(gains, clips, strict=True)]),
        (scenes[0].image, scenes[1].image),
    )


def estimates(separator: Separator, duet: Duet) -> dict[str, NDArray[np.float64]]:
    """What a model makes of a duet: row -> (2, 2, N) by clip and ear.

    In every row the masks are laid on the ears of the mixture: the rows differ in what the network knows, the mean of
    the ears or both, a blank picture or the clip's own.
    """
    mixture = duet.clips.sum(axis=0)
    size = separator.info.image
    grey = blank(size["width"], size["height"])

    def separated(image: Image, *, mono: bool = False) -> NDArray[np.float64]:
        separating = Separating(separator, lambda time_s: [image], hear=mean_of_ears if mono else None)
        rows = np.concatenate(list(separating.rows([mixture])), axis=1)
        return rows[2:4, : mixture.shape[1]]

    unseen = separated(grey)
    return {
        BLANK: np.stack((unseen, unseen)),
        MONO: np.stack([separated(image, mono=True) for image in duet.images]),
        BINAURAL: np.stack([separated(image) for image in duet.images]),
    }


def mean_of_ears(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both channels get the mean of the two."""
    return sound.mean(axis=0, keepdims=True).repeat(2, axis=0)


def figures(given: NDArray[np.floating], truth: NDArray[np.floating]) -> dict[str, float]:
    """SDR, SIR and SAR of (2, 2, N) by clip and ear: means over both, dB."""
    given_by_ear = torch.from_numpy(np.asarray(given, np.float64).swapaxes(0, 1).copy())  # (ears, clips, N)
    true_by_ear = torch.from_numpy(np.asarray(truth, np.float64).swapaxes(0, 1).copy())
    # Its numpy half does not know numpy 2; and a little on the diagonal, for sounds with empty bands are singular.
    measure: Any = fast_bss_eval.bss_eval_sources  # its types know no torch
    found = measure(true_by_ear, given_by_ear, compute_permutation=False, load_diag=1e-10)
    means = {name: float(values.mean()) for name, values in zip(METRICS, found, strict=True)}
    return {name: value if abs(value) < PERFECT_DB else math.nan for name, value in means.items()}


def evaluate(models: Sequence[Path], data: str, json_path: Path | None = None, command: str = "") -> dict[str, Any]:
    """Measure models on the same duets and print a table on stdout.

    Parameters
    ----------
    models
        Model files of kind "separation", all at one sample rate.
    data
        "duets:SEED:COUNT".
    json_path
        Receives the result.
    command
        Goes into the result.

    Returns
    -------
    result
        "rows": row -> metric -> mean, standard deviation (std) and standard error (sem); a row is "mixture", or a
        model's name and what it knew. "gains": the same of the paired differences in SDR, per model.

    Raises
    ------
    DataError, ModelError
        When the data or a model cannot be used.
    """
    separators = {path.stem: Separator(path) for path in models}
    rates = {separator.info.sample_rate for separator in separators.values()}
    if len(separators) < len(models) or len(rates) > 1:
        raise DataError("models to compare must have different names and one sample rate; give them one at a time")
    count, duets = generated(data, rates.pop())
    values: dict[str, list[dict[str, float]]] = {}
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        for example in progress.track(duets, total=count, description="separating"):
            mixture = example.clips.sum(axis=0)
            values.setdefault(MIXTURE, []).append(figures(np.stack((mixture, mixture)), example.clips))
            for name, separator in separators.items():
                for row, given in estimates(separator, example).items():
                    values.setdefault(f"{name}: {row}", []).append(figures(given, example.clips))
    result = {
        "data": data,
        "duets": count,
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "rows": {
            row: {metric: statistics([found[metric] for found in each]) for metric in METRICS}
            for row, each in values.items()
        },
        "gains": {title: statistics(gains) for name in separators for title, gains in _gains(name, values).items()},
    }
    console = Console()
    console.width = console.width if console.is_terminal else 120
    console.print(table(result))
    if json_path is not None:
        write_json(json_path, result)
    return result


def table(result: dict[str, Any]) -> Table:
    """Lay out a result: mean, standard deviation and standard error, and the gains below."""
    drawn = Table(title=f"{result['data']}, {result['date']}")
    drawn.add_column("", no_wrap=True)
    for metric in METRICS:
        for statistic in ("mean", "std", "sem"):
            drawn.add_column(f"{TITLES[metric]} {statistic}", justify="right")
    for name, row in result["rows"].items():
        cells = (decibels(row[metric][statistic]) for metric in METRICS for statistic in ("mean", "std", "sem"))
        drawn.add_row(name, *cells)
    drawn.add_section()
    for name, gain in result["gains"].items():
        drawn.add_row(name, *(decibels(gain[statistic]) for statistic in ("mean", "std", "sem")))
    return drawn


def markdown(result: dict[str, Any]) -> str:
    """The same as a Markdown table, mean (standard error)."""
    lines = [
        f"`{result['command']}`, {result['date']}: {result['duets']} duets, mean (standard deviation; standard error)",
        "",
        "| | " + " | ".join(TITLES.values()) + " |",
        "|---" * (1 + len(METRICS)) + "|",
    ]
    for name, row in result["rows"].items():
        lines.append(f"| {name} | " + " | ".join(_cell(row[metric]) for metric in METRICS) + " |")
    for name, gain in result["gains"].items():
        lines.append(f"| {name} | {_cell(gain)} | | |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.separation.evaluate", description=__doc__)
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL")
    parser.add_argument("--data", required=True, metavar="duets:SEED:COUNT")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table to this file")
    given = sys.argv[1:] if arguments is None else list(arguments)
    chosen = parser.parse_args(given)
    command = f"python -m models.separation.evaluate {shlex.join(given)}"
    try:
        result = evaluate(chosen.models, chosen.data, chosen.json, command)
    except EarsightError as error:
        sys.exit(f"separation: {error}")
    if chosen.markdown is not None:
        chosen.markdown.write_text(markdown(result), encoding="utf-8")


def _gains(name: str, values: dict[str, list[dict[str, float]]]) -> dict[str, list[float]]:
    """Paired differences in SDR of a model's rows."""

    def gains(row: str, over: str) -> list[float]:
        return [
            here["sdr_db"] - there["sdr_db"] for here, there in zip(values[f"{name}: {row}"], values[over], strict=True)
        ]

    return {
        f"{name}: binaural over mono": gains(BINAURAL, f"{name}: {MONO}"),
        f"{name}: mono over mixture": gains(MONO, MIXTURE),
        f"{name}: binaural over mixture": gains(BINAURAL, MIXTURE),
    }


def _cell(statistic: dict[str, float | None]) -> str:
    return f"{decibels(statistic['mean'])} ({decibels(statistic['std'])}; {decibels(statistic['sem'])})"


def decibels(value: float | None) -> str:
    """Two decimals, or a dash."""
    return "-" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    main()
