"""What the tests of the host share: a network camera, a full disk, and waiting without guessing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mjpeg import MjpegCamera


@pytest.fixture
def mjpeg() -> Iterator[MjpegCamera]:
    """A running camera at `mjpeg.url`."""
    camera = MjpegCamera()
    yield camera
    camera.close()


@pytest.fixture
def wait_for() -> Callable[..., bool]:
    """`wait_for(condition, timeout_s)`: poll until it holds; False when it does not in time."""

    def wait(condition: Callable[[], object], timeout_s: float = 10.0) -> bool:
        deadline = time.monotonic() + timeout_s
        pause = 0.005
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(pause)
        return bool(condition())

    return wait


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for 1 MB."""
    if not sys.platform.startswith("linux") or shutil.which("mount") is None:
        pytest.skip("a small file system can only be mounted on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", folder], check=True, capture_output=True)
