"""Presets come back as they were saved, by readable files; what is none is one line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from realtime import presets
from realtime.errors import SettingsError
from realtime.presets import Preset, delete_preset, folder_of, preset_names, read_preset, write_preset

LIMITER = Preset("limiter", {"ceiling_db": -3.0, "release_ms": 80.0})
OWN_STATE = Preset("vst3:Great Reverb:1a2b", {"mix": 0.25}, {"raw_state": "AAEC"})


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(presets, "data_folder", lambda: tmp_path / "data")


@pytest.mark.parametrize("preset", [LIMITER, OWN_STATE, Preset("meter")], ids=["values", "state", "nothing"])
def test_what_is_saved_comes_back(preset: Preset) -> None:
    write_preset("Warm", preset)
    assert read_preset(preset.plugin, "Warm") == preset
    assert preset_names(preset.plugin) == ["Warm"]


def test_the_file_is_readable_and_its_lines_keep_their_order() -> None:
    write_preset("Gentle", LIMITER)
    text = (folder_of("limiter") / "Gentle.toml").read_text(encoding="utf-8")
    assert text == 'version = 1\nplugin = "limiter"\n\n[values]\nceiling_db = -3.0\nrelease_ms = 80.0\n'
    assert tomllib.loads(text)["version"] == presets.VERSION


@pytest.mark.parametrize("name", ["a/b", "..", "C:\\x", "50 %", "Größe", ".hidden", "dot.", "%2F", "a.b", "x" * 60])
def test_any_name_is_a_file_in_the_plugin_s_folder(name: str) -> None:
    write_preset(name, LIMITER)
    (file,) = folder_of("limiter").iterdir()
    assert file.suffix == ".toml"
    assert preset_names("limiter") == [name]
    assert read_preset("limiter", name) == LIMITER
    delete_preset("limiter", name)
    assert preset_names("limiter") == []


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 61, " x"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="is no name for a preset"):
        write_preset(name, LIMITER)


def test_presets_are_the_plugin_s_own_and_one_of_the_same_name_is_replaced() -> None:
    write_preset("b", LIMITER)
    write_preset("A", LIMITER)
    write_preset("b", Preset("limiter", {"ceiling_db": -9.0}))
    write_preset("b", OWN_STATE)
    assert preset_names("limiter") == ["A", "b"]
    assert read_preset("limiter", "b").values == {"ceiling_db": -9.0}
    assert preset_names("trim") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what", "is not TOML"),
        ('plugin = "limiter"', "has version None; this program reads version 1"),
        ('version = 2\nplugin = "limiter"', "has version 2"),
        ('version = 1\nplugin = "trim"', "is for 'trim'; accepted here: 'limiter'"),
        ('version = 1\nplugin = "limiter"\nvalue = 3', "has an unknown 'value'"),
        ('version = 1\nplugin = "limiter"\nvalues = 3', "are tables"),
        ('version = 1\nplugin = "limiter"\n[values]\nceiling_db = "low"', "ceiling_db is 'low'; accepted: a"),
        ('version = 1\nplugin = "limiter"\n[values]\nceiling_db = true', "ceiling_db is True"),
        ('version = 1\nplugin = "limiter"\n[values]\nceiling_db = nan', "ceiling_db is nan"),
    ],
)
def test_a_file_that_is_no_preset_is_one_line(text: str, said: str) -> None:
    folder_of("limiter").mkdir(parents=True)
    (folder_of("limiter") / "odd.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refusal:
        read_preset("limiter", "odd")
    assert said in str(refusal.value)
    assert "odd.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_what_is_not_there_and_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_preset("limiter", "nothing")
    delete_preset("limiter", "nothing")
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(SettingsError, match="cannot be written"):
        write_preset("Gentle", LIMITER)
    with pytest.raises(SettingsError, match="cannot hold the state"):
        write_preset("Gentle", Preset("limiter", state={"odd": object()}))
