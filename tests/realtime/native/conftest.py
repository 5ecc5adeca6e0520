"""What the tests of native plugins share: real plugins where they are installed, and C compiled where it can be."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from realtime.float_mode import float_mode, set_float_mode
from realtime.native.clap import ClapPlugin
from realtime.native.ladspa import LadspaPlugin

FLUSHING = 0x8040
"""Bits of MXCSR: results that are denormal become zero, and so do operands."""
HERE = Path(__file__).parent
LADSPA_FOLDER, CLAP_FOLDER = Path("/usr/lib/ladspa"), Path("/usr/lib/clap")


def installed(path: Path, package: str) -> Path:
    """The file, or a skip that says what is missing."""
    if not path.exists():
        pytest.skip(f"not installed: {path.name} (Debian: apt install {package})")
    return path


@pytest.fixture(autouse=True)
def usual_arithmetic() -> Iterator[None]:
    """Denormals are numbers, whatever a library that an earlier test loaded has left behind in this process."""
    if platform.machine() != "x86_64":
        yield
        return
    before = float_mode()
    set_float_mode(before & ~FLUSHING)
    yield
    set_float_mode(before)


@pytest.fixture
def swh() -> Callable[[str, str], Callable[[], LadspaPlugin]]:
    """`swh("amp_1181", "amp")` makes plugins of Steve Harris's collection."""

    def find(stem: str, label: str) -> Callable[[], LadspaPlugin]:
        path = installed(LADSPA_FOLDER / f"{stem}.so", "swh-plugins")
        return lambda: LadspaPlugin(path, label)

    return find


@pytest.fixture
def zam() -> Callable[[str], Callable[[], ClapPlugin]]:
    """`zam("ZamEQ2")` makes plugins of Damien Zammit's collection."""

    def find(name: str) -> Callable[[], ClapPlugin]:
        path = installed(CLAP_FOLDER / f"{name}.clap", "zam-plugins")
        return lambda: ClapPlugin(path, f"com.zamaudio.{name}")

    return find


@pytest.fixture
def build(tmp_path: Path) -> Callable[[str, str], Path]:
    """`build("constructor.c", "bad.so", ...)` compiles one of the C files beside this one."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform == "win32":
        pytest.skip("no C compiler: cc (Debian: apt install gcc)")

    def make(source: str, name: str, *options: str) -> Path:
        made = tmp_path / name
        subprocess.run([compiler, "-shared", "-fPIC", "-o", made, *options, HERE / source], check=True)
        return made

    return make
