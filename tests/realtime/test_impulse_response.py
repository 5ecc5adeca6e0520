"""Impulse responses come at the device's rate with their own frequency response, or are refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime.errors import ClipError
from realtime.impulse_response import LONGEST_S, read_response
from tests.refusals import assert_refused


def write(path: Path, sound: np.ndarray, rate: int = 48_000) -> Path:
    """Sound is (samples, channels), or (samples,)."""
    soundfile.write(path, sound, rate, subtype="FLOAT" if path.suffix == ".wav" else None)
    return path


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_both_channels_are_read_and_a_single_one_is_for_both(tmp_path: Path, suffix: str) -> None:
    sound = np.round(np.random.default_rng(0).uniform(-0.5, 0.5, (300, 2)) * 32768) / 32768
    stereo, mono = write(tmp_path / f"two{suffix}", sound), write(tmp_path / f"one{suffix}", sound[:, 0])
    np.testing.assert_array_equal(read_response(stereo, 48_000), sound.T)
    np.testing.assert_array_equal(read_response(mono, 48_000), [sound[:, 0], sound[:, 0]])


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_another_rate_changes_no_frequency_response(tmp_path: Path, rate: int) -> None:
    decay = np.exp(-np.arange(rate // 10) / (0.005 * rate)) * np.sin(2 * np.pi * 2000 * np.arange(rate // 10) / rate)
    response = read_response(write(tmp_path / "decay.wav", decay, rate), 48_000)[0]
    # Over a tenth of a second, bins are 10 Hz apart whatever the rate.
    theirs, ours = np.abs(np.fft.rfft(decay, rate // 10))[:1500], np.abs(np.fft.rfft(response, 4800))[:1500]
    assert np.abs(ours - theirs).max() < 1e-3 * theirs.max()


def test_what_is_no_response_is_refused(tmp_path: Path) -> None:
    ones = np.ones((100, 3))
    text = tmp_path / "text.wav"
    text.write_text("not a sound")
    for path, words in (
        (tmp_path / "none.wav", "does not exist"),
        (tmp_path, "is not a file"),
        (text, "cannot be read"),
        (write(tmp_path / "three.wav", ones), "3 channels"),
        (write(tmp_path / "silent.wav", 0 * ones[:, :1]), "silent"),
        (write(tmp_path / "empty.wav", ones[:0, :1]), "silent"),
        (write(tmp_path / "broken.wav", np.nan * ones[:, :1]), "not numbers"),
        (write(tmp_path / "long.wav", np.ones(round(100 * LONGEST_S) + 1), 100), "20.0 s"),
    ):
        assert_refused(ClipError, words, lambda path=path: read_response(path, 48_000))
