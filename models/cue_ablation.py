"""What each cue gives to a streaming network: its table with some of them taken away, as a camera would have left them.

python -m models.cue_ablation MODEL.onnx --data DIR_OR_SCENES --clips 40
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.evaluate import with_images
from models.examples import open_examples
from models.metrics import METRICS
from models.scores import MONO, number, ratio, statistics
from realtime.cues import CUES
from realtime.errors import EarsightError, ModelError
from realtime.modelfile import read_model
from realtime.sessions import Network

LOOKS, MOTION, PEOPLE = "looks", "motion", "people"
SHARES = ((LOOKS, MOTION, PEOPLE), (LOOKS, MOTION), (LOOKS, PEOPLE), (LOOKS,), (MOTION, PEOPLE), (MOTION,), (PEOPLE,))
MAPS = {MOTION: slice(0, CUES - 1), PEOPLE: slice(CUES - 1, CUES)}
"""Where in the cues each kind lies."""
SHOWN = ("stft", "env", "itd_error_us", "ild_error_db", "side_accuracy")


class Ablated(Network):
    """A streaming network to which only some of the evidence comes.

    Parameters
    ----------
    path
        Of its model file.
    left
        What comes: the picture's looks, motion that goes with the sound, people.

    Raises
    ------
    ModelError
        When the file is no network that takes cues.
    """

    def __init__(self, path: Path, left: Sequence[str]) -> None:
        self._left = left  # first, for warming up takes steps
        super().__init__(read_model(path), "cpu", threads=1)
        if not self.info.cues:
            raise ModelError(f"model '{path}' takes no cues; give a streaming network trained with them")

    def step(
        self, spectrum: NDArray[np.complex64], features: NDArray[np.float32], cues: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.complex64], NDArray[np.float32]]:
        """One hop, as `Network.step`."""
        if cues is not None:
            cues = cues.copy()
            for kind, maps in MAPS.items():
                if kind not in self._left:
                    cues[maps] = 0
        return super().step(spectrum, features if LOOKS in self._left else self.blank_features, cues)


def measure(model: Path, data: str, clips: int) -> Table:
    """Measure every share of the evidence on the same clips.

    Raises
    ------
    EarsightError
        When the model or the data are not usable.
    """
    examples = open_examples(data)
    count = min(clips, len(examples))
    rows = {" + ".join(left): with_images(Ablated(model, left), lambda images: images) for left in SHARES}
    rows[MONO] = lambda example: example.truth.mean(axis=0, keepdims=True).repeat(2, axis=0)
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in rows}
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        for example in progress.track(islice(examples, count), total=count):
            for name, predict in rows.items():
                predicted = predict(example)
                figures[name].append({metric: METRICS[metric](predicted, example.truth) for metric in SHOWN})
    table = Table(title=f"{model.name} on {data}, {count} clips, means; what is left of the evidence")
    for column in ("", *SHOWN, "STFT of mono"):
        table.add_column(column, justify="right" if column else "left")
    means = {
        name: {metric: statistics([clip[metric] for clip in given])["mean"] for metric in SHOWN}
        for name, given in figures.items()
    }
    for name, mean in means.items():
        table.add_row(
            name, *(number(mean[metric]) for metric in SHOWN), number(ratio(mean["stft"], means[MONO]["stft"]))
        )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.cue_ablation", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", required=True, help="as earsight evaluate takes it; clips of 10 s tell most")
    parser.add_argument("--clips", type=int, default=40, help="at most so many (default: 40)")
    chosen = parser.parse_args(arguments)
    try:
        Console(width=120).print(measure(chosen.model, chosen.data, chosen.clips))
    except EarsightError as error:
        sys.exit(f"cue_ablation: {error}")


if __name__ == "__main__":
    main()
