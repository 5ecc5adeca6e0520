"""The command line's contract: exit codes, one line per failure, data on stdout, defaults in the help."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from realtime import settings
from realtime.chain.plan import Plan, Slot
from realtime.chain.session import Session, write_session
from realtime.cli import app
from realtime.commands import options
from realtime.registry import BUILT_IN
from tests.models.side_model import make_side_model

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "realtime.cli"]
LIVE = ["live", "--driver", "null", "--camera", "none"]
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **extra}


def earsight(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def live_run(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Arguments of a run without a device, on a model file that no training is needed for."""
    return [*LIVE, "--model", str(make_side_model(tmp_path_factory.mktemp("model") / "side.onnx"))]


@pytest.mark.parametrize("arguments", [["nonsense"], ["live", "--mode", "loud"], ["render"], ["live", "--nonsense"]])
def test_wrong_usage_exits_2(arguments: list[str], tmp_path: Path) -> None:
    done = earsight(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert not done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [*LIVE, "--block-size", "1"],
        [*LIVE, "--record", "missing/folder.wav"],
        [*LIVE, "--clip-length", "5"],
        [*LIVE, "--model", "missing.onnx"],
        ["play", "missing.mp4"],
        ["render", "missing.mp4", "-o", "out.wav"],
        ["render", "-o", "out.wav"],
        ["render", "clip.mp4", "-o", "out.txt"],
        ["render", "a.mp4", "b.mp4", "-o", "missing"],
        ["render", "-o", "out.wav", "--audio", "a.wav"],
        ["train", "missing.toml"],
        ["evaluate", "missing.onnx", "--data", "missing"],
        ["export", "-o", "out.onnx"],
        ["separate", "clip.mp4", "-o", "parts"],
        ["bench", "latency", "--json", "missing/figures.json"],
        ["bench", "loopback", "--input", "no such device"],
    ],
    ids=" ".join,
)
def test_failure_is_one_line_and_exits_1(arguments: list[str], tmp_path: Path) -> None:
    done = earsight(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert not done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("earsight: ")


def test_existing_files_are_kept_without_force(tmp_path: Path) -> None:
    for name in ("take.wav", "figures.json"):
        (tmp_path / name).write_text("precious")
    for option, name in (("--record", "take.wav"), ("--stats", "figures.json")):
        done = earsight(*LIVE, "--duration", "0.1", option, name, cwd=tmp_path)
        assert done.returncode == 1
        assert "--force" in done.stderr
        assert (tmp_path / name).read_text() == "precious"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_shows_the_default_of_every_option(name: str) -> None:
    context = COMMANDS[name].make_context(name, ["--help"], resilient_parsing=True)
    silent = [
        parameter.name
        for parameter in COMMANDS[name].get_params(context)
        if parameter.param_type_name == "option"
        and not parameter.required
        and not parameter.is_flag
        and not parameter.show_default
    ]
    assert not silent


def test_help_names_every_command(tmp_path: Path) -> None:
    done = earsight("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert not done.stderr
    assert [name for name in COMMANDS if name not in done.stdout] == []


def test_choices_are_those_of_the_settings() -> None:
    assert get_args(options.Mode) == settings.MODES
    assert get_args(options.Provider) == settings.PROVIDERS


def test_defaults_are_those_of_the_settings() -> None:
    defaults = settings.Settings()
    for command in ("live", "play"):
        parameters = {parameter.name: parameter.default for parameter in COMMANDS[command].params}
        for name in ("output", "sample_rate", "block_size", "mode", "model", "provider", "driver", "record"):
            assert parameters[name] == getattr(defaults, name), name


def test_version_is_the_package_s(tmp_path: Path) -> None:
    done = earsight("--version", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip()[0].isdigit()


def test_devices_as_json(tmp_path: Path) -> None:
    done = earsight("devices", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert set(found) == {"audio", "cameras"}
    for device in found["audio"]:
        assert {"name", "host_api", "inputs", "outputs", "default_sample_rate"} <= set(device)
    for camera in found["cameras"]:
        assert set(camera) == {"index", "name"}


def test_live_runs_for_its_duration_and_writes_statistics(live_run: list[str], tmp_path: Path) -> None:
    done = earsight(*live_run, "--duration", "0.5", "--stats", "figures.json", "--record", "take.wav", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not done.stdout
    assert "latency" in done.stderr.splitlines()[0]
    assert "\x1b" not in done.stderr, "no status line in a pipe"
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["blocks"] > 0
    latency = figures["latency_samples"]
    assert latency["total"] == latency["device_input"] + latency["device_output"] + latency["plugins"]
    assert (tmp_path / "take.wav").stat().st_size > 44, "a header and some sound"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_cleanly_and_keeps_what_was_measured_and_recorded(
    number: signal.Signals, code: int, live_run: list[str], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *live_run, "--stats", "figures.json", "--record", "take.wav"],
        cwd=tmp_path,
        env=environment(PYTHONUNBUFFERED="1"),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process:
        try:
            # The start line comes once the host runs.
            first = process.stderr.readline()
            process.send_signal(number)
            _, rest = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == code, first + rest
    assert "Traceback" not in rest
    assert json.loads((tmp_path / "figures.json").read_text())["duration_s"] >= 0
    assert (tmp_path / "take.wav").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_reader_that_leaves_is_no_failure_worth_words(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = subprocess.run(
            [*PROGRAM, "--version"],
            cwd=tmp_path,
            env=environment(),
            stdout=write_end,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write_end)
    assert done.returncode == 1
    assert not done.stderr


def test_plugins_are_listed(tmp_path: Path) -> None:
    """Those that ship, and of a folder of native ones what is none."""
    (tmp_path / "rubbish.so").write_text("no library")
    folders = {"LADSPA_PATH": str(tmp_path), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = earsight("plugins", "--json", cwd=tmp_path, **folders)
    assert done.returncode == 0, done.stderr
    listed = {plugin["identifier"]: plugin for plugin in json.loads(done.stdout)["plugins"]}
    assert set(BUILT_IN) <= set(listed)
    assert listed["limiter"]["latency"] == 96
    assert [parameter["name"] for parameter in listed["trim"]["parameters"]] == ["gain_db", "invert"]
    assert any(plugin["path"].endswith("rubbish.so") and plugin["trouble"] for plugin in listed.values())


def test_a_session_brings_its_chain_and_devices_but_what_is_given_counts(
    live_run: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.chain.session.config_folder", lambda: tmp_path)
    session = tmp_path / "evening.toml"
    plan = Plan().add(Slot("limiter", "limiter"))
    write_session(session, Session(plan, {"block_size": 64, "sample_rate": 44_100}))
    figures = tmp_path / "figures.json"
    chosen = ["--duration", "0.2", "--chain", str(session), "--stats", str(figures), "--sample-rate", "32000"]
    done = earsight(*live_run, *chosen, cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    told = json.loads(figures.read_text())
    assert (told["block_size"], told["sample_rate"]) == (64, 32_000)
    assert told["latency_samples"]["plugins"] - told["latency_samples"]["algorithmic"] == 64  # 2 ms of looking ahead


def test_a_session_that_is_none_is_told(live_run: list[str], tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("version = 1\nchain = 3\n")
    done = earsight(*live_run, "--duration", "0.2", "--chain", "broken.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "session 'broken.toml'" in done.stderr
