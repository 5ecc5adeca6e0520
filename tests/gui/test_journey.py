"""The window on a real audio server with a network camera: as one goes through it, and every control of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("tests", ["jack_journey.py", "jack_every_control.py"])
@pytest.mark.usefixtures("display")
def test_on_a_server_of_its_own(tests: str, jack: Callable[[int], dict[str, str]]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"tests/gui/{tests}"],
        env=jack(128),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-6000:]
