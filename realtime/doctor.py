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
MOST_NAMED = 4
ENOUGH_LOCKED = 2**30
"""Bytes; more than Earsight and its networks take."""


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
        _plugin_places,
        _scheduling,
        _memory_lock,
        _denormals,
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


def _plugin_places() -> list[Check]:
    from realtime.native.kinds import KINDS
    from realtime.native.scan import found_in
    from realtime.python_plugins import GROUP, installed

    packages = [f"{plugin.identifier} ({plugin.package})" for plugin in installed().values()]
    found = [Check("plugins of packages", True, _some(packages) or f"none has entry points of '{GROUP}'")]
    for kind in KINDS.values():
        name = f"{kind.name} plugins"
        if not kind.usable:
            cure = f"to use them: pip install 'earsight[{kind.name}]'"
            found.append(Check(name, None, f"not looked for: {kind.needs} is missing", cure))
            continue
        there = [f"{place}: {_some([file.name for file in files])}" for place, files in found_in(kind).items()]
        looked = f"none of the folders is there: {', '.join(kind.folders)}; {kind.variable} names others"
        found.append(Check(name, True, "; ".join(there) or looked))
    return found


def _scheduling() -> list[Check]:
    from realtime.privileges import privileges

    name, allowed = "real-time scheduling", privileges()
    if allowed is None:
        return [Check(name, True, "the system's sound threads have it")]
    ways = [f"SCHED_FIFO up to priority {allowed.priority}"] if allowed.priority else []
    ways += ["RealtimeKit"] if allowed.rtkit else []
    if ways:
        return [Check(name, True, ", ".join(ways))]
    cure = (
        "not required; for fewer xruns on a busy machine: sudo apt-get install rtkit, or put '@audio - rtprio 95' into "
        "/etc/security/limits.d/audio.conf, join the group audio, and log in again"
    )
    return [Check(name, None, "not allowed, and there is no RealtimeKit", cure)]


def _memory_lock() -> list[Check]:
    from realtime.privileges import privileges

    name, allowed = "memory lock", privileges()
    if allowed is None or allowed.locked_bytes is None:
        return [Check(name, True, "no limit")]
    found = f"up to {allowed.locked_bytes / 2**20:.0f} MiB"
    if allowed.locked_bytes >= ENOUGH_LOCKED:
        return [Check(name, True, found)]
    cure = (
        "not required; where JACK complains or the machine swaps: put '@audio - memlock unlimited' into "
        "/etc/security/limits.d/audio.conf, join the group audio, and log in again"
    )
    return [Check(name, None, found, cure)]


def _denormals() -> list[Check]:
    from realtime.float_mode import flushes

    if flushes():
        return [Check("denormal numbers", True, "count as zero while the sound is processed")]
    cure = "not required; where decaying sound makes the processor busy, put a gate into the chain"
    return [Check("denormal numbers", None, "this processor cannot be told to count them as zero", cure)]


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many there are more; "" for none."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


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
