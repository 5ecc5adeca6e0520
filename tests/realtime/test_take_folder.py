"""The folder of one's own recordings: splits, notes, and one recorder at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from realtime.errors import RecordingError
from realtime.ring import Ring
from realtime.take_folder import TakeFolder, split_names
from realtime.takes import Takes
from tests.realtime.recording import RATE, read_split


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


HOLD = """
import sys
from pathlib import Path
from realtime.take_folder import TakeFolder
folder = TakeFolder(Path(sys.argv[1]))
folder.reserve()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_is_reserved_until_its_program_ends_however_it_ends(tmp_path: Path) -> None:
    folder = TakeFolder(tmp_path)
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RecordingError, match=r"another program is recording into .*end it") as caught:
            folder.reserve()
        assert "\n" not in str(caught.value)
        other.kill()
    folder.reserve()
    folder.reserve()
    with pytest.raises(RecordingError, match="another program"):
        TakeFolder(tmp_path).reserve()
    folder.release()
    next_one = TakeFolder(tmp_path)
    next_one.reserve()
    next_one.release()


def test_what_cannot_be_reserved_is_one_line(tmp_path: Path) -> None:
    folder = TakeFolder(tmp_path)
    (tmp_path / ".lock").mkdir()
    with pytest.raises(RecordingError, match="choose another folder"):
        folder.reserve()
