"""Every control of the window, on a real audio server with a network camera, is driven and does what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("display")
def test_no_control_is_left_out(jack: Callable[[int], dict[str, str]]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "tests/gui/jack_every_control.py"],
        env=jack(128),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-6000:]
