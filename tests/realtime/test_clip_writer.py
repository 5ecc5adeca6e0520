"""A file appears whole or not at all, says what it limited, and carries the clip's picture bit by bit."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from realtime.clip import Clip
from realtime.clip_writer import check_target, write_muxed, write_sound
from realtime.errors import RecordingError
from realtime.pictures import save_png
from realtime.sound_writer import WAV_HEADER_BYTES, wav_header
from tests.clips import RATE, impulse, level_image, make_clip, tone

IMAGES = [level_image(20 + 2 * index) for index in range(75)]


def picture_hash(path: Path) -> str:
    """Of the payload of every picture packet, in order."""
    total = hashlib.sha256()
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.video[0]):
            total.update(bytes(packet))
    return total.hexdigest()


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("seconds", [0.0, 0.001, 3.0])
def test_sound_comes_back(tmp_path, suffix: str, seconds: float) -> None:
    sound = tone(seconds, sample_rate=48_000)
    path = tmp_path / f"a{suffix}"
    assert write_sound(path, sound, 48_000) == 0
    facts = soundfile.info(path)
    assert (facts.samplerate, facts.channels, facts.subtype) == (48_000, 2, "PCM_24")
    read, _ = soundfile.read(path, dtype="float64", always_2d=True)
    if not sound.size and suffix == ".flac":
        # libsndfile cannot make a FLAC without samples.
        assert np.array_equal(read, np.zeros((1, 2)))
        return
    # Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
    assert read.shape == sound.T.shape
    assert np.allclose(read, sound.T, atol=1.01 * 2**-23)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_wav_and_flac_are_the_same_to_the_bit(tmp_path) -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, (2, 20_000)).astype(np.float32)
    for name in ("a.wav", "a.flac"):
        write_sound(tmp_path / name, iter(np.array_split(sound, 7, axis=1)), 44_100)
    first, second = (soundfile.read(tmp_path / name, dtype="int32")[0] for name in ("a.wav", "a.flac"))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mkv", "a.mp4"])
def test_what_is_beyond_full_scale_is_limited_and_counted(tmp_path, name: str) -> None:
    sound = tone(1.0)
    sound[0, 5_000:5_010] = 3.0
    sound[1, 100] = -7.0
    sound[1, 200] = np.nan
    path = tmp_path / name
    if path.suffix in (".wav", ".flac"):
        limited = write_sound(path, sound, RATE)
    else:
        limited = write_muxed(path, Clip.open(make_clip(tmp_path / "clip.mp4", tone(1.0), IMAGES)), sound, RATE)
    assert limited == 12
    read = Clip.open(path).audio()
    assert np.all(np.isfinite(read))
    if path.suffix != ".mp4":
        # 24-bit full scale is one step below 1.
        assert np.allclose(read[0, 5_000:5_010], 1.0, atol=2**-22)
        assert np.max(np.abs(read)) <= 1.0


def test_a_wav_beyond_4_gb_becomes_rf64(tmp_path) -> None:
    frames = 800_000_000
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(wav_header(48_000, 2, frames * 6))
        # Sparse: it takes no room.
        file.truncate(WAV_HEADER_BYTES + frames * 6)
    facts = soundfile.info(path)
    assert (facts.format, facts.frames, facts.samplerate) == ("RF64", frames, 48_000)


@pytest.mark.parametrize("source", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("target", [".mp4", ".mkv"])
def test_the_picture_is_copied_untouched(tmp_path, source: str, target: str) -> None:
    clip = Clip.open(make_clip(tmp_path / f"clip{source}", tone(3.0), IMAGES))
    path = tmp_path / f"out{target}"
    write_muxed(path, clip, tone(3.0, sample_rate=48_000), 48_000)
    # The start code or length in front of each slice may differ between kinds of container, not between these.
    assert picture_hash(path) == picture_hash(clip.path)
    written = Clip.open(path)
    assert (written.sample_rate, written.channels) == (48_000, 2)
    ours, theirs = list(written.images()), list(clip.images())
    # Matroska rounds time stamps to milliseconds.
    assert np.allclose([time_s for time_s, _ in ours], [time_s for time_s, _ in theirs], atol=0.0011)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("target", [".mp4", ".mkv"])
def test_ffprobe_agrees(tmp_path, target: str) -> None:
    if shutil.which("ffprobe") is None or shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg and ffprobe are not installed")
    clip = Clip.open(make_clip(tmp_path / "clip.mp4", tone(3.0), IMAGES))
    path = tmp_path / f"out{target}"
    write_muxed(path, clip, tone(3.0, sample_rate=48_000), 48_000)

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout

    first, second = (
        run("ffmpeg", "-v", "error", "-i", file, "-map", "0:v", "-c", "copy", "-f", "md5", "-")
        for file in (clip.path, path)
    )
    assert first == second
    streams = json.loads(run("ffprobe", "-v", "error", "-show_streams", "-of", "json", path))["streams"]
    codecs = {stream["codec_type"]: stream for stream in streams}
    assert codecs["video"]["codec_name"] == "h264"
    assert codecs["audio"]["codec_name"] == {".mp4": "aac", ".mkv": "flac"}[target]
    if target == ".mkv":
        assert codecs["audio"]["bits_per_raw_sample"] == "24"
    else:
        assert int(codecs["audio"]["bit_rate"]) <= 256_000 * 1.05


@pytest.mark.parametrize("target", [".mp4", ".mkv"])
@pytest.mark.parametrize(("sound_s", "images_s"), [(0.0, 0.0), (0.5, 0.0), (1.5, 1.2)])
def test_sound_stays_in_step_with_the_picture(tmp_path, target: str, sound_s: float, images_s: float) -> None:
    images = [level_image(220 if index >= 40 else 40) for index in range(75)]
    source = make_clip(tmp_path / "clip.mp4", impulse(3.0, 1.0), images, sound_start_s=sound_s, images_start_s=images_s)

    def gap_s(clip: Clip) -> float:
        heard_s = np.argmax(np.abs(clip.audio()[0])) / clip.sample_rate
        return next(time_s for time_s, image in clip.images() if image.mean() > 130) - float(heard_s)

    clip = Clip.open(source)
    mono = clip.audio(48_000)
    write_muxed(tmp_path / f"out{target}", clip, np.concatenate([mono, mono]), 48_000)
    # Matroska rounds time stamps to milliseconds.
    assert gap_s(Clip.open(tmp_path / f"out{target}")) == pytest.approx(gap_s(clip), abs=0.0015)


def test_mkv_sound_is_lossless(tmp_path) -> None:
    clip = Clip.open(make_clip(tmp_path / "clip.mp4", tone(3.0), IMAGES))
    sound = np.random.default_rng(0).uniform(-1, 1, (2, 30_000)).astype(np.float32)
    write_muxed(tmp_path / "out.mkv", clip, sound, RATE)
    assert np.allclose(Clip.open(tmp_path / "out.mkv").audio(), sound, atol=1.01 * 2**-23)


def test_rotation_is_kept(tmp_path) -> None:
    clip = Clip.open(make_clip(tmp_path / "clip.mp4", tone(1.0), IMAGES[:25], rotation=90))
    write_muxed(tmp_path / "out.mp4", clip, tone(1.0), RATE)
    written = Clip.open(tmp_path / "out.mp4")
    assert (written.width, written.height) == (clip.width, clip.height) == (48, 64)


def test_a_folder_of_pictures_becomes_a_video(tmp_path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(10):
        save_png(folder / f"{number:03}.png", level_image(20 * number + 20, width=65, height=47))
    write_sound(tmp_path / "a.wav", tone(1.0), RATE)
    clip = Clip.from_parts(tmp_path / "a.wav", folder)
    write_muxed(tmp_path / "out.mp4", clip, tone(1.0), RATE)
    seen = list(Clip.open(tmp_path / "out.mp4").images())
    assert [round(time_s, 2) for time_s, _ in seen] == [round(0.1 * number, 2) for number in range(10)]
    # Lossy, but plain pictures keep their level.
    assert np.allclose([image.mean() for _, image in seen], np.arange(20, 220, 20), atol=4)


def test_nothing_is_overwritten_unless_forced(tmp_path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("precious")
    with pytest.raises(RecordingError, match="--force"):
        write_sound(path, tone(0.1), RATE)
    assert path.read_text() == "precious"
    write_sound(path, tone(0.1), RATE, force=True)
    assert soundfile.info(path).frames == 1600


def test_targets_that_do_not_work_are_told(tmp_path) -> None:
    clip = Clip.open(make_clip(tmp_path / "clip.mp4", tone(0.2), IMAGES[:5]))
    write_sound(tmp_path / "a.wav", tone(0.2), RATE)
    for attempt, message in (
        (lambda: write_sound(tmp_path / "a.mp3", tone(0.1), RATE), "accepted: .wav, .flac"),
        (lambda: write_sound(tmp_path / "missing" / "a.wav", tone(0.1), RATE), "does not exist"),
        (lambda: write_muxed(tmp_path / "a.flac", clip, tone(0.1), RATE), "accepted: .mp4, .mkv"),
        (lambda: write_muxed(tmp_path / "b.mp4", Clip.open(tmp_path / "a.wav"), tone(0.1), RATE), "has no picture"),
        (lambda: write_muxed(tmp_path / "b.mp4", clip, tone(0.1), 192_000), "192000 Hz"),
        (lambda: check_target(tmp_path / "a.avi", force=True), "accepted"),
        (lambda: check_target(tmp_path, force=True), "accepted"),
    ):
        with pytest.raises(RecordingError, match=message) as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert {entry.name for entry in tmp_path.iterdir()} == {"clip.mp4", "a.wav"}


def test_nothing_is_left_when_the_sound_fails(tmp_path) -> None:
    def failing():
        yield tone(0.1)
        raise KeyboardInterrupt

    clip = Clip.open(make_clip(tmp_path / "clip.mp4", tone(0.2), IMAGES[:5]))
    for name in ("a.wav", "a.flac", "a.mp4", "a.mkv"):
        with pytest.raises(KeyboardInterrupt):
            if name.endswith((".wav", ".flac")):
                write_sound(tmp_path / name, failing(), RATE)
            else:
                write_muxed(tmp_path / name, clip, failing(), RATE)
    assert [entry.name for entry in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp4", "a.mkv"])
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, tiny_disk: Path, name: str) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, (2, 4 * 48_000)).astype(np.float32)
    images = [np.random.default_rng(index).integers(0, 256, (192, 256, 3), dtype=np.uint8) for index in range(75)]
    clip = Clip.open(make_clip(tmp_path / "clip.mp4", tone(3.0), images))
    with pytest.raises(RecordingError, match="No space left") as caught:
        if name.endswith((".wav", ".flac")):
            write_sound(tiny_disk / name, noise, 48_000)
        else:
            write_muxed(tiny_disk / name, clip, noise, 48_000)
    assert "\n" not in str(caught.value)
    assert list(tiny_disk.iterdir()) == []
