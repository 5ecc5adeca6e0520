"""Every command that the README tells a reader to type exists, and the quick ones are run."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from realtime.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = [sys.executable, "-m", "realtime.cli"]

RUN_AS = {
    "earsight doctor": "doctor --json",
    "earsight devices": "devices --json",
    "earsight live": "live --driver null --camera none --duration 0.3",
    "earsight live --record evening.mkv": "live --driver null --camera none --duration 0.3 --record evening.mkv",
    "earsight play clip.mp4": "play clip.mp4 --driver null",
    "earsight render clip.mp4 -o binaural.mp4": "render clip.mp4 -o binaural.mp4",
}
"""Commands that are run -> the arguments, the same but for what needs hardware or a person to stop it."""


def readme_commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    lines = (line.partition("#")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("command", readme_commands())
def test_command_exists(command: str) -> None:
    program, *arguments = shlex.split(command)
    if program == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    elif program == "pip":
        extra = re.fullmatch(r"\.(?:\[(\w+)\])?", arguments[-1])
        assert arguments[0] == "install" and extra
        assert extra[1] is None or extra[1] in project()["optional-dependencies"]
    elif program == "python":
        assert_takes(*arguments)
    else:
        assert program in project()["scripts"]
        parse(arguments)


@pytest.mark.parametrize("command", RUN_AS)
def test_quick_command_runs(command: str, tmp_path: Path) -> None:
    assert command in readme_commands(), "the table names a command that the README no longer has"
    if "clip.mp4" in command:
        make_clip(tmp_path / "clip.mp4")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*PROGRAM, *shlex.split(RUN_AS[command])],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    # The doctor's code is its verdict on this machine.
    assert done.returncode == 0 or (command == "earsight doctor" and done.returncode == 1), done.stderr
    assert "Traceback" not in done.stderr


def test_promised_files_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).is_file()]


def test_promised_exit_code_of_ctrl_c_is_the_shells() -> None:
    assert f"{128 + signal.SIGINT} stopped by Ctrl-C" in README


def assert_takes(flag: str, module: str, *options: str) -> None:
    """`python -m module` has a help page that knows every option."""
    command = [sys.executable, flag, module, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not [option for option in options if option.startswith("--") and option not in done.stdout]


def parse(arguments: list[str]) -> None:
    """Parse as the program would, running nothing; wrong usage raises."""
    group: Any = typer.main.get_command(app)
    if arguments:
        name, *rest = arguments
        assert name in group.commands
        group.commands[name].make_context(name, rest)


def make_clip(path: Path) -> None:
    """Two seconds of a tone and of a test picture."""
    subprocess.run(
        [
            *("ffmpeg", "-loglevel", "error"),
            *("-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=48000"),
            *("-f", "lavfi", "-i", "testsrc=duration=2:size=320x160:rate=10"),
            *("-c:v", "mpeg4", "-c:a", "aac", "-shortest", str(path)),
        ],
        check=True,
        timeout=60,
    )
