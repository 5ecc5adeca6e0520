"""A session comes back from its file as it was; what a person wrote wrongly is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.chain import session as sessions
from realtime.chain.plan import Branch, Plan, Slot, Split
from realtime.chain.session import Session, read_session, recent_sessions, write_session
from realtime.errors import SettingsError
from realtime.settings import Settings

PLAN = (
    Plan()
    .add(Slot("trim", "trim", {"gain_db": -3.5, "invert": 1.0}), 0)
    .add(Slot("hall", "convolution", state={"file": "hall.wav"}, wet=0.3, gain_db=-2.0))
    .add(Split("both", (Branch("dry"), Branch("far", (Slot("gone", "clap:nobody.has.this"),), -6.0, muted=True))))
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "config_folder", lambda: tmp_path / "config")


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "evening.toml"
    written = Session.of(PLAN, Settings(input="USB", block_size=64, model=Path("a.onnx")))
    write_session(path, written)
    assert read_session(path) == written
    assert read_session(path).plan == PLAN
    assert written.settings["model"] == "a.onnx"
    assert written.settings["camera"] == "none"
    chosen = read_session(path).chosen()
    assert (chosen["model"], chosen["camera"]) == (Path("a.onnx"), None)


def test_nothing_in_a_state_is_left_out_and_what_toml_cannot_hold_is_told(tmp_path: Path) -> None:
    plan = Plan().add(Slot("hall", "convolution", state={"file": None, "inner": [{"a": None, "b": 1}]}))
    write_session(tmp_path / "a.toml", Session(plan))
    assert read_session(tmp_path / "a.toml").plan.slot("hall").state == {"inner": [{"b": 1}]}
    with pytest.raises(SettingsError, match="a plugin's state cannot be written"):
        write_session(tmp_path / "b.toml", Session(Plan().add(Slot("odd", "x", state={"it": object()}))))
    assert not (tmp_path / "b.toml").exists()


def test_the_file_is_for_people(tmp_path: Path) -> None:
    """One change is one line of difference."""
    write_session(tmp_path / "a.toml", Session(PLAN))
    write_session(tmp_path / "b.toml", Session(PLAN.set("trim", "gain_db", 1.0)))
    a, b = ((tmp_path / name).read_text().splitlines() for name in ("a.toml", "b.toml"))
    assert [line for line in b if line not in a] == ["gain_db = 1.0"]
    assert len(a) == len(b)


def test_the_newest_are_remembered(tmp_path: Path) -> None:
    assert recent_sessions() == []
    paths = [tmp_path / f"{number}.toml" for number in range(12)]
    for path in paths:
        write_session(path, Session(PLAN))
    read_session(paths[5])
    paths[11].unlink()
    recent = recent_sessions()
    assert recent[:2] == [paths[5], paths[10]]
    assert len(recent) == 9  # ten are kept, and one of them is gone
    (tmp_path / "config" / "recent-sessions.json").write_text("{rubbish")
    assert recent_sessions() == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version = ", "is not TOML"),
        ("\xff", "is not TOML"),
        ("version = 2", "has version 2; this program reads version 1"),
        ("", "has version None"),
        ("version = 1\nchain = 3", "'chain' is no list of tables"),
        ("version = 1\n[[chain]]\nplugin = 'trim'", "has no id"),
        ("version = 1\n[[chain]]\nid = 'x'", "'x' names no plugin"),
        ("version = 1\n[[chain]]\nid = 'x'\nplugin = 'trim'\nwett = 1", "'x' has an unknown 'wett'"),
        ("version = 1\n[[chain]]\nid = 'x'\nplugin = 'trim'\nwet = 'a'", "wet of 'x' is 'a'; accepted: float"),
        ("version = 1\n[[chain]]\nid = 'x'\nplugin = 'trim'\nwet = 2", "wet 2 of slot 'x' is out of range"),
        ("version = 1\n[[chain]]\nid = 'x'\nplugin = 'trim'\nvalues.a = 'b'", "a of 'x' is 'b'; accepted: a finite"),
        ("version = 1\n[[chain]]\nid = 'x'\nplugin = 'trim'\nvalues.a = inf", "a of 'x' is inf; accepted"),
        ("version = 1\n[[chain]]\nid = 'x'\nplugin = 'trim'", "has one spatialiser"),
        ("version = 1\n[settings]\ncolour = 1", "its settings are not all known"),
        ("version = 1\n[settings]\nblock_size = 'x'", "block_size is 'x'; accepted: a whole number"),
    ],
)
def test_what_is_wrong_is_told(text: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=line) as caught:
        read_session(path)
    assert "broken.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_session(tmp_path / "nobody.toml")
    with pytest.raises(SettingsError, match="cannot be written"):
        write_session(tmp_path / "nobody" / "a.toml", Session(PLAN))
