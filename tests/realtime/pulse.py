"""A PulseAudio server of its own with a null sink, and the sink's monitor as a microphone."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SINK, MICROPHONE = "earsight", "earsight_microphone"
START_TIMEOUT_S = 15.0
# As docs/virtual-microphone.md says, with a fixed format so that samples can be compared.
MODULES = (
    f"module-null-sink sink_name={SINK} format=float32le rate=48000 channels=2",
    f"module-remap-source master={SINK}.monitor source_name={MICROPHONE}",
)


def missing_programs() -> str:
    """Why no server can be started here; empty when one can."""
    names = [name for name in ("pulseaudio", "pactl", "parec") if shutil.which(name) is None]
    return f"not installed: {', '.join(names)} (Debian: apt install pulseaudio pulseaudio-utils)" if names else ""


@contextmanager
def pulse_server(folder: Path, modules: tuple[str, ...] = MODULES) -> Generator[dict[str, str]]:
    """Run a server whose socket lies in `folder`; gives the environment in which a program finds it.

    Raises
    ------
    RuntimeError
        When the server does not come up.
    """
    socket = folder / "native"
    script = folder / "server.pa"
    script.write_text(f"load-module module-native-protocol-unix socket={socket} auth-anonymous=1\n")
    environment = {**os.environ, "PULSE_SERVER": f"unix:{socket}", "PULSE_SINK": SINK}
    options = ["--exit-idle-time=-1", "--disallow-exit", "--daemonize=no", "--use-pid-file=no"]
    server = subprocess.Popen(
        ["pulseaudio", "-n", "-F", script, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while pactl(environment, "info").returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PulseAudio did not come up within {START_TIMEOUT_S:.0f} s")
            time.sleep(0.05)
        for module in modules:
            done = pactl(environment, f"load-module {module}")
            if done.returncode:
                raise RuntimeError(f"PulseAudio does not load {module}: {done.stderr}")
        yield environment
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def pactl(environment: dict[str, str], command: str) -> subprocess.CompletedProcess[str]:
    """Ask the server; the answer, whatever it is."""
    return subprocess.run(
        ["pactl", *command.split()], env=environment, capture_output=True, text=True, check=False, timeout=10
    )
