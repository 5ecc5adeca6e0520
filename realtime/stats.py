"""The figures a running host shows: one snapshot type, its JSON form, and the machine they were measured on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.errors import RecordingError
from realtime.whole_file import whole_file


@dataclass(frozen=True)
class Percentiles:
    """The 50th, 95th and 99th percentile and the largest of a quantity; 0 when unmeasured."""

    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0

    @classmethod
    def of_histogram(cls, counts: NDArray[np.int64], bin_width: float) -> Percentiles:
        """Of a histogram whose bin i counts values in [i, i + 1) * bin_width, the last also everything beyond.

        A value is stated as its bin's upper edge.
        """
        total = int(counts.sum())
        if total == 0:
            return cls()
        cumulative = np.cumsum(counts)
        edges = [int(np.searchsorted(cumulative, q * total)) + 1 for q in (0.5, 0.95, 0.99)]
        largest = int(np.flatnonzero(counts)[-1]) + 1
        p50, p95, p99, top = (round(edge * bin_width, 3) for edge in (*edges, largest))
        return cls(p50, p95, p99, top)

    def as_dict(self) -> dict[str, float]:
        return {"p50": self.p50, "p95": self.p95, "p99": self.p99, "max": self.max}


class Durations:
    """Histogram of durations in 10 us bins, the last for 1 s and more. One thread adds, any reads."""

    BIN_MS = 0.01

    def __init__(self) -> None:
        self._counts = np.zeros(100_000, np.int64)

    def add(self, duration_ns: int) -> None:
        self._counts[min(duration_ns // 10_000, len(self._counts) - 1)] += 1

    def percentiles_ms(self) -> Percentiles:
        return Percentiles.of_histogram(self._counts.copy(), self.BIN_MS)  # the writer goes on meanwhile

    def reset(self) -> None:
        self._counts[:] = 0


class RecentAge:
    """Mean of what a growing histogram of 1 ms bins gained since the last look."""

    def __init__(self) -> None:
        self._before = np.zeros(0, np.int64)
        self._mean_ms = 0.0

    def since_last(self, counts: NDArray[np.int64]) -> float:
        """Milliseconds; the value before when nothing came, 0 at first."""
        gained = counts if len(self._before) == 0 else counts - self._before
        self._before = counts
        if (total := int(gained.sum())) > 0 and int(gained.min()) >= 0:
            self._mean_ms = float(gained @ (np.arange(len(gained)) + 0.5)) / total
        return self._mean_ms


@dataclass(frozen=True)
class Latency:
    """Round trip by parts, in samples at the device's rate."""

    device_input: int = 0
    device_output: int = 0
    plugins: int = 0
    algorithmic: int = 0
    """The part of `plugins` that the spatialiser's mode needs by its nature (pre-delay, or window and hop)."""

    @property
    def total(self) -> int:
        return self.device_input + self.device_output + self.plugins

    def as_dict(self) -> dict[str, int]:
        return {
            "device_input": self.device_input,
            "device_output": self.device_output,
            "plugins": self.plugins,
            "algorithmic": self.algorithmic,
            "total": self.total,
        }


@dataclass(frozen=True)
class Snapshot:
    """State of a host at one moment: plain values, safe to keep and to send to another process."""

    running: bool = False
    finished: bool = False
    """The clip was played to its end."""
    sample_rate: int = 48_000
    block_size: int = 128
    mode: str = "filter"
    model: str = ""
    provider: str = ""
    provider_fallbacks: int = 0
    """How often a GPU failed and the processor took over."""
    input: str = ""
    output: str = ""
    duration_s: float = 0.0
    """Sound processed since the start or the last reset of the counters."""
    elapsed_s: float = 0.0
    """Wall-clock time of the same."""
    blocks: int = 0
    xruns: int = 0
    """Input overflows and output underflows, and blocks that a clip could not supply in time."""
    late_blocks: int = 0
    late_inferences: int = 0
    bad_samples: int = 0
    latency: Latency = field(default_factory=Latency)
    callback_us: Percentiles = field(default_factory=Percentiles)
    audio_inference_ms: Percentiles = field(default_factory=Percentiles)
    visual_inference_ms: Percentiles = field(default_factory=Percentiles)
    mask_age_ms: Percentiles = field(default_factory=Percentiles)
    image_age_ms: Percentiles = field(default_factory=Percentiles)
    mask_age_now_ms: float = 0.0
    """Mean age of the mask over the blocks since the snapshot before."""
    image_age_now_ms: float = 0.0
    masks: int = 0
    camera_opened: bool = False
    images: int = 0
    images_dropped: int = 0
    camera_reconnects: int = 0
    audio_reconnects: int = 0
    """How often an audio device that had gone away was opened again."""
    audio_away_s: float = 0.0
    """For how long the audio device has been away; 0 while it is there."""
    audio_longest_gap_s: float = 0.0
    """For how long it was away at most."""
    levels_db: tuple[float, float, float] = (-120.0, -120.0, -120.0)
    """Peak of mono in, left and right over the last 50 ms, dB of full scale."""
    recording: str = ""
    notices: tuple[str, ...] = ()
    """One line per thing that went wrong and its cure, oldest first."""

    @property
    def masks_per_s(self) -> float:
        return self.masks / self.duration_s if self.duration_s > 0 else 0.0

    @property
    def realtime_factor(self) -> float:
        """Seconds of wall clock per second of sound: below 1 is faster than real time."""
        return self.elapsed_s / self.duration_s if self.duration_s > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The statistics JSON, a contract with scripts."""
        return {
            "version": program_version(),
            "machine": machine_facts(self.provider),
            "sample_rate": self.sample_rate,
            "block_size": self.block_size,
            "mode": self.mode,
            "model": self.model,
            "duration_s": round(self.duration_s, 3),
            "realtime_factor": round(self.realtime_factor, 4),
            "blocks": self.blocks,
            "xruns": self.xruns,
            "late_blocks": self.late_blocks,
            "late_inferences": self.late_inferences,
            "latency_samples": self.latency.as_dict(),
            "callback_us": self.callback_us.as_dict(),
            "inference_ms": {"audio": self.audio_inference_ms.as_dict(), "visual": self.visual_inference_ms.as_dict()},
            "mask_age_ms": self.mask_age_ms.as_dict(),
            "image_age_ms": self.image_age_ms.as_dict(),
            "masks_per_s": round(self.masks_per_s, 2),
            "camera": {
                "opened": self.camera_opened,
                "images": self.images,
                "dropped": self.images_dropped,
                "reconnects": self.camera_reconnects,
            },
            "audio": {"reconnects": self.audio_reconnects, "longest_gap_s": round(self.audio_longest_gap_s, 3)},
        }


def program_version() -> str:
    """Version of the installed package, or "unknown" when run from a bare checkout."""
    try:
        return metadata.version("earsight")
    except metadata.PackageNotFoundError:
        return "unknown"


def machine_facts(provider: str) -> dict[str, Any]:
    """What a figure was measured on: CPU, cores, operating system, Python, ONNX Runtime provider."""
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count() or 1,
        "os": platform.platform(),
        "python": platform.python_version(),
        "provider": provider,
    }


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write whole or not at all.

    Raises
    ------
    RecordingError
        When it cannot be written.
    """
    try:
        with whole_file(path) as part:
            part.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise RecordingError(f"'{path}' cannot be written ({error.strerror}); choose another place") from error


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
