"""Devices through which other programs, calls and OBS, take what Earsight plays as their microphone."""

from __future__ import annotations

import shutil
import subprocess
import sys

from realtime.devices import audio_devices
from realtime.errors import DeviceError

CABLES = ("blackhole", "soundflower", "cable input", "vb-audio", "voicemeeter")
"""Output devices whose other end is a microphone: macOS and Windows."""
MODULES = {"module-null-sink": "sink_name", "module-remap-source": "source_name"}
"""Of PulseAudio, which PipeWire has as well, and what names the device each makes."""
TIMEOUT_S = 5.0
CURES = {
    "darwin": "for calls or OBS: install BlackHole, then run: earsight live --output BlackHole, and choose BlackHole "
    "as the other program's microphone",
    "win32": "for calls or OBS: install VB-CABLE, then run: earsight live --output 'CABLE Input', and choose CABLE "
    "Output as the other program's microphone",
}
LINUX_CURE = (
    "for calls or OBS: pactl load-module module-null-sink sink_name=earsight, then run: PULSE_SINK=earsight earsight "
    "live --output pulse, and choose 'Monitor of' that sink as the other program's microphone; or use JACK's ports"
)
MORE = "; docs/virtual-microphone.md"


def virtual_microphones() -> list[str]:
    """What is there, by name: null sinks and remapped sources, JACK, and cable devices."""
    try:
        devices = audio_devices()
    except DeviceError:
        devices = []
    outputs = [device for device in devices if device.outputs]
    cables = [device.name for device in outputs if any(cable in device.name.casefold() for cable in CABLES)]
    on_jack = any("jack" in device.host_api.casefold() for device in outputs)
    return pulse_microphones() + (["JACK's ports"] if on_jack else []) + list(dict.fromkeys(cables))


def pulse_microphones() -> list[str]:
    """Sources of PulseAudio or PipeWire that carry what is played to a sink; none where no such server answers."""
    if shutil.which("pactl") is None:
        return []
    try:
        done = subprocess.run(
            ["pactl", "list", "short", "modules"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    found: list[str] = []
    for line in done.stdout.splitlines():
        _, module, arguments, *_ = [*line.split("\t"), "", "", ""]
        if module in MODULES:
            given = dict(argument.split("=", 1) for argument in arguments.split() if "=" in argument)
            name = given.get(MODULES[module], module.removeprefix("module-"))
            found.append(f"{name}.monitor" if module == "module-null-sink" else name)
    return found


def how_to_make_one() -> str:
    """What to do on this system."""
    cure = CURES.get(sys.platform, LINUX_CURE)
    if sys.platform not in CURES and shutil.which("pactl") is None:
        cure = f"Debian, Ubuntu: sudo apt-get install pulseaudio-utils libasound2-plugins; {cure}"
    return cure + MORE
