"""What the filter mode costs against overlap: STFT distance of the same network's renderings of the same scenes.

python -m benchmarks.modes --model MODEL.onnx --count 40
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.metrics import stft_distance
from models.scenes import SceneSampler
from realtime.pictures import save_png
from realtime.render import render_clip
from realtime.settings import MODES
from realtime.spectra import SAMPLE_RATE

SEED = 600_011
SECONDS = 3.0


def distances(model: Path | None, count: int, sources: int) -> dict[str, float]:
    """Mean over `count` plain scenes, by mode, and of Mono-Mono."""
    sampler = SceneSampler(
        SEED, duration_s=SECONDS, min_sources=sources, max_sources=sources, split="test", sample_rate=SAMPLE_RATE
    )
    found: dict[str, list[float]] = {name: [] for name in (*MODES, "mono-mono")}
    for number in range(count):
        scene = sampler.scene(number)
        truth = scene.recording
        mono = truth.mean(0)
        found["mono-mono"].append(stft_distance(np.stack((mono, mono)), truth))
        for mode in MODES:
            found[mode].append(stft_distance(_rendered(mono, scene.image, model, mode), truth))
    return {name: float(np.mean(values)) for name, values in found.items()}


def _rendered(
    mono: NDArray[np.float32], image: NDArray[np.uint8], model: Path | None, mode: str
) -> NDArray[np.float32]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "images").mkdir()
        save_png(folder / "images" / "000001.png", image)
        soundfile.write(folder / "mono.wav", mono, SAMPLE_RATE, "FLOAT")
        render_clip((folder / "mono.wav", folder / "images"), folder / "out.wav", mode=mode, model=model)
        return soundfile.read(folder / "out.wav", dtype="float32")[0].T


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modes", description=__doc__)
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    parser.add_argument("--count", type=int, default=40, help="scenes of each number of sources")
    chosen = parser.parse_args(arguments)
    print("| sources | mono-mono | overlap | filter | filter over overlap |\n|---:|---:|---:|---:|---:|")
    for sources in (1, 2):
        found = distances(chosen.model, chosen.count, sources)
        more = found["filter"] / found["overlap"] - 1
        print(
            f"| {sources} | {found['mono-mono']:.4f} | {found['overlap']:.4f} | {found['filter']:.4f} | {100 * more:+.1f} % |"
        )


if __name__ == "__main__":
    main()
