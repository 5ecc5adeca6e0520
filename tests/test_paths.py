"""What a file says about other files stays within its folder, and a clip is one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.folders import open_folder, read_split
from realtime.clip import Clip
from realtime.errors import ClipError, DataError, SettingsError
from realtime.presets import Preset, delete_preset, folder_of, write_preset
from tests.clips import level_image, make_clip, tone

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{0}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{0}'\n"
IMAGES = [level_image(90)] * 25
OUTSIDE = ["../../secret", "/etc/secret", "..\\..\\secret", "C:\\secret", "videos/../../secret"]


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """A clip of the user's that nobody was given, beside and below the folder of the one that is opened."""
    given = tmp_path / "given"
    given.mkdir()
    for place in (tmp_path, given):
        make_clip(place / "secret.ts", tone(1.0), IMAGES)
    return given


@pytest.mark.parametrize("name", ["a.m3u8", "a.mp4", "a.ts", "a.ffconcat"])
@pytest.mark.parametrize("text", [HLS, CONCAT], ids=["hls", "concat"])
@pytest.mark.parametrize("other", ["{0}/secret.ts", "../secret.ts", "secret.ts", "http://127.0.0.1:9/secret.ts"])
def test_a_clip_that_is_a_list_of_others_is_none(others: Path, name: str, text: str, other: str) -> None:
    file = others / name
    file.write_text(text.format(other.format(others.parent)))
    with pytest.raises(ClipError) as refusal:
        Clip.open(file)
    assert "\n" not in str(refusal.value)


def test_the_others_are_clips(others: Path) -> None:
    assert Clip.open(others / "secret.ts").has_picture


def test_a_clip_that_is_called_like_an_address_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_clip(tmp_path / "clip.mp4", tone(1.0), IMAGES)
    Path("clip.mp4").rename("concat:other.mp4")
    assert Clip.open(Path("concat:other.mp4")).has_picture


@pytest.mark.parametrize("entry", OUTSIDE)
def test_a_split_names_files_of_its_folder_only(tmp_path: Path, entry: str) -> None:
    split = tmp_path / "splits" / "split1" / "test.txt"
    split.parent.mkdir(parents=True)
    split.write_text(f"{entry}.wav\n")
    assert read_split(split) == ["secret"]


@pytest.mark.parametrize("entry", ["..", ".", "../..", "/"])
def test_a_split_without_names_opens_nothing_outside(tmp_path: Path, entry: str) -> None:
    folder = tmp_path / "set"
    for name in ("binaural_audios", "videos", "splits/split1"):
        (folder / name).mkdir(parents=True)
    (folder / "splits" / "split1" / "test.txt").write_text(f"{entry}\n")
    with pytest.raises(DataError) as refusal:
        open_folder(str(folder), tell=lambda line: None)
    assert str(tmp_path / "..") not in str(refusal.value)


@pytest.mark.parametrize("name", ["../evil", "..", "a/../../evil", "/etc/evil", ".hidden", "..\\evil"])
@pytest.mark.parametrize("of", ["plugin", "name"])
def test_a_preset_lies_in_its_own_folder_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, of: str
) -> None:
    monkeypatch.setattr("realtime.presets.data_folder", lambda: tmp_path / "data")
    plugin, called = (name, "soft") if of == "plugin" else ("limiter", name)
    write_preset(called, Preset(plugin, {"ceiling_db": -3.0}))
    (written,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written.parent == folder_of(plugin)
    assert written.parent.parent == tmp_path / "data" / "presets"
    assert not written.name.startswith(".")
    delete_preset(plugin, called)
    assert not written.exists()


def test_a_preset_s_name_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.presets.data_folder", lambda: tmp_path)
    with pytest.raises(SettingsError, match="is no name for a preset"):
        write_preset("a\0b", Preset("limiter"))
