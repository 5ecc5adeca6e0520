"""A plugin's file is loaded from the folders that the user named or the system has for it, and from nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.chain.chain import Chain
from realtime.chain.session import read_session
from realtime.errors import PluginError
from realtime.native import scan as scan_module
from realtime.native.kinds import KINDS
from realtime.native.scan import found_in
from realtime.plugin import Format
from realtime.registry import open_plugin
from realtime.spatialiser import Spatialiser

SUFFIXES = {name: kind.suffix for name, kind in KINDS.items()}


@pytest.fixture(autouse=True)
def nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were to be looked into, none of which is."""
    asked: list[Path] = []

    def looked_into(child: object, kind: object, path: Path) -> list[object]:
        asked.append(path)
        return []

    monkeypatch.setattr(scan_module, "_looked_into", looked_into)
    return asked


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the user named for every kind."""
    folder = tmp_path / "named"
    folder.mkdir()
    for kind in KINDS.values():
        monkeypatch.setenv(kind.variable, str(folder))
    return folder


@pytest.mark.parametrize("kind", SUFFIXES)
@pytest.mark.parametrize("way", ["{0}/evil{1}", "{0}/named/../evil{1}", "{0}/named/deep/../../evil{1}"])
def test_a_file_elsewhere_is_refused_and_not_opened(
    tmp_path: Path, named: Path, nothing_is_loaded: list[Path], kind: str, way: str
) -> None:
    (named / "deep").mkdir()
    file = tmp_path / f"evil{SUFFIXES[kind]}"
    file.write_bytes(b"\x7fELF")
    said = f"^{file} is not in a folder that plugins are loaded from; to allow it, name '{tmp_path}' in "
    with pytest.raises(PluginError, match=said + KINDS[kind].variable + "; the folders: earsight doctor$"):
        open_plugin(way.format(tmp_path, SUFFIXES[kind]))
    assert nothing_is_loaded == []


def test_a_file_in_a_named_folder_is_looked_into(named: Path, nothing_is_loaded: list[Path]) -> None:
    file = named / "deep" / "some.clap"
    file.parent.mkdir()
    file.write_bytes(b"")
    with pytest.raises(PluginError, match="is not a plugin"):
        open_plugin(f"{named}/deep/../deep/some.clap")
    assert nothing_is_loaded == [file]


def test_a_session_with_a_file_elsewhere_plays_without_it_and_says_so(
    tmp_path: Path, named: Path, nothing_is_loaded: list[Path]
) -> None:
    file = tmp_path / "evil.clap"
    file.write_bytes(b"\x7fELF")
    session = tmp_path / "a.toml"
    session.write_text(
        'version = 1\n[[chain]]\nid = "spatialiser"\nplugin = "spatialiser"\n'
        f'[[chain]]\nid = "evil"\nplugin = "{file}"\nvalues = {{ amount = 0.5 }}\n'
    )
    plan = read_session(session, recent=False).plan
    spatialiser = Spatialiser("filter", 48_000, 64, taps=512, pre_delay=48)
    chain = Chain(Format(48_000, 64), spatialiser, open_plugin, plan)
    (state,) = [state for state in chain.slots() if state.id == "evil"]
    assert state.trouble.startswith(f"{file} is not in a folder that plugins are loaded from; to allow it, ")
    assert chain.plan == plan, "it keeps its place and its values"
    assert nothing_is_loaded == []
    chain.close()


def test_what_lies_in_the_folders_is_listed_without_opening_it(named: Path, nothing_is_loaded: list[Path]) -> None:
    for name in ("b.clap", "a.clap", "notes.txt"):
        (named / name).write_bytes(b"")
    assert found_in(KINDS["clap"])[named] == [named / "a.clap", named / "b.clap"]
    assert nothing_is_loaded == []
