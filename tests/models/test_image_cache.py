"""Cached pictures are those of the video, made once, remade when the clip changes or the entry is damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.image_cache import ImageCache, user_cache
from realtime.clip import Clip
from realtime.errors import ClipError, DataError
from tests.clips import level_image, make_clip

LEVELS = [0, 0, 60, 100, 140, 180]


@pytest.fixture
def clip(tmp_path: Path) -> tuple[Path, Path]:
    """A second of sound; 0.6 s of pictures, a tenth of a second each, the first two black."""
    sound, video = tmp_path / "a.wav", tmp_path / "a.mp4"
    soundfile.write(sound, np.zeros((16_000, 2)), 16_000)
    # 25 pictures a second: 5 for every two tenths.
    make_clip(video, None, [level_image(LEVELS[index * 10 // 25], 96, 48) for index in range(15)])
    return sound, video


def test_pictures_are_the_videos_resized(clip: tuple[Path, Path], tmp_path: Path) -> None:
    cache = ImageCache(tmp_path / "cache", 24, 32)
    times = [0.0, 0.05, 0.25, 0.35, 0.45, 0.55, 0.9, 5.0]
    images = [cache.image(*clip, time_s) for time_s in times]
    assert all(image.shape == (24, 32, 3) and image.dtype == np.uint8 for image in images)
    # The black ones are replaced by the first that is not; the last is held.
    video = dict(Clip.from_parts(*clip).images(fps=10))
    expected = [float(video[min(int(time_s * 10), 9) / 10].mean()) for time_s in times]
    assert [float(image.mean()) for image in images] == pytest.approx(expected, abs=2)
    assert expected[0] > 50 and expected[-1] > 170
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_the_video_is_decoded_once(clip: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ImageCache(tmp_path / "cache")
    first = cache.image(*clip, 0.3)
    assert first.shape == (240, 480, 3)

    def fail(*_: object) -> Clip:
        raise AssertionError

    monkeypatch.setattr(Clip, "from_parts", fail)
    assert (ImageCache(tmp_path / "cache").image(*clip, 0.3) == first).all()


def truncate(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-200])


def flip(entry: Path) -> None:
    data = bytearray(entry.read_bytes())
    data[len(data) // 2] ^= 255
    entry.write_bytes(data)


def overwrite(entry: Path) -> None:
    entry.write_text("nothing of the kind")


def empty(entry: Path) -> None:
    entry.write_bytes(b"")


def foreign(entry: Path) -> None:
    with entry.open("wb") as file:
        np.savez(file, other=np.zeros(3))


def no_pictures(entry: Path) -> None:
    with entry.open("wb") as file:
        np.savez(file, bytes=np.zeros(0, np.uint8), ends=np.zeros(0, np.int64))


@pytest.mark.parametrize("damage", [truncate, flip, overwrite, empty, foreign, no_pictures])
def test_a_damaged_entry_is_made_anew(clip: tuple[Path, Path], tmp_path: Path, damage: Callable[[Path], None]) -> None:
    cache = ImageCache(tmp_path / "cache", 24, 32)
    good = cache.image(*clip, 0.4)
    (entry,) = (tmp_path / "cache").iterdir()
    before = entry.read_bytes()
    damage(entry)
    assert (cache.image(*clip, 0.4) == good).all()
    assert entry.read_bytes() == before


def test_a_changed_video_is_decoded_anew(clip: tuple[Path, Path], tmp_path: Path) -> None:
    cache = ImageCache(tmp_path / "cache", 24, 32)
    assert cache.image(*clip, 0.9).mean() == pytest.approx(180, abs=3)
    make_clip(clip[1], None, [level_image(220, 96, 48)] * 15)
    assert cache.image(*clip, 0.9).mean() == pytest.approx(220, abs=3)


def test_sizes_do_not_mix(clip: tuple[Path, Path], tmp_path: Path) -> None:
    assert ImageCache(tmp_path, 24, 32).image(*clip, 0).shape == (24, 32, 3)
    assert ImageCache(tmp_path, 12, 32).image(*clip, 0).shape == (12, 32, 3)


def test_nothing_half_made_is_left(clip: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(DataError, match=r"pictures cannot be kept in '.*cache' \(No space left.*name another"):
        ImageCache(tmp_path / "cache").image(*clip, 0)
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="/dev/null is POSIX")
def test_a_folder_that_cannot_be_made_is_named(clip: tuple[Path, Path]) -> None:
    with pytest.raises(DataError, match="pictures cannot be kept in '/dev/null/cache'"):
        ImageCache(Path("/dev/null/cache")).image(*clip, 0)


def test_a_video_that_cannot_be_read_is_a_clip_error(clip: tuple[Path, Path], tmp_path: Path) -> None:
    clip[1].write_bytes(b"nothing")
    with pytest.raises(ClipError, match="not a media file"):
        ImageCache(tmp_path / "cache").image(*clip, 0)


def test_the_users_cache_is_where_the_system_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert user_cache() == tmp_path / "earsight" / "images"
