"""What microphone and camera gave, and sessions, are for their owner's eyes alone, from the first byte on."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from realtime.chain.session import Session, write_session
from realtime.clip_writer import write_sound
from realtime.kernel_cache import folder_for
from realtime.private_file import make_private, make_private_folder
from realtime.recorder import Recorder
from realtime.ring import Ring
from realtime.take import Take
from realtime.take_folder import TakeFolder
from realtime.whole_file import whole_file

RATE = 48_000
IMAGE = np.full((48, 64, 3), 90, np.uint8)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """A user whose files everybody may read and write, unless a program says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes_below(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): mode(path) for path in folder.rglob("*")}


def test_a_private_file_is_its_owner_s_and_writing_leaves_that(tmp_path: Path) -> None:
    path = tmp_path / "a"
    make_private(path)
    path.write_text("said")
    assert mode(path) == 0o600
    with pytest.raises(FileExistsError):
        make_private(path)


def test_a_link_in_its_place_goes_and_what_it_points_to_stays(tmp_path: Path) -> None:
    """Whoever may write to the folder could have put it there."""
    (tmp_path / "theirs").write_text("before")
    (tmp_path / "a").symlink_to(tmp_path / "theirs")
    with pytest.raises(FileExistsError):
        make_private(tmp_path / "a")
    make_private(tmp_path / "a", replace=True)
    assert (tmp_path / "theirs").read_text() == "before"
    assert not (tmp_path / "a").is_symlink()


def test_new_folders_are_their_owner_s_and_others_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    make_private_folder(tmp_path / "there" / "a" / "b")
    make_private_folder(tmp_path / "there" / "a" / "b")
    assert modes_below(tmp_path) == {"there": 0o777, "there/a": 0o700, "there/a/b": 0o700}


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mkv", ".mp4"])
def test_a_recording_while_it_grows_and_when_it_is_whole(tmp_path: Path, suffix: str, wait_for) -> None:
    ring = Ring(3, RATE)
    path = tmp_path / f"a{suffix}"
    path.write_text("an older one that everybody may read")
    recorder = Recorder(ring, path, RATE, force=True)
    recorder.start()
    recorder.show(IMAGE, 0)
    ring.write(np.zeros((3, RATE // 2), np.float32))
    assert wait_for(lambda: recorder.duration_s > 0)
    assert mode(tmp_path / f"a.part{suffix}") == 0o600
    recorder.stop()
    assert recorder.notices == ()
    assert modes_below(tmp_path) == {f"a{suffix}": 0o600}


def test_a_take_and_its_folders(tmp_path: Path) -> None:
    folder = TakeFolder(tmp_path / "set")
    (tmp_path / "set" / "binaural_audios" / ".000001.part.wav").write_text("left by an older program")
    take = Take(folder, 0, RATE, IMAGE)
    take.sound.write(np.zeros((2, RATE), np.float32))
    assert {mode(part) for part in folder.parts(take.number)} == {0o600}
    take.close()
    folder.keep(take.number)
    assert modes_below(tmp_path) == {
        "set": 0o700,
        "set/binaural_audios": 0o700,
        "set/binaural_audios/000001.wav": 0o600,
        "set/splits": 0o700,
        "set/splits/split1": 0o700,
        "set/videos": 0o700,
        "set/videos/000001.mp4": 0o600,
    }


def test_a_session(tmp_path: Path) -> None:
    write_session(tmp_path / "evening.toml", Session(), recent=False)
    assert modes_below(tmp_path) == {"evening.toml": 0o600}


@pytest.mark.parametrize("shared", [False, True])
def test_a_private_file_before_it_has_its_name(tmp_path: Path, shared: bool) -> None:
    with whole_file(tmp_path / "a", shared=shared, private=True) as part:
        assert mode(part) == 0o600
        part.write_text("")
    assert modes_below(tmp_path) == {"a": 0o600}


def test_compiled_code_which_is_run_again(tmp_path: Path) -> None:
    folder = folder_for(Path(__file__).parents[2] / "realtime", tmp_path / "cache")
    assert folder is not None
    assert set(modes_below(tmp_path).values()) == {0o700}


def test_what_is_rendered_from_a_clip_is_as_the_user_s_files_are(tmp_path: Path) -> None:
    """People pass it on."""
    os.umask(0o022)
    write_sound(tmp_path / "a.wav", np.zeros((2, 480), np.float32), RATE)
    assert modes_below(tmp_path) == {"a.wav": 0o644}
