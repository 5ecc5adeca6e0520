"""One's own data set: no sample is lost between clips, pictures lie where they were taken, and files are whole."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from realtime.clip import Clip
from realtime.errors import RecordingError
from realtime.ring import Ring
from realtime.take_folder import TakeFolder
from realtime.takes import MAX_WAITING, Takes
from tests.clips import level_image
from tests.realtime.recording import (
    INTERVAL,
    RATE,
    Wait,
    feed,
    files,
    level_of,
    noise,
    pictures,
    read_split,
    record,
    sounds,
)

# Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
TOLERANCE = 1.01 * 2**-23


def test_no_sample_is_lost_between_clips_and_both_files_last_as_long(tmp_path: Path, wait_for: Wait) -> None:
    sound = noise(round(7.2 * RATE))
    takes = record(tmp_path, sound, wait_for)
    assert (takes.clips, takes.notices) == (4, ())
    parts = sounds(tmp_path)
    assert [part.shape for part in parts] == [(2, 2 * RATE)] * 3 + [(2, round(1.2 * RATE))]
    assert np.allclose(np.concatenate(parts, axis=1), sound, atol=TOLERANCE)
    for number, part in enumerate(parts, 1):
        times, _, duration_s = pictures(tmp_path / "videos" / f"{number:06d}.mp4")
        assert times[0] == 0
        assert abs(duration_s - part.shape[1] / RATE) <= INTERVAL / RATE


@pytest.mark.parametrize("lag_ms", [0.0, 120.0, -80.0])
def test_pictures_lie_where_they_were_taken(tmp_path: Path, wait_for: Wait, lag_ms: float) -> None:
    """Image k was shown at sample k * INTERVAL, so what it shows happened the lag before that."""
    record(tmp_path, noise(5 * RATE), wait_for, lag_ms=lag_ms)
    seen = 0
    # Recording begins with what the first image shows, where that is after the first sample.
    first_s = max(0.0, -lag_ms / 1000)
    for number, start_s in ((1, first_s), (2, first_s + 2.0)):
        times, levels, _ = pictures(tmp_path / "videos" / f"{number:06d}.mp4")
        for time_s, level in zip(times[1:], levels[1:], strict=True):
            index = round((start_s + time_s + lag_ms / 1000) * RATE / INTERVAL)
            assert (start_s + time_s) * RATE == pytest.approx(index * INTERVAL - lag_ms / 1000 * RATE, abs=1)
            assert level == pytest.approx(level_of(index), abs=2.4)
            seen += 1
    assert seen > 70


def test_recording_begins_with_the_first_image(tmp_path: Path, wait_for: Wait) -> None:
    sound, first = noise(3 * RATE), RATE // 2
    record(tmp_path, sound, wait_for, first_image=first)
    (clip,) = sounds(tmp_path)
    assert np.allclose(clip, sound[:, first : first + 2 * RATE], atol=TOLERANCE)


def test_a_clip_is_read_as_training_reads_it(tmp_path: Path, wait_for: Wait) -> None:
    record(tmp_path, noise(3 * RATE, amplitude=0.5), wait_for)
    clip = Clip.from_parts(tmp_path / "binaural_audios" / "000001.wav", tmp_path / "videos" / "000001.mp4")
    assert (clip.channels, clip.sample_rate, clip.duration_s) == (2, RATE, 2.0)
    assert (clip.width, clip.height) == (64, 48)
    assert len(list(clip.images())) == 2 * RATE // INTERVAL


def test_numbers_go_on_and_a_short_rest_is_dropped(tmp_path: Path, wait_for: Wait) -> None:
    (tmp_path / "binaural_audios").mkdir()
    (tmp_path / "binaural_audios" / "000041.wav").write_text("precious")
    (tmp_path / "binaural_audios" / ".000042.part.wav").write_text("interrupted")
    record(tmp_path, noise(round(2.9 * RATE)), wait_for)
    assert files(tmp_path) == [
        "binaural_audios/000041.wav",
        "binaural_audios/000042.wav",
        "recording.json",
        "splits/split1/test.txt",
        "splits/split1/train.txt",
        "splits/split1/val.txt",
        "videos/000042.mp4",
    ]
    assert (tmp_path / "binaural_audios" / "000041.wav").read_text() == "precious"
    assert (tmp_path / "splits" / "split1" / "train.txt").read_text() == "000042.wav\n"


def test_less_than_the_shortest_is_said_and_leaves_nothing(tmp_path: Path, wait_for: Wait) -> None:
    takes = record(tmp_path, noise(RATE // 2), wait_for)
    assert takes.clips == 0
    assert "no clip was recorded" in takes.notices[0]
    assert files(tmp_path) == ["recording.json"]


def test_a_camera_that_stood_still_costs_its_clip_only(tmp_path: Path, wait_for: Wait) -> None:
    takes = Takes(Ring(2, 4 * RATE), TakeFolder(tmp_path), RATE, clip_length_s=2.0)
    takes.start()
    sound = noise(6 * RATE)
    feed(takes, sound[:, : 2 * RATE + 800], wait_for)
    for start in range(2 * RATE + 800, 4 * RATE, 100):
        takes._ring.write(sound[:, start : start + 100])
    feed(takes, sound[:, 4 * RATE :], wait_for)
    takes.stop()
    assert takes.clips == 2
    assert "gave no image" in takes.notices[0]
    first, third = sounds(tmp_path)
    assert np.allclose(first, sound[:, : 2 * RATE], atol=TOLERANCE)
    assert np.allclose(third, sound[:, 4 * RATE :], atol=TOLERANCE)


def test_sound_that_was_lost_costs_its_clip_only(tmp_path: Path, wait_for: Wait) -> None:
    takes = Takes(Ring(2, 2 * RATE), TakeFolder(tmp_path), RATE, clip_length_s=1.0)
    takes.start()
    feed(takes, noise(round(1.5 * RATE)), wait_for)
    assert wait_for(lambda: takes._position == takes._ring.written)
    # The thread is held while the ring is lapped.
    with takes._arriving:
        takes._ring.write(noise(2 * RATE))
        takes._ring.write(noise(RATE))
    assert wait_for(lambda: takes._position == takes._ring.written)
    again = noise(round(1.2 * RATE), seed=5)
    feed(takes, again, wait_for)
    takes.stop()
    assert "lost sound" in takes.notices[0]
    assert takes.clips == 2
    assert np.allclose(sounds(tmp_path)[1], again[:, :RATE], atol=TOLERANCE)


def test_a_second_recorder_is_refused_at_its_start(tmp_path: Path) -> None:
    first, second = (Takes(Ring(2, 4 * RATE), TakeFolder(tmp_path), RATE, picture_lag_ms=lag) for lag in (None, 40.0))
    first.start()
    with pytest.raises(RecordingError, match="another program is recording"):
        second.start()
    assert not second.recording
    first.stop()
    assert TakeFolder(tmp_path).picture_lag_ms == 0.0
    second.start()
    second.stop()
    assert TakeFolder(tmp_path).picture_lag_ms == 40.0
    assert files(tmp_path) == ["recording.json"]


def test_images_that_come_too_fast_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    takes = Takes(Ring(2, 4 * RATE), TakeFolder(tmp_path), RATE)
    takes.show(level_image(0))
    assert not takes._arrived, "nothing is kept before the start"
    takes.start()
    deadline = time.monotonic() + 20
    while not takes.notices and time.monotonic() < deadline:
        takes.show(level_image(0))
    takes.stop()
    assert "too slow for the video" in takes.notices[0]
    takes.show(level_image(0))
    assert len(takes._arrived) <= MAX_WAITING


def test_too_loud_is_said(tmp_path: Path, wait_for: Wait) -> None:
    takes = record(tmp_path, noise(3 * RATE, amplitude=1.5), wait_for)
    assert "gain" in takes.notices[0]


def test_a_full_disk_is_one_line_and_the_clips_before_are_whole(tiny_disk: Path, wait_for: Wait) -> None:
    takes = Takes(Ring(2, 4 * RATE), TakeFolder(tiny_disk), RATE, clip_length_s=2.0)
    takes.start()
    sound = noise(60 * RATE)
    for start in range(0, sound.shape[1], INTERVAL):
        assert wait_for(lambda: takes._ring.written - takes._position < RATE or not takes.recording)
        if not takes.recording:
            break
        takes.show(level_image(start // INTERVAL % 200))
        takes._ring.write(sound[:, start : start + INTERVAL])
    assert not takes.recording
    takes.stop()
    assert "No space left" in takes.notices[0]
    assert len(takes.notices) == 1
    whole = np.concatenate(sounds(tiny_disk), axis=1)
    assert whole.shape[1] == takes.clips * 2 * RATE > 4 * RATE
    assert np.allclose(whole, sound[:, : whole.shape[1]], atol=TOLERANCE)
    assert len(list((tiny_disk / "videos").iterdir())) == takes.clips
    listed = [line for part in ("train", "val", "test") for line in read_split(tiny_disk, part)]
    assert len(listed) == takes.clips
