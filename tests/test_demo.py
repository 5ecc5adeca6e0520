"""The demonstration leaves a whole binaural recording, a picture and figures, with or without a device."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from benchmarks.ears import compare
from realtime.demo import demo_clip, main


@pytest.mark.timeout(180)
def test_the_demonstration_writes_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("realtime.demo.has_display", lambda: False)
    monkeypatch.setattr("realtime.demo.has_output", lambda: False)
    assert main([str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    sound, rate = soundfile.read(tmp_path / "out" / "demo.wav")
    seconds = soundfile.info(tmp_path / "out" / "demo.wav").duration
    # The clip's 10 s, and what the host plays until it notices the end.
    assert 9.9 < seconds < 11
    assert rate == 48_000
    left, right = np.abs(sound).mean(0)
    assert min(left, right) > 0.001
    assert np.abs(sound[:, 0] - sound[:, 1]).mean() > 0.05 * left
    picture = np.asarray(Image.open(tmp_path / "out" / "demo.png").convert("L"))
    assert picture.std() > 20
    figures = json.loads((tmp_path / "out" / "demo.json").read_text())
    assert figures["masks_per_s"] > 10
    total = figures["latency_samples"]["total"]
    assert f"{total} samples" in printed
    assert str(tmp_path / "out" / "demo.wav") in printed


def test_the_clip_is_there() -> None:
    assert demo_clip().stat().st_size < 2_000_000


def test_its_sources_come_to_lie_where_they_were() -> None:
    """A crow on the left and a cello on the right, made mono and binaural again."""
    true, rendered = compare(demo_clip(), None, "filter")
    assert len(true.time_s) > 90
    assert true.itd_us.max() > 200
    assert true.itd_us.min() < -200
    assert np.corrcoef(true.itd_us, rendered.itd_us)[0, 1] > 0.6
    assert np.corrcoef(true.ild_db, rendered.ild_db)[0, 1] > 0.9
