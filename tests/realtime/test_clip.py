"""Clips are read whole, in step, and damage is told in one line instead of a traceback."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
import soundfile
import soxr

from realtime.clip import Clip, ClipImages
from realtime.errors import ClipError
from realtime.pictures import save_png
from tests.clips import IMAGES_PER_S, RATE, impulse, level_image, make_clip, tone

RISING = [level_image(20 + 2 * index) for index in range(100)]


def test_facts_of_a_clip(tmp_path) -> None:
    clip = Clip.open(make_clip(tmp_path / "a.mp4", tone(4.0), RISING))
    assert (clip.sample_rate, clip.channels, clip.width, clip.height) == (RATE, 2, 64, 48)
    assert clip.has_picture
    assert clip.image_rate == IMAGES_PER_S
    # An AAC frame is 64 ms at 16 kHz.
    assert clip.duration_s == pytest.approx(4.0, abs=0.065)
    assert clip.audio().shape[1] == pytest.approx(4.0 * RATE, abs=1024)
    assert clip.warning == ""


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "ts"])
@pytest.mark.parametrize(("sound_s", "images_s"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.4), (1.5, 1.2)])
def test_sound_and_picture_share_time_zero(tmp_path, suffix: str, sound_s: float, images_s: float) -> None:
    burst_s, flash = 1.0, 50
    images = [level_image(220 if index >= flash else 40) for index in range(100)]
    sound = impulse(4.0, burst_s)
    clip = Clip.open(make_clip(tmp_path / f"a.{suffix}", sound, images, sound_start_s=sound_s, images_start_s=images_s))
    heard_s = np.argmax(np.abs(clip.audio()[0])) / RATE
    seen_s = next(time_s for time_s, image in clip.images() if image.mean() > 130)
    # Matroska rounds time stamps to milliseconds.
    assert seen_s - heard_s == pytest.approx(flash / IMAGES_PER_S + images_s - burst_s - sound_s, abs=0.0015)


def test_pcm_is_exact_at_its_own_rate(tmp_path) -> None:
    sound = tone(1.0)
    soundfile.write(tmp_path / "a.wav", sound.T, RATE, subtype="FLOAT")
    clip = Clip.open(tmp_path / "a.wav")
    assert not clip.has_picture
    assert clip.width == clip.height == 0
    assert np.array_equal(clip.audio(), sound)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "DOUBLE"])
def test_every_sample_format_has_the_same_full_scale(tmp_path, subtype: str) -> None:
    sound = tone(0.5)
    soundfile.write(tmp_path / "a.wav", sound.T, RATE, subtype=subtype)
    # One step of 8 bits is 1 / 128, of the others at most 1 / 32768.
    tolerance = 1 / 128 if subtype == "PCM_U8" else 1 / 32768
    assert np.allclose(Clip.open(tmp_path / "a.wav").audio(), sound, atol=tolerance)


@pytest.mark.parametrize("block", [1, 64, 65, 480, 8193, 10**6])
@pytest.mark.parametrize("sample_rate", [None, 48_000])
def test_blocks_are_the_whole_in_pieces(tmp_path, block: int, sample_rate: int | None) -> None:
    soundfile.write(tmp_path / "a.flac", tone(0.6).T, RATE)
    clip = Clip.open(tmp_path / "a.flac")
    blocks = list(clip.audio_blocks(block, sample_rate))
    assert {piece.shape[1] for piece in blocks[:-1]} <= {block}
    assert all(piece.flags.c_contiguous for piece in blocks)
    assert np.array_equal(np.concatenate(blocks, axis=1), clip.audio(sample_rate))


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 8_000])
def test_resampling_is_soxr_hq(tmp_path, sample_rate: int) -> None:
    sound = tone(1.0)
    soundfile.write(tmp_path / "a.wav", sound.T, RATE, subtype="FLOAT")
    expected = soxr.resample(sound.T, RATE, sample_rate, "HQ").T
    # Rounding of float32 in another order.
    assert np.allclose(Clip.open(tmp_path / "a.wav").audio(sample_rate), expected, atol=1e-6)


def test_what_is_not_finite_becomes_silence_and_is_counted(tmp_path) -> None:
    sound = tone(0.5)
    sound[0, 10] = np.nan
    sound[1, 20] = np.inf
    soundfile.write(tmp_path / "a.wav", sound.T, RATE, subtype="FLOAT")
    clip = Clip.open(tmp_path / "a.wav")
    assert np.all(np.isfinite(clip.audio(48_000)))
    assert clip.bad_samples == 2
    clip.audio()
    assert clip.bad_samples == 2


def test_the_newest_image_at_a_time(tmp_path) -> None:
    clip = Clip.open(make_clip(tmp_path / "a.mp4", tone(4.0), RISING))
    truth = dict(clip.images())
    times = sorted(truth)
    with ClipImages(clip) as images:
        for asked_s in (0.0, 0.019, 0.04, 0.05, 1.0, 1.0, 3.999, 100.0):
            newest = max(time_s for time_s in times if time_s <= asked_s)
            assert np.array_equal(images.at(asked_s), truth[newest]), asked_s
        held = images.at(0.0)
        assert np.array_equal(held, truth[times[-1]])
    assert len(truth) == len(RISING)


def test_images_by_rate_and_by_times(tmp_path) -> None:
    clip = Clip.open(make_clip(tmp_path / "a.mp4", tone(4.0), RISING[:50]))
    by_rate = list(clip.images(fps=10))
    assert [round(time_s, 3) for time_s, _ in by_rate[:3]] == [0.0, 0.1, 0.2]
    # The picture ends after 2 s; the sound, and so the images, go on.
    assert len(by_rate) == pytest.approx(40, abs=1)
    assert np.array_equal(by_rate[-1][1], by_rate[25][1])
    by_times = list(clip.images([0.1, 0.2], max_width=32))
    assert [image.shape for _, image in by_times] == [(24, 32, 3)] * 2


def test_black_at_the_start_is_replaced(tmp_path) -> None:
    images = [level_image(0)] * 10 + [level_image(200)] * 5 + [level_image(0)] * 10
    clip = Clip.open(make_clip(tmp_path / "a.mp4", tone(1.0), images))
    with ClipImages(clip) as held:
        assert held.at(0.0).mean() > 150
        assert held.at(0.5).mean() > 150
        assert held.at(0.9).mean() < 10


def test_a_clip_that_stays_black_is_black(tmp_path) -> None:
    clip = Clip.open(make_clip(tmp_path / "a.mp4", tone(1.0), [level_image(0)] * 25))
    with ClipImages(clip) as held:
        assert held.at(0.0).mean() < 10
        assert held.at(0.9).mean() < 10


@pytest.mark.parametrize("rotation", [0, 90, -90, 180])
def test_the_picture_is_turned_upright(tmp_path, rotation: int) -> None:
    marked = level_image(40)
    marked[:24, :32] = 220
    path = make_clip(tmp_path / "a.mp4", tone(0.5), [marked] * 5, rotation=rotation)
    clip = Clip.open(path)
    image = next(clip.images())[1]
    assert image.shape == (clip.height, clip.width, 3)
    assert (clip.width, clip.height) == ((48, 64) if rotation % 180 else (64, 48))
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg, which turns pictures too, is not installed")
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"],
        capture_output=True,
        check=True,
    ).stdout
    theirs = np.frombuffer(raw, np.uint8).reshape(image.shape)
    # Colour conversion may round differently.
    assert np.abs(image.astype(int) - theirs).mean() < 3


def test_sound_with_a_folder_of_pictures(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0).T, RATE)
    folder = tmp_path / "images"
    folder.mkdir()
    for number in (1, 2, 10):
        save_png(folder / f"{number}.png", level_image(20 * number))
    (folder / "3.png").write_bytes(b"damaged")
    (folder / "notes.txt").write_text("not a picture")
    clip = Clip.from_parts(tmp_path / "a.wav", folder)
    assert (clip.width, clip.height, clip.image_rate) == (64, 48, 10.0)
    seen = [(round(time_s, 3), int(image.mean())) for time_s, image in clip.images()]
    assert seen == [(0.0, 20), (0.1, 40), (0.3, 200)]
    assert "3.png" in clip.warning


def test_sound_with_a_video(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0).T, RATE)
    video = make_clip(tmp_path / "a.mp4", None, RISING[:20], images_start_s=0.4)
    clip = Clip.from_parts(tmp_path / "a.wav", video)
    # A pair has no common clock: both start at zero.
    assert next(clip.images())[0] == 0.0
    assert clip.audio().shape == (2, RATE)


def test_a_file_cut_in_the_middle_gives_what_is_there(tmp_path) -> None:
    whole = make_clip(tmp_path / "a.mp4", tone(4.0), RISING, options={"movflags": "faststart"})
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    clip = Clip.open(cut)
    assert 0.5 * RATE < clip.audio().shape[1] < 3.9 * RATE
    assert 5 < len(list(clip.images())) < len(RISING)
    assert "cut.mp4" in clip.warning
    assert "\n" not in clip.warning


def test_damage_in_the_middle_is_told(tmp_path) -> None:
    data = bytearray(make_clip(tmp_path / "a.mkv", tone(4.0), RISING).read_bytes())
    noise = np.random.default_rng(0).integers(0, 256, len(data) // 10, dtype=np.uint8).tobytes()
    data[len(data) // 2 : len(data) // 2 + len(noise)] = noise
    (tmp_path / "b.mkv").write_bytes(data)
    clip = Clip.open(tmp_path / "b.mkv")
    assert clip.audio().shape[1] > RATE
    assert len(list(clip.images())) > 20
    assert np.all(np.isfinite(clip.audio()))


def damaged(tmp_path, kind: str):
    path = tmp_path / f"{kind}.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("not a media file\n" * 100)
    elif kind == "cut":
        whole = make_clip(tmp_path / "whole.mp4", tone(1.0), RISING[:25])
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    elif kind == "silent":
        make_clip(path, None, RISING[:5])
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "does not exist"),
        ("folder", "is not a file"),
        ("empty", "is not a media file"),
        ("text", "is not a media file"),
        ("cut", "is cut off"),
        ("silent", "has no sound"),
    ],
)
def test_what_is_no_clip_is_told_in_one_line(tmp_path, kind: str, message: str) -> None:
    with pytest.raises(ClipError, match=message) as caught:
        Clip.open(damaged(tmp_path, kind))
    assert "\n" not in str(caught.value)


def test_a_title_in_another_encoding_is_no_trouble(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(0.1).T, RATE)
    title = b"LIST" + (16).to_bytes(4, "little") + b"INFOINAM" + (4).to_bytes(4, "little") + b"\xe9\xff\xfe\0"
    data = bytearray((tmp_path / "a.wav").read_bytes() + title)
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    assert Clip.open(tmp_path / "a.wav").audio().shape == (2, RATE // 10)


def test_sound_without_samples_is_told(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 2)), RATE)
    with pytest.raises(ClipError, match="no sample"):
        Clip.open(tmp_path / "a.wav")


def test_pairs_that_do_not_fit_are_told(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(0.1).T, RATE)
    with pytest.raises(ClipError, match="does not exist"):
        Clip.from_parts(tmp_path / "a.wav", tmp_path / "missing")
    with pytest.raises(ClipError, match="has no picture"):
        Clip.from_parts(tmp_path / "a.wav", tmp_path / "a.wav")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ClipError, match="holds no pictures"):
        Clip.from_parts(tmp_path / "a.wav", tmp_path / "empty")


def test_sound_alone_has_no_images(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(0.1).T, RATE)
    clip = Clip.open(tmp_path / "a.wav")
    assert list(clip.images()) == []
    with pytest.raises(ClipError, match="no picture"):
        ClipImages(clip)
