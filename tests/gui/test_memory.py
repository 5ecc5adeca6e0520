"""What is remembered comes back as far as the user wishes, and a broken file costs one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gui.memory import MOST_MODELS, RESTORE, Memory
from realtime.chain.plan import Plan, Slot
from realtime.chain.session import recent_sessions
from realtime.settings import FOLLOW, Settings
from tests.gui.fake_host import PLUGINS

CHOICE = Settings(input="USB", camera="1", mode="overlap", block_size=256, model=Path("/models/room.onnx"))
PLAN = Plan().add(Slot("limiter", "limiter"))


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "config" / "earsight"


@pytest.mark.parametrize(
    ("restore", "expected"),
    [(RESTORE[0], replace(CHOICE, plan=PLAN)), (RESTORE[1], CHOICE), (RESTORE[2], Settings(camera="7"))],
)
def test_the_last_choice_comes_back_as_far_as_wished(folder, restore, expected):
    first = Memory(folder)
    assert first.is_first
    assert first.restored(Settings(camera="7")) == Settings(camera="7")
    first.keep(replace(CHOICE, plan=PLAN, clip=Path("clip.mp4"), record=Path("take.wav")))
    first.prefer(restore=restore)
    later = Memory(folder)
    assert not later.is_first
    assert later.restored(Settings(camera="7")) == expected
    assert later.troubles == []
    assert recent_sessions() == []


def test_a_network_is_found_again_from_another_folder(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Memory(folder).keep(replace(CHOICE, model=Path("room.onnx")))
    later = Memory(folder)
    assert later.restored(Settings()).model == tmp_path / "room.onnx"
    assert later.preferences.models == (str(tmp_path / "room.onnx"),)


@pytest.mark.parametrize("end", ["stop", "close"])
def test_the_chain_is_remembered_as_it_was_edited_while_it_played(playing, folder, end):
    s = playing()
    s.window._memory = Memory(folder)
    s.window.chain.add_plugin(PLUGINS[1])
    getattr(s.window, end)()
    assert Memory(folder).restored(Settings()).plan.slot("limiter-2").plugin == "limiter"


@pytest.fixture(autouse=True)
def _own_config(monkeypatch, tmp_path):
    monkeypatch.setattr("realtime.chain.session.config_folder", lambda: tmp_path / "own")


@pytest.mark.parametrize("broken", ["", "{", '{"theme": "pink"}', "[1]", '{"models": [3]}'])
def test_broken_preferences_are_one_line_and_the_defaults(folder, broken):
    folder.mkdir(parents=True)
    (folder / "window.json").write_text(broken)
    memory = Memory(folder)
    assert memory.preferences.theme == "system"
    (line,) = memory.troubles
    assert "not restored" in line
    assert "\n" not in line
    memory.prefer(theme="light")
    assert Memory(folder).preferences.theme == "light"


def test_a_broken_choice_is_one_line_and_the_defaults(folder):
    Memory(folder).keep(CHOICE)
    (folder / "last-choice.toml").write_text("input = [")
    memory = Memory(folder)
    assert memory.restored(Settings()) == Settings()
    (line,) = memory.troubles
    assert "not restored" in line
    memory.keep(CHOICE)
    assert Memory(folder).restored(Settings()) == CHOICE


def test_the_newest_networks_are_offered_once_each(folder):
    memory = Memory(folder)
    for number in (*range(MOST_MODELS + 2), 3):
        memory.keep(replace(CHOICE, model=Path(f"/m/{number}.onnx")))
    memory.keep(replace(CHOICE, model=FOLLOW))
    models = Memory(folder).preferences.models
    assert models[0] == "/m/3.onnx"
    assert len(models) == len(set(models)) == MOST_MODELS
    assert str(FOLLOW) not in models


def test_what_is_forgotten_stays_so_until_the_next_start(folder):
    memory = Memory(folder)
    memory.keep(CHOICE)
    memory.prefer(theme="light")
    memory.forget()
    memory.keep(CHOICE)
    again = Memory(folder)
    assert again.is_first
    assert again.preferences.theme == "system"


def test_a_folder_that_cannot_be_written_is_a_line(tmp_path):
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "folder")
    memory.keep(CHOICE)
    memory.prefer(theme="dark")
    assert memory.preferences.theme == "dark"
    assert any("not remembered" in line for line in memory.troubles)


def test_without_a_folder_nothing_is_kept():
    memory = Memory(None)
    memory.keep(CHOICE)
    assert memory.is_first
    assert memory.restored(Settings()) == Settings()
    assert memory.troubles == []


def test_a_choice_from_a_command_line_is_not_kept(tmp_path: Path) -> None:
    Memory(tmp_path).keep(Settings(output="Headphones"))
    Memory(tmp_path, keeps_choices=False).keep(Settings(output="Speakers"))
    assert Memory(tmp_path).restored(Settings()).output == "Headphones"
