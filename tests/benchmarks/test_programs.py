"""Each benchmark runs and writes the figures it prints; the figures themselves are for quiet machines, not for here."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import latency, render, window
from benchmarks.material import moving_clip
from realtime.clip import Clip
from tests.models.side_model import make_side_model


def test_the_clip_that_is_measured_with_never_stands_still() -> None:
    with moving_clip(1.0) as path:
        clip = Clip.open(path)
        images = [image for _, image in clip.images()]
        assert clip.duration_s == pytest.approx(1.0, abs=0.01)
    assert len(images) == 10
    assert all((one != next_one).any() for one, next_one in pairwise(images))


def test_latency_measures_a_live_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = make_side_model(tmp_path / "side.onnx")
    latency.main(["--seconds", "1", "--model", str(model), "--json", str(tmp_path / "out.json")])
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["latency_samples"]["total"] == 48
    assert figures["blocks"] > 100
    assert f"masks a second   {figures['masks_per_s']}" in capsys.readouterr().out


def test_render_measures_both_modes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = make_side_model(tmp_path / "side.onnx")
    render.main(["--seconds", "2", "--model", str(model), "--json", str(tmp_path / "out.json")])
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures.keys() == {"filter", "overlap"}
    assert all(row["times_realtime"] > 0 for row in figures.values())
    assert "times faster than real time" in capsys.readouterr().out


# Exporting takes 15 s of a free core; a busy machine may give a fifth of one.
@pytest.mark.timeout(300)
def test_window_computes_the_same_in_both_ways(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    window.main(["--seconds", "0.8", "--threads", "1", "--json", str(tmp_path / "out.json")])
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["agree"]
    printed = capsys.readouterr().out
    for precision in ("fp32", "int8"):
        ratio = figures["ratio"][precision]
        assert ratio == pytest.approx(figures["plain_s"][0] / figures["window_s"][precision][0])
        assert f"{precision}: {figures['window_s'][precision][0]:.1f} s, ratio {ratio:.2f}" in printed
    assert figures["largest_difference"]["int8"] > figures["largest_difference"]["fp32"]
