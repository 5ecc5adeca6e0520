"""Each benchmark runs and writes the figures it prints; the figures themselves are for quiet machines, not for here."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import chain, cost, denormals, endurance, latency, live_window, loopback, providers, render, window
from benchmarks.jack import missing_programs
from benchmarks.material import moving_clip
from benchmarks.results import PLOT_SUFFIXES
from realtime.clip import Clip
from realtime.errors import EarsightError
from tests.models.side_model import make_side_model

Main = Callable[[list[str]], None]


@pytest.fixture
def measured(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """`measured(main, *options)`: what the benchmark wrote, its plots looked for."""

    def measure(main: Main, *options: str) -> dict[str, Any]:
        file, plots = tmp_path / "out.json", tmp_path / "plots"
        main(["--quick", "--json", str(file), "--plot", str(plots), *options])
        found = json.loads(file.read_text())
        assert {path.suffix for path in plots.iterdir()} == set(PLOT_SUFFIXES)
        assert all(path.name.startswith(f"{found['benchmark']}-") for path in plots.iterdir())
        return found

    return measure


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(make_side_model(tmp_path / "side.onnx"))


def needs_jack() -> None:
    if missing := missing_programs():
        pytest.skip(f"JACK: {missing}")


def test_the_clip_that_is_measured_with_never_stands_still() -> None:
    with moving_clip(1.0) as path:
        clip = Clip.open(path)
        images = [image for _, image in clip.images()]
        assert clip.duration_s == pytest.approx(1.0, abs=0.01)
    assert len(images) == 10
    assert all((one != next_one).any() for one, next_one in pairwise(images))


def test_latency_measures_a_live_host_under_loads(measured: Callable[..., dict[str, Any]], model: str) -> None:
    loads = ("pass-through", "none", "spinning thread", "network swap")
    found = measured(latency.main, "--model", model, "--block-sizes", "128", "--loads", *loads)
    rows = found["tables"]["sound"]
    assert [row["load"] for row in rows] == list(loads)
    assert all(row["blocks"] > 50 and row["cpu_percent"] > 0 for row in rows)
    assert [row["load"] for row in found["tables"]["network"]] == list(loads[1:])
    assert all(row["latency_samples"]["total"] == 48 and row["round_trip_ms"] == 1.0 for row in rows[1:])
    assert rows[-1]["silence_ms"] > 0


def test_latency_on_jack_says_whether_the_round_trip_is_short_enough(
    measured: Callable[..., dict[str, Any]], model: str
) -> None:
    needs_jack()
    found = measured(latency.main, "--jack-dummy", "--model", model, "--block-sizes", "64", "--loads", "none")
    (row,) = found["tables"]["sound"]
    assert row["latency_samples"]["total"] == 64 + 64 + 48
    (aim,) = found["aims"]
    assert aim["measured"] == "2 blocks and 1.00 ms"
    assert aim["reached"]


def test_latency_measures_the_window(measured: Callable[..., dict[str, Any]], model: str) -> None:
    with live_window.screen() as screen:
        if screen is None:
            pytest.skip("there is no screen, and Xvfb is not installed")
    found = measured(latency.main, "--model", model, "--block-sizes", "128", "--loads", "window")
    (row,) = found["tables"]["sound"]
    assert row["load"] == "window"
    assert row["blocks"] > 50
    assert row["masks_per_s"] > 0


def test_streams_at_once_are_measured_in_one_process_and_in_many(
    measured: Callable[..., dict[str, Any]], model: str
) -> None:
    found = measured(latency.main, "--model", model, "--streams", "2")
    rows = found["tables"]["streams"]
    assert [row["arrangement"] for row in rows] == ["a process each", "one process"]
    assert all(len(row["each"]) == row["streams"] == 2 and row["blocks"] > 50 for row in rows)
    assert len(found["aims"]) == 2


def test_loopback_measures_what_is_stated(measured: Callable[..., dict[str, Any]]) -> None:
    needs_jack()
    found = measured(loopback.main, "--jack-dummy", "--block-sizes", "64")
    (row,) = found["tables"]["loopback"]
    assert row["stated"] == 176
    assert row["measured"] == pytest.approx(176, abs=0.01)
    assert all(aim["reached"] for aim in found["aims"])


def test_a_device_that_is_not_there_is_one_line() -> None:
    with pytest.raises(EarsightError, match="run: earsight devices"):
        loopback.main(["--input", "no such device", "--output", "no such device", "--block-sizes", "64"])


def test_render_measures_both_modes_and_where_the_time_goes(
    measured: Callable[..., dict[str, Any]], model: str
) -> None:
    found = measured(render.main, "--model", model)
    rows = found["tables"]["render"]
    assert [row["mode"] for row in rows] == ["filter", "overlap"]
    assert all(row["times_realtime"] == pytest.approx(row["duration_s"] / row["work_s"]) for row in rows)
    stages = {row["stage"]: row["share_percent"] for row in found["tables"]["stages"]}
    assert {"callback", "sound's half", "picture's half", "STFT", "filter design", render.REST} <= stages.keys()
    assert 90 < sum(stages.values()) < 110
    assert found["aims"][0]["asked"].startswith("side.onnx, --mode filter: at least 40 times")


def test_providers_measures_threads_and_errors(measured: Callable[..., dict[str, Any]]) -> None:
    rows = measured(providers.main)["tables"]["providers"]
    assert {(row["half"], row["threads"], row["spinning"]) for row in rows if row["provider"] == "cpu"} == {
        (half, *how) for half in ("picture", "sound") for how in ((1, False), (2, False), (2, True))
    }
    assert all(0 < row["ms"]["p50"] <= row["ms"]["p99"] <= row["ms"]["max"] for row in rows)
    # The same sums in another order.
    assert all(row["largest_error"] < 1e-3 for row in rows)


def test_chain_measures_every_effect(measured: Callable[..., dict[str, Any]]) -> None:
    found = measured(chain.main)
    kernels = {row["kernel"]: row["us"] for row in found["tables"]["blocks"]}
    assert {"nothing", "equaliser", "limiter", "spatialiser"} <= kernels.keys()
    assert kernels["chain: spatialiser and 10 effects"]["p50"] > kernels["trim"]["p50"]
    assert [row["chain"] for row in found["tables"]["offline"]][-1] == "all of them"


def test_denormals_measures_every_effect_with_sound_that_is_denormal() -> None:
    # By their bits: a network that was loaded before has this thread count them as zero.
    normal = np.uint32(1 << 23)
    heard = {name: sound.view(np.uint32) & ~np.uint32(1 << 31) for name, sound in denormals.sounds(1.0).items()}
    assert 0 < heard["tiny"].min() <= heard["tiny"].max() < normal < heard["noise"].max()
    assert heard["decay"][-100:].max() < normal
    rows = {row["kernel"]: row for row in denormals.by_kernel(0.05, 1)}
    assert {"nothing", "equaliser", "limiter", "spatialiser"} <= rows.keys()
    assert all(row[figure] > 0 for row in rows.values() for figure in ("noise_us", "tiny", "decay"))


@pytest.mark.timeout(180)
@pytest.mark.skipif(missing_programs() != "", reason=missing_programs())
def test_endurance_counts_across_changes_of_the_network(measured: Callable[..., dict[str, Any]]) -> None:
    found = measured(endurance.main)
    long, idle = found["tables"]["sound"]
    assert long["changes"] >= 2
    assert long["calls"] == pytest.approx(long["rounds"], rel=0.1)
    assert idle["calls"] == pytest.approx(48_000 / 128 * idle["seconds"], rel=0.1)
    assert long["callback_us"]["p50"] > 0
    assert all(row["memory_mb"] > 100 for row in found["tables"]["memory"])
    assert len(found["aims"]) == 3


def test_cost_measures_networks_and_how_the_whole_grows(measured: Callable[..., dict[str, Any]]) -> None:
    found = measured(cost.main)
    assert [(row["network"], row["half"]) for row in found["tables"]["networks"]] == [
        (network, half) for network in ("streaming", "where") for half in ("picture", "sound")
    ]
    assert all(row["ms_per_s"] > 0 and row["bound_ms"] > 0 for row in found["tables"]["networks"])
    grown = found["tables"]["growth"]
    assert {row["grows"] for row in grown} == {
        "block size",
        "plugins",
        "sample rate, Hz",
        "image height",
        "sources",
        "streams",
    }
    assert all(row["times_first"] > 0 for row in grown)


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
