"""Compiled code is kept apart for each state of the sources."""

from __future__ import annotations

from pathlib import Path

from realtime.kernel_cache import MOST_KEPT, folder_for


def test_a_change_of_any_file_gives_another_folder(tmp_path: Path) -> None:
    sources, kept = tmp_path / "sources", tmp_path / "kept"
    (sources / "inner").mkdir(parents=True)
    (sources / "inner" / "kernel.py").write_text("from realtime.atomics import compiled")
    (sources / "plain.py").write_text("x = 1")
    first = folder_for(sources, kept)
    assert first is not None
    assert first.is_dir()
    assert folder_for(sources, kept) == first
    (sources / "inner" / "kernel.py").write_text("from realtime.atomics import compiled  # another")
    second = folder_for(sources, kept)
    assert second is not None
    assert second != first
    assert second.parent == kept


def test_old_ones_go(tmp_path: Path) -> None:
    sources, kept = tmp_path / "sources", tmp_path / "kept"
    sources.mkdir()
    folders: list[Path | None] = []
    for number in range(MOST_KEPT + 3):
        (sources / "kernel.py").write_text(f"from realtime.atomics import compiled  # {number}")
        folders.append(folder_for(sources, kept))
    assert folders[-1] in list(kept.iterdir())
    assert len(list(kept.iterdir())) == MOST_KEPT


def test_where_nothing_can_be_written_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert folder_for(tmp_path, tmp_path / "file" / "kept") is None
