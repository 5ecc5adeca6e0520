"""What the pages in docs/ show works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from realtime.chain.session import read_session
from realtime.presets import folder_of, read_preset
from realtime.registry import open_plugin

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(
        rf"^```{kind}\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def test_the_preset_of_the_page_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.presets.data_folder", lambda: tmp_path)
    file = folder_of("limiter") / "Gentle.toml"
    file.parent.mkdir(parents=True)
    file.write_text(blocks("use-your-plugins.md", "toml")[1], encoding="utf-8")
    preset = read_preset("limiter", "Gentle")
    plugin = open_plugin("limiter")
    assert set(preset.values) == {parameter.name for parameter in plugin.parameters}
    for name, value in preset.values.items():
        plugin.set(name, value)
    escaped, identifier = re.findall(r"`(vst3[^`]+)`", (DOCS / "use-your-plugins.md").read_text(encoding="utf-8"))[-2:]
    assert folder_of(identifier).name == escaped


def test_the_session_of_the_page_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.chain.session.config_folder", lambda: tmp_path)
    (tmp_path / "evening.toml").write_text(blocks("use-your-plugins.md", "toml")[0], encoding="utf-8")
    plan = read_session(tmp_path / "evening.toml").plan
    assert [part.id for part in plan.parts()] == ["gate", "spatialiser", "room", "dry", "wet", "echo", "limiter"]
    for slot in plan.slots():
        if slot.plugin != "spatialiser":
            plugin = open_plugin(slot.plugin)
            for name, value in slot.values.items():
                plugin.set(name, value)
                assert plugin.get(name) == value
