"""One's own data set: no sample is lost between clips, pictures lie where they were taken, and files are whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from realtime.clap import Look, find_onset, picture_lag
from realtime.clip import Clip
from realtime.engine import Engine
from realtime.errors import RecordingError
from realtime.picture_writer import PictureWriter
from realtime.ring import Ring
from realtime.take_folder import TakeFolder, split_names
from realtime.takes import MAX_WAITING, Takes
from tests.clips import level_image
from tests.offline import run_offline

RATE = 8_000
INTERVAL = RATE // 20
"""Samples between two images."""
# Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
TOLERANCE = 1.01 * 2**-23
Wait = Callable[..., bool]


def noise(n: int, seed: int = 0, amplitude: float = 1.0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-amplitude, amplitude, (2, n)).astype(np.float32)


def level_of(index: int) -> int:
    return 20 + 5 * (index % 40)


def feed(takes: Takes, sound: NDArray[np.float32], wait_for: Wait, *, block: int = 100, first_image: int = 0) -> None:
    """Write sound in blocks, with image k shown just before sample `first_image + k * INTERVAL`."""
    ring = takes._ring
    for start in range(0, sound.shape[1], block):
        assert wait_for(lambda: len(takes._arrived) < 16 and ring.written - takes._position < ring.capacity // 2)
        if start >= first_image and (start - first_image) % INTERVAL == 0:
            takes.show(level_image(level_of((start - first_image) // INTERVAL)))
        ring.write(sound[:, start : start + block])


def record(
    folder: Path, sound: NDArray[np.float32], wait_for: Wait, *, lag_ms: float = 0.0, first_image: int = 0
) -> Takes:
    target = TakeFolder(folder)
    target.picture_lag_ms = lag_ms
    takes = Takes(Ring(2, 4 * RATE), target, RATE, clip_length_s=2.0)
    takes.start()
    feed(takes, sound, wait_for, first_image=first_image)
    takes.stop()
    takes.stop()
    return takes


def sounds(folder: Path) -> list[NDArray[np.float64]]:
    return [
        np.asarray(soundfile.read(path)[0], np.float64).T for path in sorted((folder / "binaural_audios").iterdir())
    ]


def pictures(path: Path) -> tuple[list[float], list[float], float]:
    """Times and grey levels of the images, and how long they last together, seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration and stream.time_base
        duration_s = float(stream.duration * stream.time_base)
        frames = [(frame.time, float(frame.to_ndarray(format="rgb24").mean())) for frame in container.decode(stream)]
    times, levels = zip(*frames, strict=True)
    return list(times), list(levels), duration_s


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


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


def test_a_video_that_cannot_be_written_is_told(tiny_disk: Path) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(RecordingError, match="No space left"), PictureWriter(tiny_disk / "a.mp4", 640, 480) as writer:
        for number in range(60):
            writer.write(rng.integers(0, 255, (480, 640, 3), dtype=np.uint8), number / 10)


def test_a_wide_picture_is_shrunk_to_even_sides_and_another_size_is_fitted(tmp_path: Path) -> None:
    with PictureWriter(tmp_path / "a.mp4", 1921, 1081) as writer:
        writer.write(level_image(100, 1921, 1081), 0.0)
        writer.write(level_image(200, 640, 480), 0.5)
        writer.write(level_image(50, 640, 480), 0.5)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (1280, 720)
    times, levels, _ = pictures(tmp_path / "a.mp4")
    assert times == [0.0, 0.5]
    assert levels == pytest.approx([100, 200], abs=2.4)


def read_split(folder: Path, part: str) -> list[str]:
    return (folder / "splits" / "split1" / f"{part}.txt").read_text().splitlines()


def add_clips(folder: Path, numbers: Sequence[int]) -> None:
    for number in numbers:
        for place, suffix in (("binaural_audios", "wav"), ("videos", "mp4")):
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / f"{number:06d}.{suffix}").write_text("")


@pytest.mark.parametrize(("count", "held"), [(1, 0), (2, 0), (3, 1), (9, 1), (15, 2), (25, 2), (100, 10)])
def test_the_last_tenth_is_for_testing_and_the_tenth_before_for_validation(count: int, held: int) -> None:
    names = [f"{number:06d}" for number in range(1, count + 1)]
    parts = split_names(names)
    assert [*parts["train"], *parts["val"], *parts["test"]] == names
    assert (len(parts["val"]), len(parts["test"])) == (held, held)


def test_own_splits_grow_with_the_folder(tmp_path: Path) -> None:
    add_clips(tmp_path, range(1, 4))
    (tmp_path / "videos" / "000009.mp4").write_text("a picture alone is no clip")
    assert TakeFolder(tmp_path).write_splits() == {"train": 1, "val": 1, "test": 1}
    add_clips(tmp_path, range(10, 30))
    assert TakeFolder(tmp_path).write_splits() == {"train": 19, "val": 2, "test": 2}
    assert read_split(tmp_path, "test") == ["000028.wav", "000029.wav"]


@pytest.mark.parametrize("name", ["train.txt", "test.h5"])
def test_somebody_else_s_splits_are_kept_unless_forced(tmp_path: Path, name: str) -> None:
    add_clips(tmp_path, range(1, 4))
    split = tmp_path / "splits" / "split1"
    split.mkdir(parents=True)
    (split / name).write_text("precious")
    folder = TakeFolder(tmp_path)
    folder.picture_lag_ms = 5.0
    assert folder.write_splits() == {}
    assert [path.name for path in split.iterdir()] == [name]
    assert (split / name).read_text() == "precious"
    takes = Takes(Ring(2, 100), TakeFolder(tmp_path), RATE)
    takes.start()
    takes.stop()
    assert "--force" in takes.notices[0]
    assert TakeFolder(tmp_path, force=True).write_splits() == {"train": 1, "val": 1, "test": 1}
    assert TakeFolder(tmp_path).owns_splits


@pytest.mark.parametrize("notes", ["{", "[]", '{"picture_lag_ms": "late"}', '{"picture_lag_ms": NaN}'])
def test_damaged_notes_are_one_line(tmp_path: Path, notes: str) -> None:
    (tmp_path / "recording.json").write_text(notes)
    with pytest.raises(RecordingError, match="remove it") as caught:
        TakeFolder(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_file_in_the_folder_s_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("precious")
    with pytest.raises(RecordingError, match="choose another folder"):
        TakeFolder(tmp_path / "takes")


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


@pytest.mark.parametrize("channels", [0, 1, 2, 3])
@pytest.mark.parametrize("block_size", [1, 65, 128, 300])
def test_the_engine_hands_on_both_ears_as_they_come(channels: int, block_size: int) -> None:
    engine = Engine(48_000, 128)
    first = np.zeros((200, 2), np.float32)
    engine.process(None, first)
    tap = engine.tap_input()
    sound = np.random.default_rng(0).uniform(-1, 1, (channels, 3000)).astype(np.float32)
    if channels:
        run_offline(engine, sound, block_size)
    else:
        engine.process(None, np.zeros((3000, 2), np.float32))
    ears = tap.read(200, 3000)
    assert ears is not None
    assert np.array_equal(ears[:channels], sound[:2])
    assert not ears[channels:].any()
    assert tap.written == engine.position
    assert engine.input_channels == channels
