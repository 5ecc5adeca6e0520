"""A path that is no plugin, or none for this machine, gives one line that says so."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import PluginError
from realtime.native import clap, ladspa
from realtime.native.library import open_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the files of the test are Linux's")


def own_program() -> bytearray:
    """A file that this machine runs."""
    return bytearray(Path(sys.executable).read_bytes())


def other_machine(_path: Path) -> bytes:
    program = own_program()
    program[18:20] = (0x28).to_bytes(2, "little")
    return bytes(program)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (lambda _: b"[Desktop Entry]\n" * 10, "is not a shared library; accepted: a plugin's file"),
        (lambda _: b"", "is not a shared library; accepted: a plugin's file"),
        (lambda _: own_program()[:40], "is cut short; install the plugin again"),
        (lambda _: own_program()[:-20], "is cut short; install the plugin again"),
        (other_machine, "is made for arm of 64 bits; install this machine's build of the plugin"),
    ],
)
@pytest.mark.parametrize("kind", [ladspa, clap])
def test_it_is_said_in_one_line(tmp_path: Path, content: Callable[[Path], bytes], line: str, kind) -> None:
    path = tmp_path / "plugin.so"
    path.write_bytes(content(path))
    with pytest.raises(PluginError) as raised:
        kind.describe(path)
    assert str(raised.value) == f"{path} {line}"


@pytest.mark.parametrize("kind", [ladspa, clap])
def test_a_folder_and_nothing_at_all(tmp_path: Path, kind) -> None:
    with pytest.raises(PluginError, match="is a folder; accepted: a plugin's file"):
        kind.describe(tmp_path)
    with pytest.raises(PluginError, match="does not exist; run the scan again"):
        kind.describe(tmp_path / "gone.so")


def test_a_library_that_is_no_plugin(build: Callable[..., Path]) -> None:
    path = build("misbehaving.c", "plain.so", "-DMISBEHAVE=return")
    with pytest.raises(PluginError, match=r"plain.so is not a LADSPA file: it has no ladspa_descriptor"):
        ladspa.describe(path)
    with pytest.raises(PluginError, match=r"plain.so is not a CLAP file: it has no clap_entry"):
        clap.describe(path)


def test_loading_leaves_the_arithmetic_as_it_was(build: Callable[..., Path]) -> None:
    """A library built for fast arithmetic would make the thread that loads it flush denormals."""
    if platform.machine() != "x86_64":
        pytest.skip("the test sets the mode of x86-64")
    open_library(build("misbehaving.c", "fast.so", "-DMISBEHAVE=__builtin_ia32_ldmxcsr(0x9fc0)"))
    assert np.float32(1e-40) * np.float32(0.5) > 0
