"""A clap tells by how much the picture comes after the sound, and that is kept and applied."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.clap import Look, find_onset, picture_lag
from realtime.ring import Ring
from realtime.take_folder import TakeFolder
from realtime.takes import Takes
from tests.clips import level_image
from tests.realtime.recording import INTERVAL, RATE, Wait, files, noise


def clap_sound(at: int, n: int, sample_rate: int, background: float = 0.01) -> NDArray[np.float32]:
    """A burst that decays within some milliseconds, in noise."""
    sound = noise(n, amplitude=background)
    burst = noise(sample_rate // 20, seed=1) * np.exp(-np.arange(sample_rate // 20) / (0.005 * sample_rate))
    sound[:, at : at + burst.shape[1]] += 0.5 * burst.astype(np.float32)
    return sound


def clap_looks(at: float, n: int, interval: float, phase: float = 0.0) -> list[Look]:
    """Hands that come nearer faster and faster, meet at `at` and rest, before a noisy camera."""
    rng = np.random.default_rng(2)
    looks: list[Look] = []
    for position in np.arange(phase, n, interval):
        image = np.full((90, 160, 3), 60, np.float32)
        distance = 40 * min(1.0, max(0.0, (at - position) / (4 * interval))) ** 0.5
        for centre in (75 - distance, 85 + distance):
            image[30:60, max(0, round(centre) - 8) : round(centre) + 8] = 220
        noisy = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
        looks.append(Look.at(round(position), noisy))
    return looks


@pytest.mark.parametrize("images_per_s", [10, 30])
@pytest.mark.parametrize("lag_ms", [-200.0, 0.0, 40.0, 83.0, 400.0])
def test_the_lag_of_a_flash_is_found_to_half_an_image_interval(lag_ms: float, images_per_s: int) -> None:
    rate = 48_000
    clap, interval = 2 * rate, rate / images_per_s
    changed = clap + lag_ms / 1000 * rate
    for phase in (0.0, 0.3 * interval, 0.7 * interval):
        positions = np.arange(phase, 5 * rate, interval)
        looks = [Look.at(1000 + round(p), level_image(200 if p >= changed else 40)) for p in positions]
        lag = picture_lag(clap_sound(clap, 5 * rate, rate), 1000, looks, rate)
        assert isinstance(lag, float)
        # A millisecond for the sound's onset.
        assert lag == pytest.approx(changed - clap, abs=interval / 2 + rate / 1000)


@pytest.mark.parametrize("lag_ms", [-100.0, 0.0, 60.0])
@pytest.mark.parametrize("phase", [0.0, 0.5])
def test_the_lag_of_clapping_hands_is_found_to_an_image_interval(lag_ms: float, phase: float) -> None:
    rate, interval = 48_000, 1600
    looks = clap_looks(2 * rate + lag_ms * 48, 5 * rate, interval, phase * interval)
    lag = picture_lag(clap_sound(2 * rate, 5 * rate, rate), 0, looks, rate)
    assert lag == pytest.approx(lag_ms * 48, abs=interval)


def test_no_clap_says_what_is_missing() -> None:
    rate = 48_000
    still = [Look.at(p, level_image(90)) for p in range(0, 5 * rate, 1600)]
    flash = [Look.at(p, level_image(200 if p > 2 * rate else 40)) for p in range(0, 5 * rate, 1600)]
    clap = clap_sound(2 * rate, 5 * rate, rate)
    assert picture_lag(noise(5 * rate, amplitude=0.3), 0, flash, rate) == "no sound stands out"
    assert picture_lag(np.zeros((2, 5 * rate), np.float32), 0, flash, rate) == "no sound stands out"
    assert picture_lag(np.zeros((2, 10), np.float32), 0, flash, rate) == "no sound stands out"
    assert "no movement" in str(picture_lag(clap, 0, still, rate))
    assert "no movement" in str(picture_lag(clap, 0, [], rate))
    late = clap_sound(4 * rate, 5 * rate, rate)
    assert "no movement" in str(picture_lag(late, 0, flash, rate))


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_the_onset_is_the_loudest_sudden_sound(rate: int) -> None:
    sound = clap_sound(3 * rate, 5 * rate, rate)
    sound[:, rate : rate + 200] += 0.1
    # A long sound that is louder but swells.
    sound += np.linspace(0, 0.2, 5 * rate, dtype=np.float32) * np.sin(np.arange(5 * rate, dtype=np.float32) / 40)
    onset = find_onset(sound, rate)
    assert onset is not None
    assert abs(onset - 3 * rate) <= rate / 500


def clap_in_takes(folder: Path, wait_for: Wait, *, flash: bool) -> Takes:
    """A clap at 2 s, its flash at 2.3 s, then 3 s of recording."""
    takes = Takes(Ring(2, 8 * RATE), TakeFolder(folder), RATE, clip_length_s=2.0, clap=True)
    takes.start()
    sound = np.concatenate([clap_sound(2 * RATE, 6 * RATE, RATE), noise(3 * RATE, amplitude=0.5)], axis=1)
    for start in range(0, sound.shape[1], 100):
        assert wait_for(lambda: len(takes._arrived) < 16 and takes._ring.written - takes._position < 7 * RATE)
        if start % INTERVAL == 0:
            takes.show(level_image(200 if flash and start > 2.3 * RATE else 60))
        takes._ring.write(sound[:, start : start + 100])
        if start == 6 * RATE - 100:
            assert wait_for(lambda: takes._position == 6 * RATE)
    takes.stop()
    return takes


def test_a_clap_is_measured_kept_and_applied(tmp_path: Path, wait_for: Wait) -> None:
    takes = clap_in_takes(tmp_path, wait_for, flash=True)
    lag_ms = json.loads((tmp_path / "recording.json").read_text())["picture_lag_ms"]
    assert lag_ms == pytest.approx(300, abs=1000 * INTERVAL / RATE)
    assert f"{lag_ms:g} ms after the sound" in takes.notices[1]
    assert takes._lag == round(lag_ms / 1000 * RATE)
    assert takes.clips == 1
    assert TakeFolder(tmp_path).picture_lag_ms == lag_ms


def test_without_a_clap_the_earlier_lag_stays(tmp_path: Path, wait_for: Wait) -> None:
    TakeFolder(tmp_path).picture_lag_ms = 70.0
    takes = clap_in_takes(tmp_path, wait_for, flash=False)
    assert "no movement" in takes.notices[1]
    assert "stays at 70 ms" in takes.notices[1]
    assert takes._lag == 0.07 * RATE
    assert takes.clips == 1


def test_stopping_before_the_clap_records_nothing(tmp_path: Path) -> None:
    takes = Takes(Ring(2, 8 * RATE), TakeFolder(tmp_path), RATE, clap=True)
    takes.start()
    takes.show(level_image(60))
    takes._ring.write(noise(3 * RATE))
    takes.stop()
    assert takes.clips == 0
    assert files(tmp_path) == []
