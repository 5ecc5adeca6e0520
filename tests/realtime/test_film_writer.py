"""Films that grow: every track from time zero, playable before the end, and left as they are when the disk fails."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from realtime.errors import RecordingError
from realtime.film_writer import FilmWriter
from tests.clips import impulse, level_image
from tests.realtime.films import click_s, ffprobe, read_levels, read_sound

RATE = 48_000
# Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
TOLERANCE = 1.01 * 2**-23
CODECS = {".mkv": "flac", ".mp4": "aac"}
FILMS = pytest.mark.parametrize("suffix", [".mkv", ".mp4"])


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (3, n)).astype(np.float32)


def film(path: Path, sound: np.ndarray, images_per_s: int = 20, block: int = 480) -> FilmWriter:
    """A film of which nothing is completed yet."""
    writer = FilmWriter(path, RATE)
    for start in range(0, sound.shape[1], block):
        if images_per_s and start % (RATE // images_per_s) == 0:
            writer.show(level_image(20 + 5 * (start * images_per_s // RATE) % 200), start / RATE)
        writer.write(sound[:, start : start + block])
        writer.hold()
    return writer


@FILMS
def test_tracks_are_picture_binaural_and_mono_from_time_zero(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    film(path, noise(2 * RATE)).close()
    streams = ffprobe(path)
    assert [stream["codec_name"] for stream in streams] == ["h264", CODECS[suffix], CODECS[suffix]]
    assert [stream.get("channels") for stream in streams] == [None, 2, 1]
    with av.open(str(path)) as container:
        assert container.duration == pytest.approx(2_000_000, abs=20_000)
        facts = [track.metadata for track in container.streams.audio]
    titles = [fact.get("title") or fact.get("handler_name") for fact in facts]
    assert titles == ["binaural", "microphone"]
    times, levels = read_levels(path)
    assert times == pytest.approx([index / 20 for index in range(40)], abs=0.001)
    assert levels == pytest.approx([20 + 5 * index % 200 for index in range(40)], abs=2.4)


def test_matroska_holds_every_sample_to_the_bit(tmp_path: Path) -> None:
    sound = noise(RATE + 123)
    film(tmp_path / "a.mkv", sound, block=1000).close()
    for track, wanted in enumerate((sound[1:], sound[:1])):
        read, start_s = read_sound(tmp_path / "a.mkv", track)
        assert start_s == 0
        assert read.shape == wanted.shape
        assert np.allclose(read, wanted, atol=TOLERANCE)


@FILMS
def test_a_click_comes_back_at_its_sample(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    film(path, impulse(2.0, 1.0, channels=3, sample_rate=RATE)).close()
    for track in (0, 1):
        # AAC states its delay, and the film begins with what comes after it.
        assert click_s(path, track) == pytest.approx(1.0, abs=1.5 / RATE)


@FILMS
@pytest.mark.parametrize("images_per_s", [0, 1, 20])
def test_at_every_moment_all_but_the_last_second_can_be_played(tmp_path: Path, suffix: str, images_per_s: int) -> None:
    path = tmp_path / f"a{suffix}"
    sound = impulse(3.0, 1.0, channels=3, sample_rate=RATE)
    writer = film(path, sound, images_per_s)
    for track in (0, 1):
        read, start_s = read_sound(path, track)
        assert start_s + read.shape[1] / RATE > 2.4
        assert click_s(path, track) == pytest.approx(1.0, abs=1.5 / RATE)
    if images_per_s:
        times, _ = read_levels(path)
        assert times[0] == 0
        assert times[-1] >= 2.0
    writer.close()
    writer.close()
    read, _ = read_sound(path, 0)
    assert read.shape[1] >= sound.shape[1]


@FILMS
def test_images_keep_their_own_irregular_times(tmp_path: Path, suffix: str) -> None:
    """Fragments of an MP4 begin where the durations before them add up to, so each of those has to be right."""
    path = tmp_path / f"a{suffix}"
    times = np.concatenate([[0.0], np.cumsum(np.random.default_rng(1).uniform(0.02, 0.3, 30))])
    writer = FilmWriter(path, RATE)
    for index, time_s in enumerate(times):
        writer.show(level_image(20 + 7 * index), float(time_s))
        writer.write(noise(round(float(time_s) * RATE) + 4800 - writer.written))
    during, _ = read_levels(path)
    writer.close()
    after, levels = read_levels(path)
    assert during == pytest.approx(times[: len(during)], abs=0.001)
    assert len(during) > 25
    assert after == pytest.approx(times, abs=0.001)
    assert levels == pytest.approx([20 + 7 * index for index in range(31)], abs=2.4)


@FILMS
def test_a_camera_that_is_pulled_leaves_its_last_image_to_the_end(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    writer = FilmWriter(path, RATE)
    for index in range(5):
        writer.show(level_image(40 * index), index / 20)
        writer.write(noise(RATE // 20))
    for _ in range(100):
        writer.write(noise(RATE // 20))
        writer.hold()
    during, _ = read_levels(path)
    assert during[-1] > 3.5
    writer.show(level_image(250), 5.25)
    writer.close()
    times, levels = read_levels(path)
    assert times[:5] == pytest.approx([0, 0.05, 0.1, 0.15, 0.2], abs=0.001)
    assert levels[4:-1] == pytest.approx([160] * (len(levels) - 5), abs=2.4)
    assert (times[-1], levels[-1]) == (pytest.approx(5.25, abs=0.001), pytest.approx(250, abs=2.4))


@FILMS
def test_without_an_image_before_the_sound_there_is_no_picture_track(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    writer = film(path, noise(RATE), images_per_s=0)
    assert writer.has_picture is False
    writer.show(level_image(100), 1.0)
    writer.close()
    assert [stream["codec_type"] for stream in ffprobe(path)] == ["audio", "audio"]


@FILMS
def test_the_first_picture_is_the_newest_before_the_sound_and_another_size_is_fitted(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    writer = FilmWriter(path, RATE)
    writer.show(level_image(10, 640, 480), 0.0)
    writer.show(level_image(100, 1921, 1081), 0.0)
    writer.write(noise(RATE))
    writer.show(level_image(200, 320, 240), 0.7)
    writer.close()
    with av.open(str(path)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1280, 720)
    times, levels = read_levels(path)
    assert times == pytest.approx([0.0, 0.7], abs=0.001)
    assert levels == pytest.approx([100, 200], abs=2.4)


@FILMS
def test_a_film_without_sound_is_a_file_that_opens(tmp_path: Path, suffix: str) -> None:
    FilmWriter(tmp_path / f"a{suffix}", RATE).close()
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        assert [stream.type for stream in container.streams] == ["audio", "audio"]


@FILMS
def test_a_full_disk_is_one_line_and_leaves_what_was_there(tiny_disk: Path, suffix: str) -> None:
    path = tiny_disk / f"a{suffix}"
    rng = np.random.default_rng(0)
    writer = FilmWriter(path, RATE)
    sound = noise(RATE // 10)
    with pytest.raises(RecordingError, match="No space left"):
        for tenth in range(600):
            writer.show(rng.integers(0, 255, (48, 64, 3), np.uint8), tenth / 10)
            writer.write(sound)
    with pytest.raises(RecordingError, match="No space left"):
        writer.close()
    written_s = writer.written / RATE
    # 1 MB holds 2.2 s of such noise as FLAC and 15 s as AAC.
    assert written_s > 1.8
    for track in (0, 1):
        read, _ = read_sound(path, track)
        assert read.shape[1] / RATE > written_s - 0.6
    assert len(read_levels(path)[0]) > 10 * (written_s - 0.8)


def test_a_rate_that_the_film_cannot_hold_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="192000 Hz; write"):
        FilmWriter(tmp_path / "a.mp4", 192_000)
    assert not list(tmp_path.iterdir())
