"""What works on this machine and what to do about the rest: every check really tries the thing."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module, metadata

from realtime.errors import EarsightError
from realtime.stats import program_version

PACKAGES = ("numpy", "numba", "onnx", "av", "opencv-python-headless", "soxr", "soundfile", "sounddevice")
WINDOW_PACKAGES = ("PySide6-Essentials", "pyqtgraph")
RUNTIMES = ("onnxruntime-gpu", "onnxruntime")
SHARED_FOLDERS = (RUNTIMES, ("opencv-python-headless", "opencv-python"))
"""Packages that overwrite each other's files."""


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes
    ----------
    name
        What was looked at.
    ok
        True: works. False: Earsight cannot be used without it. None: does not work here, and something is lost.
    found
        What is there, in words.
    cure
        What to do about it; "" when nothing is to be done.
    """

    name: str
    ok: bool | None
    found: str
    cure: str = ""


def checks() -> list[Check]:
    """Look at everything; takes some seconds, since sessions are really created and libraries loaded."""
    parts = (
        _python,
        _packages,
        _window_packages,
        _shared_folders,
        _audio,
        _virtual_microphone,
        _cameras,
        _display,
        _providers,
        _shipped_model,
    )
    return [check for part in parts for check in _tried(part)]


def usable(found: Sequence[Check]) -> bool:
    """True when nothing that Earsight cannot do without is broken."""
    return all(check.ok is not False for check in found)


def _tried(part: Callable[[], list[Check]]) -> list[Check]:
    """A check's result; a check that fails in a way it does not know is a result as well."""
    try:
        return part()
    except Exception as error:  # noqa: BLE001 - the doctor must outlive whatever a broken library throws
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        name = part.__name__.removeprefix("_").replace("_", " ")
        return [Check(name, False, reason, "reinstall: pip install --force-reinstall earsight")]


def _python() -> list[Check]:
    version = platform.python_version()
    ok = sys.version_info >= (3, 11)
    cure = "" if ok else "install Python 3.11 or newer"
    return [Check("python", ok, f"{version}, earsight {program_version()}, {platform.platform()}", cure)]


def _packages() -> list[Check]:
    versions = {name: _version(name) for name in PACKAGES}
    runtime = next((name for name in RUNTIMES if _version(name)), RUNTIMES[0])
    versions[runtime] = _version(runtime)
    return [_installed("packages", False, versions)]


def _window_packages() -> list[Check]:
    check = _installed("window packages", None, {name: _version(name) for name in WINDOW_PACKAGES})
    if check.ok:
        try:
            import_module("PySide6.QtWidgets")
        except ImportError as error:
            cure = "Debian, Ubuntu: sudo apt-get install libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3"
            return [Check("window packages", None, str(error), cure)]
    return [check]


def _shared_folders() -> list[Check]:
    found: list[Check] = []
    for wanted, unwanted in SHARED_FOLDERS:
        if _version(wanted) and _version(unwanted):
            cure = f"pip uninstall -y {unwanted} {wanted} && pip install {wanted}"
            found.append(Check("packages in conflict", None, f"{wanted} and {unwanted} overwrite each other", cure))
    return found


def _audio() -> list[Check]:
    library_cure = "" if sys.platform in ("win32", "darwin") else "Debian, Ubuntu: sudo apt-get install libportaudio2"
    try:
        from realtime.devices import audio_devices

        devices = audio_devices()
    except (EarsightError, OSError) as error:
        return [
            Check("audio", False, str(error), library_cure or "reinstall: pip install --force-reinstall sounddevice")
        ]
    inputs = sum(device.inputs > 0 for device in devices)
    outputs = sum(device.outputs > 0 for device in devices)
    found = f"{inputs} inputs, {outputs} outputs; to list them: earsight devices"
    if inputs and outputs:
        return [Check("audio", True, found)]
    cure = "plug in a microphone and headphones (Linux: is PipeWire, PulseAudio or JACK running?); render needs neither"
    return [Check("audio", None, found, cure)]


def _virtual_microphone() -> list[Check]:
    from realtime.virtual_microphone import how_to_make_one, virtual_microphones

    found = virtual_microphones()
    if found:
        return [Check("virtual microphone", True, ", ".join(found))]
    return [Check("virtual microphone", None, "none", how_to_make_one())]


def _cameras() -> list[Check]:
    from realtime.camera import list_cameras

    cameras = list_cameras()
    if cameras:
        return [Check("camera", True, ", ".join(f"{camera.index}: {camera.name}" for camera in cameras))]
    return [Check("camera", None, "none", "plug one in, or give a stream or a file: earsight live --camera URL|FILE")]


def _display() -> list[Check]:
    if not sys.platform.startswith("linux"):
        return [Check("display", True, sys.platform)]
    found = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    if found:
        return [Check("display", True, ", ".join(found))]
    return [Check("display", None, "none", "the window needs a screen; without one, run: earsight live")]


def _providers() -> list[Check]:
    from realtime.providers import usable_providers

    found: list[Check] = []
    for name, reason in usable_providers().items():
        # Only the CPU is indispensable, and a machine without an NVIDIA card has nothing to cure.
        failed = False if name == "cpu" else None
        cure = "" if name == "cpu" else "on a machine with an NVIDIA card: pip install 'earsight[cuda]'"
        found.append(Check(f"provider {name}", failed if reason else True, reason or "works", cure if reason else ""))
    return found


def _shipped_model() -> list[Check]:
    from realtime.modelfile import shipped_model
    from realtime.sessions import load_model

    try:
        path = shipped_model()
        load_model(path, "cpu")
    except EarsightError as error:
        return [Check("shipped model", False, str(error), "reinstall: pip install --force-reinstall earsight")]
    return [Check("shipped model", True, path.name)]


def _installed(name: str, failed: bool | None, versions: dict[str, str]) -> Check:
    missing = [package for package, version in versions.items() if not version]
    if missing:
        return Check(name, failed, f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    return Check(name, True, ", ".join(f"{package} {version}" for package, version in versions.items()))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
