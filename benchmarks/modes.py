"""What filters cost against overlap, rendered and live: STFT distance of a network's binaural sound of the same scenes.

python -m benchmarks.modes --model MODEL.onnx --count 40
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.material import live, rendered
from models.metrics import stft_distance
from models.scenes import SceneSampler
from realtime.settings import MODES
from realtime.spectra import SAMPLE_RATE

SEED = 600_011
SECONDS = 3.0


def distances(model: Path | None, count: int, sources: int) -> dict[str, float]:
    """Mean over `count` plain scenes, by mode, and of Mono-Mono."""
    sampler = SceneSampler(
        SEED, duration_s=SECONDS, min_sources=sources, max_sources=sources, split="test", sample_rate=SAMPLE_RATE
    )
    found: dict[str, list[float]] = {name: [] for name in ("mono-mono", *MODES, *(f"{mode} live" for mode in MODES))}
    for number in range(count):
        scene = sampler.scene(number)
        truth = scene.recording
        mono = truth.mean(0)
        found["mono-mono"].append(stft_distance(np.stack((mono, mono)), truth))
        for mode in MODES:
            found[mode].append(stft_distance(rendered(mono, SAMPLE_RATE, scene.image, model, mode), truth))
            found[f"{mode} live"].append(stft_distance(live(mono, SAMPLE_RATE, scene.image, model, mode), truth))
    return {name: float(np.mean(values)) for name, values in found.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modes", description=__doc__)
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    parser.add_argument("--count", type=int, default=40, help="scenes of each number of sources")
    chosen = parser.parse_args(arguments)
    columns = ("mono-mono", "overlap", "filter", "overlap live", "filter live")
    print(f"| sources | {' | '.join(columns)} | filter over overlap |\n|{'---:|' * (len(columns) + 2)}")
    for sources in (1, 2):
        found = distances(chosen.model, chosen.count, sources)
        more = found["filter"] / found["overlap"] - 1
        figures = " | ".join(f"{found[name]:.4f}" for name in columns)
        print(f"| {sources} | {figures} | {100 * more:+.1f} % |")


if __name__ == "__main__":
    main()
