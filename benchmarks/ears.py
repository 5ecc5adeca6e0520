"""Where a rendering puts the sound, over time, beside where it was: python -m benchmarks.ears CLIP -o PLOT.png

CLIP is a binaural recording with its picture. Its mono sound is made binaural again, and the interaural time and level
differences of both are compared in segments of 100 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from models.metrics import SAMPLE_RATE, SEGMENT, SILENCE, ild_db, itd_us
from realtime.clip import Clip
from realtime.clip_writer import write_sound
from realtime.errors import ClipError, EarsightError
from realtime.render import render_clip

EARS = 2


@dataclass(frozen=True)
class Course:
    """How a binaural sound lies over time; one value for each segment that sounds.

    Attributes
    ----------
    time_s
        Middles of the segments.
    itd_us, ild_db
        Positive to the left.
    """

    time_s: NDArray[np.float64]
    itd_us: NDArray[np.float64]
    ild_db: NDArray[np.float64]


def course(sound: NDArray[np.floating], audible: NDArray[np.bool_]) -> Course:
    """Follow a sound, (2, N) at 16 kHz, through the segments that are `audible`, (N // SEGMENT,)."""
    pieces = [sound[:, start * SEGMENT : (start + 1) * SEGMENT] for start in np.flatnonzero(audible)]
    return Course(
        (np.flatnonzero(audible) + 0.5) * SEGMENT / SAMPLE_RATE,
        np.array([itd_us(piece) for piece in pieces]),
        np.array([ild_db(piece) for piece in pieces]),
    )


def compare(path: Path, model: Path | None, mode: str) -> tuple[Course, Course]:
    """The recording's course and its rendering's.

    Raises
    ------
    ClipError
        When the clip is not binaural, or silent.
    EarsightError
        When it cannot be rendered.
    """
    clip = Clip.open(path)
    if clip.channels != EARS:
        raise ClipError(
            f"'{path}' has {clip.channels} channels; where its sound was can be told of a binaural one, with 2"
        )
    truth = clip.audio(SAMPLE_RATE)
    with tempfile.TemporaryDirectory() as name:
        mono, rendering = Path(name) / "mono.wav", Path(name) / "rendering.wav"
        write_sound(mono, clip.audio().mean(axis=0, keepdims=True).repeat(EARS, axis=0), clip.sample_rate)
        render_clip((mono, path), rendering, mode=mode, model=model)
        rendered = Clip.open(rendering).audio(SAMPLE_RATE)
    count = truth.shape[1] // SEGMENT
    power = np.square(truth[:, : count * SEGMENT], dtype=np.float64).reshape(EARS, count, SEGMENT).mean((0, 2))
    audible = power > max(SILENCE, 0.01 * float(power.mean()))
    if not audible.any():
        raise ClipError(f"'{path}' is silent; give another clip")
    return course(truth, audible), course(rendered, audible)


def draw(true: Course, rendered: Course, out: Path, title: str) -> None:
    """Draw both courses over each other, as a PNG or SVG."""
    figure = Figure(figsize=(10, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axis, name in ((upper, "itd_us"), (lower, "ild_db")):
        axis.plot(true.time_s, getattr(true, name), ".-", color="black", label="recorded")
        axis.plot(rendered.time_s, getattr(rendered, name), ".-", color="tab:orange", label="from mono and picture")
        axis.axhline(0, color="grey", linewidth=0.5)
    upper.set_ylabel("interaural time, us\nright <  > left")
    lower.set_ylabel("interaural level, dB\nright <  > left")
    lower.set_xlabel("s")
    upper.set_title(title)
    upper.legend()
    figure.savefig(out, dpi=100)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ears", description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="PLOT.png")
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    parser.add_argument("--mode", default="filter", choices=("filter", "overlap"))
    chosen = parser.parse_args(arguments)
    try:
        true, rendered = compare(chosen.clip, chosen.model, chosen.mode)
    except EarsightError as error:
        sys.exit(f"ears: {error}")
    draw(true, rendered, chosen.out, chosen.clip.name)
    time_error, level_error = np.abs(rendered.itd_us - true.itd_us), np.abs(rendered.ild_db - true.ild_db)
    print(f"{len(true.time_s)} segments of 100 ms that sound")
    for name, error, unit, one, other in (
        ("time", time_error, "us", true.itd_us, rendered.itd_us),
        ("level", level_error, "dB", true.ild_db, rendered.ild_db),
    ):
        median, most = np.percentile(error, (50, 90))
        alike = np.corrcoef(one, other)[0, 1]
        print(f"interaural {name}: median error {median:.1f} {unit}, 90 % below {most:.1f}; correlation {alike:.2f}")


if __name__ == "__main__":
    main()
