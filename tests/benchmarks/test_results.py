"""What a benchmark found comes out as Markdown, strict JSON and plots, and nothing is overwritten unasked."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.drawing import bars, lines, stacked
from benchmarks.results import Aim, Plot, Results, run
from benchmarks.tables import Column, Table, Together, spread
from realtime.errors import SettingsError

BLOCK, LOAD = Column("block", "block"), Column("load", "load")
TIME = spread("time", "ms", "ms", ".1f")
ROWS = [
    {"block": 64, "load": "none", "ms": {"p50": 1.25, "p99": 3.0}, "agree": True},
    {"block": 128, "load": "window", "ms": {"p50": 1.0, "p99": 2.0}, "agree": False},
    {"block": 128, "load": "idle"},
]


def found(value: float = 1.0) -> Results:
    return Results(
        {"one": Table("One", (BLOCK, LOAD, TIME, Column("agree", "agree")), [*ROWS, {"block": value}])},
        [
            Plot("lines", lambda axes: lines(axes, ROWS, BLOCK, TIME.parts[0], LOAD)),
            Plot("bars", lambda axes: bars(axes, ROWS, (BLOCK, LOAD), TIME.parts[0])),
            Plot("stacked", lambda axes: stacked(axes, ROWS, LOAD, TIME.parts, "ms")),
        ],
        [Aim("fast", "2 ms", False)],
        ["A remark."],
    )


def bench(*arguments: str, results: Results | None = None) -> None:
    def measure(chosen: argparse.Namespace) -> Results:
        return found() if results is None else results

    def declare(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--own")

    run("sample", "About it.", declare, measure, [*arguments])


def test_the_tables_are_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    bench()
    first, *lines_of = capsys.readouterr().out.splitlines()
    assert "cores" in first
    table = lines_of[lines_of.index("**One**") + 2 :]
    assert table[:5] == [
        "| block | load | time p50 / p99, ms | agree |",
        "| ---: | --- | --- | --- |",
        "| 64 | none | 1.2 / 3.0 | yes |",
        "| 128 | window | 1.0 / 2.0 | NO |",
        "| 128 | idle |  |  |",
    ]
    assert "| fast | 2 ms | NO |" in table
    assert table[-1] == "A remark."


def test_the_json_says_on_what_and_how_it_was_measured(tmp_path: Path) -> None:
    bench("--json", str(tmp_path / "out.json"), "--own", "a b", "--quick")
    out: dict[str, Any] = json.loads((tmp_path / "out.json").read_text())
    assert out["tables"]["one"][:3] == ROWS
    assert out["aims"] == [{"asked": "fast", "measured": "2 ms", "reached": False}]
    assert out["command"].startswith("earsight bench sample --json ")
    assert out["command"].endswith("--own 'a b' --quick")
    assert out["quick"]
    assert out["machine"]["cores"] >= 1
    assert {"version", "date", "remarks", "benchmark"} <= out.keys()


def test_json_on_stdout_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    bench("--json", "-")
    assert json.loads(capsys.readouterr().out)["benchmark"] == "sample"


def test_a_figure_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        bench("--json", str(tmp_path / "out.json"), results=found(float("nan")))
    assert not list(tmp_path.iterdir())


def test_plots_are_png_and_svg_and_the_same_each_time(tmp_path: Path) -> None:
    bench("--plot", str(tmp_path / "one"))
    bench("--plot", str(tmp_path / "two"))
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files.keys() == {f"sample-{name}.{kind}" for name in ("lines", "bars", "stacked") for kind in ("png", "svg")}
    assert all(data.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml") for name, data in files.items())
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    file, plots = tmp_path / "out.json", tmp_path / "plots"
    file.write_text("precious")
    with pytest.raises(SettingsError, match="--force"):
        bench("--json", str(file))
    assert file.read_text() == "precious"
    bench("--json", str(file), "--force")
    assert file.read_text() != "precious"
    bench("--plot", str(plots))
    with pytest.raises(SettingsError, match="--force"):
        bench("--plot", str(plots))
    with pytest.raises(SettingsError, match="is a file"):
        bench("--plot", str(file))


def test_several_figures_share_a_column() -> None:
    both = Together("both", (Column("a", "a"), Column("b", "b.c", ".2f")))
    assert both.text({"a": 1, "b": {"c": 0.5}}) == "1 / 0.50"
    assert both.text({}) == ""
