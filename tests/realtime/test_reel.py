"""What is read from a clip begins at the very sample that was asked for, and a loop is joined without a corner."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from realtime.clip import Clip, ClipSound
from realtime.reel import Reel
from realtime.tracks import SoundTrack
from tests.clips import level_image, make_clip

RATE = 48_000
FADE = 480
LENGTH_S = 6


def chirps(sample_rate: int, channels: int = 2) -> NDArray[np.float32]:
    """Different everywhere, and nothing that a lossy codec would replace by noise of its own."""
    time_s = np.arange(LENGTH_S * sample_rate) / sample_rate
    tones = [0.1 * np.sin(2 * np.pi * (low * time_s + 45 * time_s**2)) for low in (150.0, 700.0, 1900.0)]
    return np.tile(np.sum(tones, axis=0), (channels, 1)).astype(np.float32)


def written(path: Path, sample_rate: int) -> Path:
    sound = chirps(sample_rate)
    if path.suffix in (".wav", ".flac", ".ogg", ".mp3"):
        soundfile.write(path, sound.T, sample_rate)
        return path
    make_clip(path, sound, [level_image(99)] * 25 * LENGTH_S, sample_rate=sample_rate)
    return path


def in_flac_film(path: Path) -> Path:
    with av.open(str(path), "w") as film:
        track = SoundTrack(film, ".mkv", RATE)
        track.write(chirps(RATE))
        track.end()
    return path


@pytest.mark.parametrize("file_rate", [48_000, 44_100, 8_000])
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".mp4", ".mkv"])
def test_the_sample_at_a_place_is_the_same_wherever_the_reading_begins(
    tmp_path: Path, suffix: str, file_rate: int
) -> None:
    """AAC begins before its first sample, MP3 leans on frames before, Matroska rounds times to milliseconds."""
    clip = Clip.open(written(tmp_path / f"a{suffix}", file_rate))
    whole, sound = clip.audio(RATE), ClipSound(clip, RATE)
    for place in (0, 1, 40_000, 60_001, 100_003, 3 * RATE, 5 * RATE + 7):
        sound.seek(place)
        # The same numbers, but for the rounding of a resampler that began elsewhere.
        assert np.allclose(sound.read(3000), whole[:, place : place + 3000], atol=1e-6), place
    assert clip.warning == ""


def test_a_film_with_flac_is_exact_too(tmp_path: Path) -> None:
    clip = Clip.open(in_flac_film(tmp_path / "a.mkv"))
    sound = ClipSound(clip, RATE)
    for place in (60_001, 200_003):
        sound.seek(place)
        # 24 bits.
        assert np.allclose(sound.read(3000), chirps(RATE)[:, place : place + 3000], atol=2**-22)


def test_sound_that_begins_late_is_sought_on_the_common_axis(tmp_path: Path) -> None:
    images = [level_image(99)] * 25 * LENGTH_S
    path = make_clip(tmp_path / "a.mp4", chirps(RATE), images, sample_rate=RATE, sound_start_s=0.5)
    clip = Clip.open(path)
    whole, sound = clip.audio(), ClipSound(clip, RATE)
    for place in (100, 12_000, 100_003):
        sound.seek(place)
        assert np.array_equal(sound.read(20_000), whole[:, place : place + 20_000]), place


def test_beyond_the_end_there_is_nothing(tmp_path: Path) -> None:
    clip = Clip.open(written(tmp_path / "a.wav", RATE))
    sound = ClipSound(clip, RATE)
    sound.seek(LENGTH_S * RATE)
    assert sound.read(100).shape == (2, 0)
    sound.seek(LENGTH_S * RATE - 10)
    assert sound.read(100).shape == (2, 10)


def read(reel: Reel, samples: int) -> NDArray[np.float32]:
    blocks = []
    while sum(block.shape[1] for block in blocks) < samples and (block := reel.read()) is not None:
        blocks.append(block)
    return np.concatenate(blocks, axis=1)[:, :samples]


def test_a_clip_with_two_channels_brings_mono_left_and_right(tmp_path: Path) -> None:
    sound = chirps(RATE)
    sound[1] *= -0.5
    soundfile.write(tmp_path / "a.wav", sound.T, RATE, subtype="FLOAT")
    reel = Reel(Clip.open(tmp_path / "a.wav"), RATE, FADE, loop=False)
    got = read(reel, 10**9)
    assert np.array_equal(got[1:], sound)
    assert np.allclose(got[0], sound.mean(0), atol=1e-7)
    assert reel.read() is None


def ramp_reel(tmp_path: Path, *, loop: bool = False) -> Reel:
    """Sample n of the clip is n / 2^20, so that each says where it belongs."""
    soundfile.write(tmp_path / "ramp.wav", np.arange(2 * RATE) / 2**20, RATE, subtype="FLOAT")
    return Reel(Clip.open(tmp_path / "ramp.wav"), RATE, FADE, loop=loop)


def test_places_are_known_right_across_jumps_and_loops(tmp_path: Path) -> None:
    reel = ramp_reel(tmp_path)
    first = read(reel, 4096)
    reel.seek(50_000, (40_000, 60_000))
    got = np.concatenate((first, read(reel, 60_000)), axis=1)[0]
    places = np.array([reel.place(position) for position in range(len(got))])
    faded = np.zeros(len(got), bool)
    for joint in np.flatnonzero(np.diff(places) < 0) + 1:
        faded[joint - FADE : joint] = True
    assert faded.sum() == 3 * FADE
    assert np.array_equal(got[~faded], (places[~faded] / 2**20).astype(np.float32))


def test_a_place_beyond_the_region_plays_on(tmp_path: Path) -> None:
    reel = ramp_reel(tmp_path)
    reel.seek(70_000, (40_000, 60_000))
    assert read(reel, 10**9).shape[1] == 2 * RATE - 70_000


@pytest.mark.parametrize(("first", "last"), [(9_600, 19_200), (0, 9_600), (100, 9_700), (86_400, 96_000)])
def test_a_loop_of_whole_periods_is_the_tone_itself(tmp_path: Path, first: int, last: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 500.0 * np.arange(2 * RATE) / RATE)
    soundfile.write(tmp_path / "tone.wav", tone, RATE, subtype="FLOAT")
    reel = Reel(Clip.open(tmp_path / "tone.wav"), RATE, FADE, loop=False)
    reel.seek(first, (first, last))
    got = read(reel, 40_000)[0]
    assert np.allclose(got, np.resize(tone[first:last], 40_000), atol=1e-6)


@pytest.mark.parametrize("first", [0, 5_000])
def test_a_loop_whose_ends_do_not_meet_has_no_corner(tmp_path: Path, first: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 500.0 * np.arange(2 * RATE) / RATE)
    soundfile.write(tmp_path / "tone.wav", tone, RATE, subtype="FLOAT")
    reel = Reel(Clip.open(tmp_path / "tone.wav"), RATE, FADE, loop=False)
    reel.seek(first, (first, first + 9_648))  # half a period more
    got = read(reel, 40_000)[0]
    # The crossfade itself adds at most 1.5 / FADE of full scale to the tone's own steps.
    assert np.abs(np.diff(got)).max() < np.abs(np.diff(tone)).max() + 1.5 / FADE


def test_the_whole_clip_is_joined_as_it_is(tmp_path: Path) -> None:
    reel = ramp_reel(tmp_path, loop=True)
    got = read(reel, 5 * RATE)[0]
    assert np.array_equal(got, np.resize(np.arange(2 * RATE) / 2**20, 5 * RATE).astype(np.float32))


def test_a_file_that_is_cut_off_ends_there_and_can_be_sought_back(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.flac", RATE)
    (tmp_path / "cut.flac").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    clip = Clip.open(tmp_path / "cut.flac")
    reel = Reel(clip, RATE, FADE, loop=False)
    there = read(reel, 10**9).shape[1]
    assert RATE < there < 5 * RATE
    warning = clip.warning
    assert "ends after" in warning
    reel.seek(5 * RATE)
    assert reel.read() is None
    reel.seek(RATE // 2)
    assert read(reel, 10**9).shape[1] == there - RATE // 2
    assert clip.warning == warning


def test_a_loop_of_all_that_is_stated_goes_round_also_where_there_is_more_sound(tmp_path: Path) -> None:
    reel = ramp_reel(tmp_path)
    reel.length = RATE  # the file states less than it has
    reel.seek(0, (0, RATE))
    got = read(reel, 3 * RATE)[0]
    assert np.array_equal(got, np.resize(np.arange(RATE) / 2**20, 3 * RATE).astype(np.float32))
