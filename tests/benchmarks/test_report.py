"""The page has a section for each command, with its tables and plots, and says first what falls short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import report
from realtime.errors import EarsightError, SettingsError


def test_the_page_shows_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        report, "SECTIONS", (report.Section("chain", "A chain of effects", "chain --seconds 0.1", "Words.", "the sun"),)
    )
    out = tmp_path / "performance.md"
    (tmp_path / "performance").mkdir()
    (tmp_path / "performance" / "old-plot.svg").touch()
    report.main([str(out), "--quick"])
    text = out.read_text()
    assert text.startswith(f"# Performance\n\nWritten by `python -m benchmarks.report {out} --quick`: ")
    assert "\n## What falls short\n\n" in text
    heading = "## A chain of effects\n\nWords.\n\n`earsight bench chain --seconds 0.1`, load "
    assert re.match(r"[0-9.]+ at its end:\n\n\*\*In the callback", text.partition(heading)[2])
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert pictures == ["performance/chain-kernels.svg"]
    assert [path.name for path in (tmp_path / "performance").iterdir()] == ["chain-kernels.svg"]
    with pytest.raises(SettingsError, match="--force"):
        report.main([str(out), "--quick"])


def test_a_benchmark_that_fails_leaves_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "SECTIONS", (report.Section("x", "X", "render --clip missing.mp4", ""),))
    out = tmp_path / "performance.md"
    with pytest.raises(EarsightError, match=r"bench render --clip missing\.mp4 failed: .*missing\.mp4"):
        report.main([str(out), "--quick"])
    assert not list(tmp_path.iterdir())
