"""Loudness is that of EBU R 128: its reference case, and FFmpeg's own measurement of anything else."""

from __future__ import annotations

import math
from pathlib import Path

import av
import av.filter
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from realtime.errors import ClipError
from realtime.loudness import loudness, loudness_of_file


def sine(level_db: float, frequency: float = 1000.0, seconds: float = 20.0, rate: int = 48_000) -> NDArray[np.float64]:
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave, wave])


def by_ffmpeg(sound: NDArray[np.float64], rate: int) -> tuple[float, float]:
    """Integrated loudness and true peak by the filter ebur128."""
    layout = ("mono", "stereo")[len(sound) - 1]
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=rate, layout=layout, time_base=f"1/{rate}")  # type: ignore
    measured, sink = graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")
    source.link_to(measured)
    measured.link_to(sink)
    graph.configure()
    read: dict[str, str] = {}
    for start in range(0, sound.shape[1], rate // 10):
        block = np.ascontiguousarray(sound[:, start : start + rate // 10], np.float32)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, start
        graph.push(frame)
        read |= graph.pull().metadata
    peak = max(float(value) for key, value in read.items() if "true_peaks_ch" in key)
    return float(read["lavfi.r128.I"]), 20 * math.log10(peak)


def test_the_reference_case() -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dB of full scale has -23 LUFS, within .1 LU."""
    measured = loudness(sine(-23.0), 48_000)
    assert measured.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert measured.true_peak_db == pytest.approx(-23.0, abs=0.1)


def test_quiet_parts_are_gated() -> None:
    """EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36 dB have -23 LUFS."""
    parts = [sine(level_db, 1000.0, seconds, 16_000) for level_db, seconds in ((-36, 10), (-23, 60), (-36, 10))]
    assert loudness(np.concatenate(parts, axis=1), 16_000).integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("count", [1, 2])
def test_it_agrees_with_ffmpeg(count: int, rate: int) -> None:
    """On pink noise with quiet parts that the gate leaves out; the true peaks come of two interpolators."""
    noise = np.random.default_rng(5).standard_normal((count, 8 * rate))
    pink = np.fft.irfft(np.fft.rfft(noise) / np.sqrt(1.0 + np.arange(4 * rate + 1)))
    pink *= 0.1 / pink.std() * np.where(np.arange(8 * rate) // (2 * rate) % 2, 1.0, 0.02)
    lufs, true_peak_db = by_ffmpeg(pink, rate)
    measured = loudness(pink, rate)
    assert measured.integrated_lufs == pytest.approx(lufs, abs=0.03)
    assert measured.true_peak_db == pytest.approx(true_peak_db, abs=0.2)


@pytest.mark.parametrize("frequency", [40.0, 5000.0])
def test_the_weighting_agrees_with_ffmpegs(frequency: float) -> None:
    sound = sine(-10.0, frequency, 4.0)
    assert loudness(sound, 48_000).integrated_lufs == pytest.approx(by_ffmpeg(sound, 48_000)[0], abs=0.03)


def test_the_true_peak_lies_between_the_samples() -> None:
    times = np.arange(48_000)
    wave = 0.5 * np.sin(np.pi / 2 * times + np.pi / 4) * np.hanning(48_000)
    measured = loudness(np.stack([wave, wave]), 48_000)
    assert 20 * math.log10(np.abs(wave).max()) == pytest.approx(-9.03, abs=0.01)
    assert measured.true_peak_db == pytest.approx(-6.02, abs=0.01)


def test_a_file(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sine.flac", sine(-23.0, seconds=3.0).T, 48_000, subtype="PCM_24")
    assert loudness_of_file(tmp_path / "sine.flac").integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_silence_has_none() -> None:
    measured = loudness(np.zeros((1, 48_000)), 48_000)
    assert measured.integrated_lufs == measured.true_peak_db == -math.inf


@pytest.mark.parametrize(
    "sound, message",
    [
        (np.zeros((2, 4800)), "0.1 s of sound have no loudness; give 0.4 s or more"),
        (np.zeros((6, 48_000)), "loudness of 6 channels is not measured"),
        (np.full((2, 48_000), np.nan), "not a number"),
    ],
)
def test_what_cannot_be_measured_is_told(sound: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ClipError, match=message):
        loudness(sound, 48_000)
