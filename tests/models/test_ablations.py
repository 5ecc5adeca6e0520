"""The command that compares ways of training makes its material, trains, judges and prints a table."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models import ablations
from models.scenes.synthesis import STAMPS

pytestmark = pytest.mark.skipif(
    not (shutil.which("fluidsynth") and shutil.which("espeak-ng") and STAMPS.exists()),
    reason="the scenes' material is not installed: fluidsynth espeak-ng tuxpaint-stamps-default",
)


def test_a_variant_is_trained_and_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ablations.main(tmp_path, common_steps=1, steps=1, clips=8, samples=4, only=["mirror"])
    heading, line, row = capsys.readouterr().out.splitlines()
    assert heading.count("|") == line.count("|") == row.count("|") == 7
    assert ablations.VARIANTS["mirror"].words in row
    assert all(float(cell) > 0 for cell in row.split("|")[2:-1])
    entries = [json.loads(text) for text in (tmp_path / "mirror-1" / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in entries] == [1]
    assert len(list((tmp_path / "clips" / "binaural_audios").iterdir())) == 8


def test_each_variant_changes_one_thing(tmp_path: Path) -> None:
    published = ablations.configured(tmp_path, "published", 10, 10)
    for name in ablations.VARIANTS:
        config = ablations.configured(tmp_path, name, 10, 10)
        changed = [field for field in ("task_options", "pseudo") if getattr(config, field) != getattr(published, field)]
        assert len(changed) == (name != "published"), name
