"""Compiled code is kept apart for each state of the sources that it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime import kernel_cache
from realtime.kernel_cache import MOST_KEPT, compiled_sources, folder_for

SOURCES = {
    "atomics.py": "from realtime import places",
    "places.py": "",
    "inner/kernel.py": "from realtime.atomics import (\n    compiled,\n)\nfrom realtime.sizes import LARGEST",
    "sizes.py": "from realtime.inner import shape",
    "inner/shape.py": "",
    "plain.py": "from realtime.inner.kernel import run",
}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        path = tmp_path / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "sources"


@pytest.mark.parametrize("changed", [name for name in SOURCES if name != "plain.py"])
def test_a_change_of_what_is_compiled_gives_another_folder(sources: Path, tmp_path: Path, changed: str) -> None:
    first = folder_for(sources, tmp_path / "kept")
    assert first is not None
    assert first.is_dir()
    (sources / changed).write_text(SOURCES[changed] + "  # another")
    second = folder_for(sources, tmp_path / "kept")
    assert second is not None
    assert second != first
    assert second.parent == first.parent


def test_a_change_of_what_only_uses_it_does_not(sources: Path, tmp_path: Path) -> None:
    first = folder_for(sources, tmp_path / "kept")
    (sources / "plain.py").write_text("from realtime.inner.kernel import stop")
    assert folder_for(sources, tmp_path / "kept") == first


def test_the_callback_is_among_what_is_compiled() -> None:
    found = compiled_sources(Path(kernel_cache.__file__).parent)
    assert {"callback", "ring", "spatial_kernel", "effects.gate", "native.clap_kernel", "plugin"} <= found.keys()
    assert "cli" not in found


def test_old_ones_go(sources: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    folders: list[Path | None] = []
    for number in range(MOST_KEPT + 3):
        (sources / "atomics.py").write_text(f"# {number}")
        folders.append(folder_for(sources, kept))
    assert folders[-1] in list(kept.iterdir())
    assert len(list(kept.iterdir())) == MOST_KEPT


def test_where_nothing_can_be_written_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert folder_for(tmp_path, tmp_path / "file" / "kept") is None
