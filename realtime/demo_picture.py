"""The demonstration's picture: spectrograms of mono, left and right, and a table of latencies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from matplotlib.figure import Figure
from numpy.typing import NDArray

from realtime.stats import Percentiles, Snapshot

N_FFT = 1024
LOWEST_DB, HIGHEST_DB = -100.0, -10.0
TOP_HZ = 10_000


def draw(recording: Path, snapshot: Snapshot, out: Path) -> None:
    """Draw a binaural recording and the figures of the run that made it, as a PNG."""
    sound, sample_rate = soundfile.read(recording, dtype="float32", always_2d=True)
    left, right = sound.T
    figure = Figure(figsize=(12, 9), layout="constrained")
    axes = figure.subplots(4, 1, height_ratios=(3, 3, 3, 2))
    for axis, signal, name in zip(axes, ((left + right) / 2, left, right), ("mono", "left", "right"), strict=False):
        axis.imshow(
            spectrogram_db(signal),
            origin="lower",
            aspect="auto",
            extent=(0, len(signal) / sample_rate, 0, sample_rate / 2),
            cmap="magma",
            vmin=LOWEST_DB,
            vmax=HIGHEST_DB,
        )
        axis.set_ylim(0, min(TOP_HZ, sample_rate / 2))
        axis.set_ylabel(f"{name}\nHz")
    axes[2].set_xlabel("s")
    axes[3].axis("off")
    table = axes[3].table(latency_rows(snapshot), loc="center", cellLoc="left", colWidths=(0.3, 0.7))
    table.scale(1, 1.4)
    level_db = 20 * np.log10((np.abs(left).mean() + 1e-9) / (np.abs(right).mean() + 1e-9))
    figure.suptitle(f"{Path(snapshot.input).name} made binaural; left is {level_db:+.1f} dB against right overall")
    figure.savefig(out, dpi=100)


def spectrogram_db(signal: NDArray[Any]) -> NDArray[np.float64]:
    """Levels (N_FFT // 2 + 1, frames), 0 dB for a full-scale sine; frames overlap by half."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(signal, N_FFT // 2), N_FFT)[:: N_FFT // 2]
    amplitude = np.abs(np.fft.rfft(frames * np.hanning(N_FFT))) * (4 / N_FFT)
    return 20 * np.log10(amplitude.T + 1e-7)


def latency_rows(snapshot: Snapshot) -> list[list[str]]:
    """Name and value of each figure that has to do with time."""
    latency, rate = snapshot.latency, snapshot.sample_rate

    def spread(value: Percentiles, unit: str) -> str:
        return f"p50 {value.p50:g}   p95 {value.p95:g}   p99 {value.p99:g}   max {value.max:g} {unit}"

    return [
        ["latency", f"{latency.total} samples = {1000 * latency.total / rate:.2f} ms at {rate} Hz"],
        ["of which device in + out", f"{latency.device_input} + {latency.device_output} samples"],
        ["of which the filter's pre-delay", f"{latency.algorithmic} samples"],
        ["callback", spread(snapshot.callback_us, "us")],
        ["mask age (not latency)", spread(snapshot.mask_age_ms, "ms")],
        ["image age (not latency)", spread(snapshot.image_age_ms, "ms")],
        ["network on a hop of sound", spread(snapshot.audio_inference_ms, "ms")],
        ["network on a picture", spread(snapshot.visual_inference_ms, "ms")],
        ["xruns, late inferences", f"{snapshot.xruns}, {snapshot.late_inferences}"],
    ]
