"""The panner filters the middle of the sound with a head's responses, and moves it without a click."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from realtime.contract import SAMPLE_RATE, check_plugin, noise, prepared, run
from realtime.effects.panner import Panner
from realtime.errors import DataError, SettingsError
from realtime.head import DEFAULT_PATH, Head
from tests.realtime.effects.sounds import largest_step, sine
from tests.refusals import assert_refused


@pytest.fixture(scope="module")
def head() -> Head:
    return Head(SAMPLE_RATE)


def panner(azimuth_deg: float, elevation_deg: float = 0.0, sofa: Path | None = None) -> Panner:
    plugin = Panner()
    plugin.set("azimuth_deg", azimuth_deg)
    plugin.set("elevation_deg", elevation_deg)
    plugin.load({} if sofa is None else {"sofa": str(sofa)})
    return plugin


def heard(head: Head, sound: np.ndarray, azimuth_deg: float, elevation_deg: float = 0.0) -> np.ndarray:
    mono = sound.astype(np.float64).mean(axis=0)
    ears = head.hrir(azimuth_deg, elevation_deg)
    return np.stack([np.convolve(mono, ear)[: len(mono)] for ear in ears])


def swapped_head(path: Path) -> Path:
    """A SOFA file with every 10th direction of the default one, and its ears exchanged."""
    with h5py.File(DEFAULT_PATH) as given, h5py.File(path, "w") as file:
        file["SourcePosition"] = np.asarray(given["SourcePosition"])[::10]
        file["SourcePosition"].attrs["Type"] = b"spherical"
        file["Data.IR"] = np.asarray(given["Data.IR"])[::10, ::-1]
        file["Data.SamplingRate"] = np.asarray(given["Data.SamplingRate"])
    return path


def test_it_keeps_the_contract() -> None:
    check_plugin(Panner)


@pytest.mark.parametrize(("azimuth_deg", "elevation_deg"), [(0.0, 0.0), (72.0, -20.0), (-180.0, 45.0), (180.0, 90.0)])
def test_it_is_the_heads_response_to_the_middle(head: Head, azimuth_deg: float, elevation_deg: float) -> None:
    out = run(prepared(lambda: panner(azimuth_deg, elevation_deg), 512), noise(8000), 512)
    np.testing.assert_allclose(out, heard(head, noise(8000), azimuth_deg, elevation_deg), atol=1e-6)


def test_a_sound_from_the_left_comes_to_the_left_ear_first_and_louder() -> None:
    plugin = prepared(lambda: panner(90.0), 512)
    sound = np.zeros((2, 2000), np.float32)
    sound[:, 100] = 1.0
    left, right = run(plugin, sound, 512)
    assert (left**2).sum() > 4 * (right**2).sum()
    late = np.abs(right).argmax() - np.abs(left).argmax()
    assert 0.0005 * SAMPLE_RATE < late < 0.0009 * SAMPLE_RATE
    assert abs(np.abs(left).argmax() - 100 - plugin.latency) < 0.0005 * SAMPLE_RATE


def test_a_move_arrives(head: Head) -> None:
    plugin = prepared(Panner, 64)
    sound = noise(8000)
    run(plugin, sound, 64)
    plugin.set("azimuth_deg", -40.0)
    plugin.set("elevation_deg", 30.0)
    out = run(plugin, np.tile(sound, 2), 64)[:, 8000:]
    wanted = heard(head, np.tile(sound, 2), -40.0, 30.0)[:, 8000:]
    np.testing.assert_allclose(out, wanted, atol=1e-6)


@pytest.mark.parametrize("step_deg", [1.0, 5.0, 180.0])
def test_moving_a_tone_around_the_head_does_not_jump(head: Head, step_deg: float) -> None:
    tone = sine(440.0, 3.0)
    plugin = prepared(Panner, 64)
    run(plugin, tone[:, :4800], 64)
    places = (np.arange(0.0, 720.0, step_deg) + 180.0) % 360.0 - 180.0
    pieces = []
    for number, start in enumerate(range(4800, tone.shape[1], 256)):
        plugin.set("azimuth_deg", float(places[number % len(places)]))
        pieces.append(run(plugin, tone[:, start : start + 256], 64))
    at_440_hz = np.exp(-2j * np.pi * 440 / SAMPLE_RATE * np.arange(head.taps))
    loudest = max(np.abs(head.hrir(float(place), 0.0) @ at_440_hz).max() for place in places)
    assert largest_step(np.concatenate(pieces, axis=1)) < 1.01 * loudest * largest_step(tone)


def test_another_head_is_read_from_a_sofa_file(tmp_path: Path) -> None:
    path = swapped_head(tmp_path / "swapped.sofa")
    plugin = panner(90.0, sofa=path)
    left, right = run(prepared(lambda: plugin, 512), noise(4000), 512)
    assert (right**2).sum() > 2 * (left**2).sum()
    assert plugin.save() == {"sofa": str(path)}


def test_what_is_no_head_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.sofa"
    text.write_text("not a head")
    for path, words in ((tmp_path / "none.sofa", "no SOFA file"), (text, "not a SOFA file")):
        assert_refused(DataError, words, lambda path=path: prepared(lambda: panner(0.0, sofa=path), 64))
    assert_refused(SettingsError, "not a path", lambda: Panner().load({"sofa": 3}))
