"""The shape of a clip is that of its samples, whatever blocks it was read in."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from realtime.overview import LEAST_STRETCH, STRETCHES, Overview

RATE = 16_000


def overview(path) -> Overview:
    read = Overview(path)
    read.start()
    read.join()
    assert read.whole
    return read


@pytest.mark.parametrize("samples", [100, 70_000, 3 * LEAST_STRETCH * STRETCHES])
@pytest.mark.parametrize("channels", [1, 2])
def test_each_stretch_holds_its_samples(tmp_path, samples, channels):
    sound = np.random.default_rng(0).uniform(-0.9, 0.5, (channels, samples)).astype(np.float32)
    soundfile.write(tmp_path / "clip.wav", sound.T, RATE, "FLOAT")
    read = overview(tmp_path / "clip.wav")
    shape = read.shape
    step = round(shape.step_s * RATE)
    assert len(shape.low) == -(-samples // step) <= STRETCHES + 1
    starts = np.arange(0, samples, step)
    np.testing.assert_array_equal(shape.low, np.minimum.reduceat(sound.min(0), starts))
    np.testing.assert_array_equal(shape.high, np.maximum.reduceat(sound.max(0), starts))
    power = [np.mean(np.square(sound[:, start : start + step], dtype=np.float64)) for start in starts]
    np.testing.assert_allclose(shape.rms, np.sqrt(power), rtol=1e-4)
    assert shape.end_s == pytest.approx(samples / RATE, abs=shape.step_s)
    assert read.clip is not None and read.clip.channels == channels
    assert read.trouble == ""


def test_a_file_that_is_no_clip_says_so(tmp_path):
    (tmp_path / "notes.mp4").write_text("no film")
    read = overview(tmp_path / "notes.mp4")
    assert "notes.mp4" in read.trouble and "\n" not in read.trouble
    assert len(read.shape.low) == 0
    assert overview(tmp_path / "missing.wav").trouble


def test_it_stops_when_told(tmp_path, monkeypatch):
    sound = np.zeros((1, 40 * RATE), np.float32)
    soundfile.write(tmp_path / "long.wav", sound.T, RATE)
    monkeypatch.setattr("realtime.overview.BLOCK", LEAST_STRETCH)
    read = Overview(tmp_path / "long.wav")
    read.stop()
    read.start()
    read.join()
    assert len(read.shape.low) == 0
