"""Opening a plugin's file, with one line for everything that it may be instead."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from realtime.errors import PluginError
from realtime.float_mode import float_mode, set_float_mode

_ELF = b"\x7fELF"
_MACHINES = {0x03: "x86", 0x28: "arm", 0x3E: "x86-64", 0xB7: "arm64", 0xF3: "risc-v"}
"""e_machine of an ELF file, System V ABI, chapter 4."""


def open_library(path: Path) -> ctypes.CDLL:
    """Load a shared library, or the one inside a bundle of macOS. It stays loaded.

    Raises
    ------
    PluginError
        One line, when it is none, or none for this machine.
    """
    file = path / "Contents" / "MacOS" / path.stem if sys.platform == "darwin" and path.is_dir() else path
    if path.is_dir() and file == path:
        raise PluginError(f"{path} is a folder; accepted: a plugin's file")
    if not file.exists():
        raise PluginError(f"{path} does not exist; run the scan again")
    if sys.platform == "linux":
        _check_elf(file)
    # Libraries that were built for fast arithmetic make the loading thread flush denormals, GCC bug 55522.
    mode = float_mode()
    try:
        return ctypes.CDLL(str(file))
    except OSError as error:
        reason = " ".join(str(error).split()).removeprefix(f"{file}: ")
        raise PluginError(f"{path} cannot be loaded: {reason}") from error
    finally:
        set_float_mode(mode)


def _check_elf(path: Path) -> None:
    """Of another machine's file the loader says that there is none; one that was cut short may end the process."""
    try:
        head, own = _head(path), _head(Path(sys.executable))
        size = path.stat().st_size
    except OSError as error:
        raise PluginError(f"{path} cannot be read: {error.strerror}") from error
    if head[:4] != _ELF:
        raise PluginError(f"{path} is not a shared library; accepted: a plugin's file")
    if len(head) < 64:
        raise PluginError(f"{path} is cut short; install the plugin again")
    if own[:4] == _ELF and (head[4], head[18:20]) != (own[4], own[18:20]):
        machine = _MACHINES.get(int.from_bytes(head[18:20], "little"), "another machine")
        bits = "64" if head[4] == 2 else "32"
        raise PluginError(f"{path} is made for {machine} of {bits} bits; install this machine's build of the plugin")
    # The section headers come last: e_shoff + e_shentsize * e_shnum, in a file of 64 bits.
    sections = int.from_bytes(head[40:48], "little")
    if head[4] == 2 and sections + int.from_bytes(head[58:60], "little") * int.from_bytes(head[60:62], "little") > size:
        raise PluginError(f"{path} is cut short; install the plugin again")


def _head(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(64)
