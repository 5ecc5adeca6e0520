"""How much faster than its own length a clip is rendered.

python -m benchmarks.render --seconds 60
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.material import moving_clip
from realtime.render import render_clip
from realtime.settings import MODES
from realtime.stats import write_json


def measure_render(clip: Path, mode: str, model: Path | None = None) -> dict[str, Any]:
    """Render a clip to a .wav that is thrown away.

    Returns
    -------
    dict
        The statistics of the run, and "times_realtime": seconds of sound for each second of work.
    """
    with tempfile.TemporaryDirectory() as folder:
        snapshot = render_clip(clip, Path(folder) / "out.wav", mode=mode, model=model)
    return {**snapshot.as_dict(), "times_realtime": round(snapshot.duration_s / snapshot.elapsed_s, 2)}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.render", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the clip that is made")
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    parser.add_argument("--clip", type=Path, help="default: a moving picture with sound, made on the spot")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    with moving_clip(chosen.seconds) as made:
        figures = {mode: measure_render(chosen.clip or made, mode, chosen.model) for mode in MODES}
    for mode, row in figures.items():
        print(
            f"{mode:<8} {row['duration_s']:.1f} s of sound, {row['times_realtime']:g} times faster than real time on "
            f"{os.cpu_count()} cores; network {row['inference_ms']['audio']['p50']:g} ms a hop, "
            f"{row['inference_ms']['visual']['p50']:g} ms a picture"
        )
    if chosen.json is not None:
        write_json(chosen.json, figures)


if __name__ == "__main__":
    main()
