"""A program that says which devices are there, whenever that changes: python -m realtime.device_watch

PortAudio cannot look again while a stream of the same process runs, so this is a process of its own. It writes one JSON
line at the start and after each change, `{"inputs": [[label, value], ...], "outputs": ..., "cameras": ...}` or
`{"error": "..."}`; it looks anew for each line that it reads, and ends when there is nothing more to read.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Hashable, Iterable
from pathlib import Path

from realtime.devices import AudioDevice, audio_devices, cameras, rescan
from realtime.errors import EarsightError

GLANCE_S = 1.0
"""Between two glances at what the system says about its devices, which costs next to nothing."""
BLIND_S = 3.0
"""Between two looks through PortAudio where the system says nothing."""
CARDS = (Path("/proc/asound/cards"), Path("/proc/asound/pcm"))
CAMERAS = Path("/sys/class/video4linux")
SHARED_MEMORY = Path("/dev/shm")
"""Each JACK client has a file here, also the servers themselves. Those of a server that was killed stay, but the next
one makes its socket anew."""


def glance() -> Hashable:
    """What changes when a device comes or goes, as far as this system shows it; None where it shows nothing."""
    if not sys.platform.startswith("linux"):
        return None
    cards = tuple(_text(path) for path in CARDS)
    # PortAudio's own clients come and go with each stream and each look.
    jack = [name for name in _names(SHARED_MEMORY) if name.startswith("jack_") and "PortAudio" not in name]
    clients = tuple((name, _inode(SHARED_MEMORY / name)) for name in jack)
    return (*cards, _names(CAMERAS), clients, _pulse_socket().exists())


def look() -> dict[str, object]:
    """Every device now, for people and as settings name it."""
    try:
        rescan()
        devices = audio_devices()
        return {
            "inputs": choices(device for device in devices if device.inputs > 0),
            "outputs": choices(device for device in devices if device.outputs > 0),
            "cameras": [[camera.name, str(camera.index)] for camera in cameras()],
        }
    except (EarsightError, OSError) as error:
        return {"error": str(error)}


def choices(devices: Iterable[AudioDevice]) -> list[list[str]]:
    """One entry per name, [label, value]: a device that several host APIs show is chosen by its name alone."""
    systems: dict[str, list[str]] = {}
    for device in devices:
        systems.setdefault(device.name, []).append(device.host_api)
    return [[f"{name} ({', '.join(apis)})", name] for name, apis in systems.items()]


def watch() -> None:
    """Look, tell and wait for a change, until standard input ends."""
    asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    told: dict[str, object] | None = None
    seen: Hashable = object()
    settled = True
    while True:
        now = glance()
        if now is None or now != seen or not settled:
            # A server shows before it answers, so after a change a second look follows.
            settled, seen = now == seen, now
            found = look()
            if found != told:
                told = found
                print(json.dumps(found), flush=True)
        try:
            if asked.get(timeout=BLIND_S if now is None else GLANCE_S):
                seen, told = object(), None
        except queue.Empty:
            pass


def _pulse_socket() -> Path:
    """Of the sound server that speaks PulseAudio's protocol, PipeWire for one; while it is there, so is its device."""
    chosen = os.environ.get("PULSE_SERVER", "")
    if chosen.startswith("unix:"):
        return Path(chosen.removeprefix("unix:"))
    return Path(os.environ.get("XDG_RUNTIME_DIR", "/run"), "pulse", "native")


def _listen(asked: queue.SimpleQueue[bool]) -> None:
    for _ in sys.stdin:
        asked.put(True)
    # A library of some sound system may hang at a proper exit.
    os._exit(0)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not there, or gone at this moment
        return ""


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:  # as above
        return 0


def _names(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(entry.name for entry in folder.iterdir()))
    except OSError:  # as above
        return ()


if __name__ == "__main__":
    watch()
