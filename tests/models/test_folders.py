"""Both split protocols are read, and every kind of broken folder is told in one line before work begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile

from models.folders import open_folder, read_split
from realtime.errors import DataError
from tests.clips import make_clip, tone
from tests.models.data_folder import NAMES, POINTER, make_folder

TWENTY = tuple(f"{number:06d}" for number in range(20))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "data")


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("twenty") / "data", TWENTY)


def write_table(path: Path, entries: object, key: str = "audio") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file[key] = entries


@pytest.mark.parametrize(
    "entries",
    [
        np.array([b"/elsewhere/binaural_audios/000002.wav", b"/elsewhere/binaural_audios/000001.wav"]),
        ["/elsewhere/000002.wav", "/elsewhere/000001.wav"],
        np.array([[b"C:\\data\\000002.wav"], [b"C:\\data\\000001.wav"]]),
    ],
    ids=["bytes", "text", "windows"],
)
def test_the_authors_tables_are_read_wherever_they_were_made(folder: Path, entries: object) -> None:
    write_table(folder / "splits/split2/test.h5", entries)
    assert open_folder(f"{folder}:split2").names == ("000002", "000001")


def test_text_splits_may_have_suffixes_paths_blanks_and_repetitions(folder: Path) -> None:
    path = folder / "splits/split1/test.txt"
    path.write_bytes("\ufeff000002.mp3\r\n\r\n  /x/000001.wav  \r\n000002\r\n".encode())
    assert read_split(path) == ["000002", "000001"]


def test_splits_are_found_where_their_authors_keep_them(folder: Path) -> None:
    for place, name in (("splits/split3", "1"), ("new_splits/split3", "2"), ("new_splits/split4", "2"), ("old", "1")):
        (folder / place).mkdir(parents=True)
        (folder / place / "test.txt").write_text(f"00000{name}.mp3\n")
    found = {choice: open_folder(f"{folder}:{choice}") for choice in ("split3", "new_splits/split3", "split4", "old")}
    assert [data.names for data in found.values()] == [NAMES[:1], NAMES[1:], NAMES[1:], NAMES[:1]]
    assert found["new_splits/split3"].split == str(Path("new_splits/split3/test"))


def test_the_part_that_training_asks_for_goes_before_the_descriptions(folder: Path) -> None:
    (folder / "splits/split1/train.txt").write_text("000002\n")
    assert [open_folder(f"{folder}{choice}", "train").names for choice in ("", ":split1", ":test", ":split1/test")] == [
        NAMES[1:]
    ] * 4


def damage_pointer(path: Path) -> None:
    path.write_text(POINTER)


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def damage_text(path: Path) -> None:
    path.write_text("this is not a table")


def damage_key(path: Path) -> None:
    path.unlink()
    write_table(path, np.array([b"000001.wav"]), "video")


def damage_numbers(path: Path) -> None:
    path.unlink()
    write_table(path, np.arange(3))


def damage_group(path: Path) -> None:
    path.unlink()
    write_table(path, np.arange(3), "audio/inner")


def damage_empty(path: Path) -> None:
    path.unlink()
    write_table(path, np.array([], "S10"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_pointer, "is a git-LFS pointer, not the file itself; run: git lfs pull"),
        (damage_cut, "cannot be read .*; accepted: one clip name per line"),
        (damage_text, "cannot be read .*; accepted: one clip name per line"),
        (damage_key, "cannot be read .it has 'video' instead of 'audio'.; accepted"),
        (damage_numbers, "'audio' holds no names"),
        (damage_group, "'audio' is no list"),
        (damage_empty, "names no clip"),
    ],
)
def test_a_broken_table_is_one_line(folder: Path, damage: Callable[[Path], None], message: str) -> None:
    table = folder / "splits/split2/test.h5"
    write_table(table, np.array([b"000001.wav"]))
    damage(table)
    with pytest.raises(DataError, match=message) as error:
        open_folder(f"{folder}:split2")
    assert "\n" not in str(error.value) and str(table) in str(error.value)


def test_text_that_is_no_text_is_one_line(folder: Path) -> None:
    (folder / "splits/split1/test.txt").write_bytes(b"\xff\xfe0\x80\n")
    with pytest.raises(DataError, match="cannot be read"):
        open_folder(str(folder))


def test_a_folder_without_sound_says_what_it_should_hold(tmp_path: Path) -> None:
    (tmp_path / "splits/split1").mkdir(parents=True)
    (tmp_path / "splits/split1/test.txt").write_text("000001\n")
    with pytest.raises(DataError, match="holds no sound; accepted: a folder binaural_audios, or ambisonics"):
        open_folder(str(tmp_path))


def no_sound(folder: Path, name: str) -> None:
    (folder / f"binaural_audios/{name}.wav").unlink()


def no_video(folder: Path, name: str) -> None:
    (folder / f"videos/{name}.mp4").unlink()


def sound_pointer(folder: Path, name: str) -> None:
    (folder / f"binaural_audios/{name}.wav").write_text(POINTER)


def video_pointer(folder: Path, name: str) -> None:
    (folder / f"videos/{name}.mp4").write_text(POINTER)


def damaged_sound(folder: Path, name: str) -> None:
    (folder / f"binaural_audios/{name}.wav").write_bytes(b"RIFF")


def mono_sound(folder: Path, name: str) -> None:
    soundfile.write(folder / f"binaural_audios/{name}.wav", np.zeros((16_000, 1)), 16_000)


def short_sound(folder: Path, name: str) -> None:
    soundfile.write(folder / f"binaural_audios/{name}.wav", np.zeros((200, 2)), 16_000)


def cut_video(folder: Path, name: str) -> None:
    path = folder / f"videos/{name}.mp4"
    path.write_bytes(path.read_bytes()[:500])


def sound_as_video(folder: Path, name: str) -> None:
    make_clip(folder / f"videos/{name}.mp4", tone(0.5), None)


TROUBLES = {
    no_sound: ("there is no '.*wav'", "complete the folder, or take them out of the split"),
    no_video: ("there is no '.*mp4'", "complete the folder, or take them out of the split"),
    sound_pointer: ("wav' is a git-LFS pointer", "run: git lfs pull"),
    video_pointer: ("mp4' is a git-LFS pointer", "run: git lfs pull"),
    damaged_sound: ("wav' is not a sound file", "copy or convert them again"),
    mono_sound: ("has 1 channels", "accepted: 2 channels in binaural_audios, 4 in ambisonics"),
    short_sound: ("lasts 12 ms", "copy or convert them again"),
    cut_video: ("is cut off: its index", "copy or convert them again"),
    sound_as_video: ("has no picture", "copy or convert them again"),
}


@pytest.mark.parametrize(("damage", "reason", "cure"), [(damage, *words) for damage, words in TROUBLES.items()])
def test_an_unusable_clip_is_told_and_left_out(
    folder: Path, damage: Callable[[Path, str], None], reason: str, cure: str
) -> None:
    damage(folder, "000002")
    told: list[str] = []
    data = open_folder(str(folder), tell=told.append)
    assert (data.names, data.left_out) == (("000001",), ("000002",))
    summary, detail = told
    assert "1 of 2 clips cannot be used and are left out" in summary
    assert re.search(cure, summary)
    assert detail.startswith("  000002: ") and re.search(reason, detail)
    with pytest.raises(DataError, match=f"1 of the 2 clips of split .* cannot be used: 000002 .*{reason}.*{cure}"):
        open_folder(str(folder), tolerated=0)


def test_a_twentieth_may_be_unusable_and_no_more(twenty: Path) -> None:
    (twenty / "splits/split1/val.txt").write_text("\n".join((*TWENTY, "000099")))
    told: list[str] = []
    assert open_folder(f"{twenty}:val", tell=told.append).names == TWENTY
    assert len(told) == 2
    (twenty / "splits/split1/val.txt").write_text("\n".join((*TWENTY, "000096", "000097", "000098", "000099")))
    with pytest.raises(DataError, match=r"4 of the 24 .*000096 .*000097 .*000098 .* and 1 more; accepted: at most 1;"):
        open_folder(f"{twenty}:val")
    assert open_folder(f"{twenty}:val", tolerated=0.2, tell=told.append).left_out == tuple(
        f"0000{number}" for number in range(96, 100)
    )


def test_a_long_list_is_cut_short(twenty: Path) -> None:
    lost = [f"0001{number}" for number in range(10, 22)]
    (twenty / "splits/split1/val.txt").write_text("\n".join((*TWENTY, *lost)))
    told: list[str] = []
    open_folder(f"{twenty}:val", tolerated=0.5, tell=told.append)
    assert len(told) == 12
    assert told[-1] == "  and 2 more"


def test_some_clip_must_be_left(folder: Path) -> None:
    for name in NAMES:
        sound_pointer(folder, name)
    with pytest.raises(DataError, match=r"2 of the 2 clips .* accepted: at most 1; run: git lfs pull"):
        open_folder(str(folder), tolerated=1.0)


def test_the_warning_goes_to_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    no_video(folder, "000001")
    open_folder(str(folder))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 2


def test_sound_of_360_degrees_has_four_channels(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "data", ambisonic=True)
    assert open_folder(str(data)).ambisonic
    for name in NAMES:
        soundfile.write(data / f"ambisonics/{name}.wav", np.zeros((16_000, 9)), 16_000)
    with pytest.raises(DataError, match=r"has 9 channels.*4 in ambisonics; keep the first four channels of higher"):
        open_folder(str(data))
