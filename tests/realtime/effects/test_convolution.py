"""Convolution is the offline convolution with the file's response, without latency, for any block size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import fftconvolve

from realtime.contract import SAMPLE_RATE, check_plugin, noise, prepared, run
from realtime.effects.convolution import Convolution
from realtime.errors import ClipError, SettingsError
from tests.realtime.effects.sounds import largest_step, sine
from tests.refusals import assert_refused

SAMPLES = 12_000


def decay(taps: int) -> np.ndarray:
    """Noise that dies away by 60 dB with a click at its beginning, (2, taps), of unit energy."""
    response = np.random.default_rng(taps).standard_normal((2, taps)) * 10 ** (-3 * np.arange(taps) / taps)
    response[:, 0] = 5.0
    return response / np.sqrt((response**2).sum(axis=1, keepdims=True))


def write(path: Path, response: np.ndarray) -> Path:
    soundfile.write(path, response.T, SAMPLE_RATE, subtype="DOUBLE")
    return path


def convolution(path: Path | None) -> Convolution:
    plugin = Convolution()
    plugin.load({} if path is None else {"file": str(path)})
    return plugin


def test_it_keeps_the_contract_without_a_file() -> None:
    check_plugin(Convolution)


def test_it_keeps_the_contract_with_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", decay(8000))
    check_plugin(lambda: convolution(path))


def test_without_a_file_the_sound_is_as_it_was() -> None:
    sound = noise(SAMPLES)
    np.testing.assert_allclose(run(prepared(Convolution, 512), sound, 512), sound, rtol=1e-6)


# Nothing but the head, its end, the small parts, their end, the large parts, all of their steps.
@pytest.mark.parametrize("taps", [1, 63, 64, 65, 2047, 2048, 2049, 3100, 50_000])
def test_it_is_the_offline_convolution(tmp_path: Path, taps: int) -> None:
    sound, response = noise(SAMPLES + taps), decay(taps)
    path = write(tmp_path / "room.wav", response)
    wanted = fftconvolve(sound.astype(np.float64), response, axes=1)[:, : SAMPLES + taps]
    for block_size in (37, 64, 8193):
        given = run(prepared(lambda: convolution(path), block_size), sound, block_size)
        assert np.abs(given - wanted).max() < 1e-6


def test_blocks_may_come_in_any_sizes(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", decay(5000))
    sound = noise(SAMPLES)
    whole = run(prepared(lambda: convolution(path), SAMPLES), sound, SAMPLES)
    plugin = prepared(lambda: convolution(path), 1000)
    rng = np.random.default_rng(3)
    cuts = np.cumsum(rng.integers(1, 1000, 100))
    pieces = [run(plugin, piece, 1000) for piece in np.split(sound, cuts[cuts < SAMPLES], axis=1)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-7)


def test_after_the_response_there_is_silence(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", decay(5000))
    plugin = prepared(lambda: convolution(path), 512)
    run(plugin, noise(SAMPLES), 512)
    # As long as the response, a block that is being filled and one that is being computed.
    assert run(plugin, np.zeros((2, 5000 + 4 * 1024), np.float32), 512).any()
    assert not run(plugin, np.zeros((2, 2048), np.float32), 512).any()


def test_what_is_infinite_leaves_when_the_response_is_over(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", decay(5000))
    plugin = prepared(lambda: convolution(path), 512)
    run(plugin, np.full((2, 100), np.inf, np.float32), 512)
    run(plugin, np.zeros((2, 5000 + 4 * 1024), np.float32), 512)
    assert np.isfinite(run(plugin, noise(SAMPLES), 512)).all()


def test_a_change_of_gain_glides() -> None:
    plugin = prepared(Convolution, 64)
    tone = sine(440.0)
    run(plugin, tone[:, :4800], 64)
    plugin.set("gain_db", -20.0)
    out = run(plugin, tone[:, 4800:], 64)
    assert largest_step(out) < 1.01 * largest_step(tone)
    np.testing.assert_allclose(out[:, 40_000:], 0.1 * tone[:, 44_800:], atol=1e-6)


def test_the_file_is_its_state(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", decay(100))
    assert convolution(path).save() == {"file": str(path)}
    assert Convolution().save() == {}


def test_what_is_no_response_is_refused(tmp_path: Path) -> None:
    assert_refused(ClipError, "does not exist", lambda: prepared(lambda: convolution(tmp_path / "none.wav"), 64))
    silent = write(tmp_path / "silent.wav", np.zeros((2, 100)))
    assert_refused(ClipError, "silent", lambda: prepared(lambda: convolution(silent), 64))
    assert_refused(SettingsError, "not a path", lambda: Convolution().load({"file": 3}))
