"""A file is whole under its name or not there, and nothing is left beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.whole_file import whole_file


@pytest.mark.parametrize("shared", [False, True])
def test_a_file_appears_at_the_end_under_its_name(tmp_path: Path, shared: bool) -> None:
    path = tmp_path / "a.wav"
    path.write_text("before")
    with whole_file(path, shared=shared) as part:
        part.write_text("after")
        assert path.read_text() == "before"
        assert (part.parent, part.suffix) == (tmp_path, ".wav")
        assert part.name.startswith(".")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("shared", [False, True])
def test_an_error_leaves_what_was_there(tmp_path: Path, shared: bool) -> None:
    path = tmp_path / "a.json"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), whole_file(path, shared=shared) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_that_write_at_once_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with whole_file(path, shared=True) as ours:
        ours.write_text("ours")
        with whole_file(path, shared=True) as theirs:
            theirs.write_text("theirs")
        assert path.read_text() == "theirs"
    assert path.read_text() == "ours"


def test_what_a_killed_program_left_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    (tmp_path / ".a.part.json").write_text("half")
    with whole_file(path) as part:
        part.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_the_reason_of_the_block_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError), whole_file(tmp_path / "file" / "a.json") as part:
        part.write_text("")
