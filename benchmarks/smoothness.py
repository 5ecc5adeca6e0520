"""What a network's masks add to sound that does not change: modulation of a steady tone and of steady noise.

python -m benchmarks.smoothness --model MODEL.onnx
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, hilbert, sosfiltfilt

from benchmarks.material import live, rendered
from models.scenes import SceneSampler
from realtime.settings import MODES

RATE = 48_000
SECONDS = 8.0
SETTLED_S = 2.0
TONES_HZ = (440.0, 1000.0, 3000.0)
BANDS_HZ = (250.0, 500.0, 1000.0, 2000.0, 4000.0)
"""Middles of octave bands."""
FRAME_S = 0.05
SEED = 31_337
LIVE = " live"
"""Behind a mode's name: not as it is rendered, but as it is heard live."""


def modulation_db(sound: NDArray[np.float64]) -> float:
    """RMS of a tone's envelope around its mean, in dB of the mean: what sidebands it has got."""
    envelope = np.abs(np.asarray(hilbert(sound)))[RATE // 10 : -RATE // 10]
    return float(20 * np.log10(envelope.std() / envelope.mean() + 1e-9))


def unsteadiness_db(sound: NDArray[np.float64], before: NDArray[np.float64], middle_hz: float) -> float:
    """Standard deviation over time of a band's gain from `before` to `sound`, in frames of 50 ms."""
    edges = (middle_hz / 2**0.5, middle_hz * 2**0.5)
    levels: list[NDArray[np.float64]] = []
    for signal in (sound, before):
        band = sosfiltfilt(butter(4, edges, "bandpass", fs=RATE, output="sos"), signal)
        frame = round(FRAME_S * RATE)
        power = np.square(band[: len(band) // frame * frame]).reshape(-1, frame).mean(1)
        levels.append(10 * np.log10(power))
    return float((levels[0] - levels[1]).std())


def measure(model: Path | None, mode: str) -> list[tuple[str, float, float]]:
    """Rows: what was sent in, its figure, and the larger one of both ears: modulation of tones, dB of gain of noise."""
    scene = SceneSampler(SEED, max_sources=1, split="test").scene(0)
    rng = np.random.default_rng(SEED)
    samples = round(SECONDS * RATE)
    time_s = np.arange(samples) / RATE
    noise = 0.05 * rng.standard_normal(samples)
    rows: list[tuple[str, float, float]] = []
    for frequency_hz in TONES_HZ:
        tone = 0.1 * np.sin(2 * np.pi * frequency_hz * time_s)
        ears = _settled(tone, scene.image, model, mode)
        rows.append((f"tone {frequency_hz:g} Hz", modulation_db(tone), max(modulation_db(ear) for ear in ears)))
    ears = _settled(noise, scene.image, model, mode)
    before = noise[round(SETTLED_S * RATE) :]
    for middle_hz in BANDS_HZ:
        rows.append((f"noise {middle_hz:g} Hz", 0.0, max(unsteadiness_db(ear, before, middle_hz) for ear in ears)))
    return rows


def _settled(
    sound: NDArray[np.float64], image: NDArray[np.uint8], model: Path | None, mode: str
) -> NDArray[np.float64]:
    """Both ears once all has settled, (2, N)."""
    make = live if mode.endswith(LIVE) else rendered
    return make(sound, RATE, image, model, mode.removesuffix(LIVE))[:, round(SETTLED_S * RATE) :]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.smoothness", description=__doc__)
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    chosen = parser.parse_args(arguments)
    print("| sent in | mode | before, dB | after, dB |\n|---|---|---:|---:|")
    for mode in (*MODES, *(mode + LIVE for mode in MODES)):
        for label, before, after in measure(chosen.model, mode):
            print(f"| {label} | {mode} | {before:.1f} | {after:.1f} |")


if __name__ == "__main__":
    main()
