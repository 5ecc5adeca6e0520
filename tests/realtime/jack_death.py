"""Run by test_portaudio_jack: the JACK server dies under a stream, comes back, and the stream is opened again.

Needs JACK_DEFAULT_SERVER (a name that is not in use); prints one JSON object.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from typing import Any

from realtime.devices import audio_devices, rescan
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.errors import DeviceError


def wait_for(condition: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def serve(sample_rate: int = 48_000, block_size: int = 128) -> subprocess.Popen[Any]:
    """Start a server of the environment's name, and wait until it answers."""
    name = os.environ["JACK_DEFAULT_SERVER"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = f"-r -L 2 -d dummy -r {sample_rate} -p {block_size} -C 2 -P 2".split()
    server = subprocess.Popen(["jackd", "-n", name, *options], **quiet)
    subprocess.run(["jack_wait", "-w", "-t", "10"], check=True, **quiet)
    return server


def main() -> None:
    engine = Engine(48_000, 128)
    facts: dict[str, object] = {}
    server = serve()
    try:
        driver = PortAudioDriver(engine, "loopback", "loopback", 48_000, 128)
        driver.start()
        facts["ran"] = wait_for(lambda: engine.position > 4800)
        server.kill()
        server.wait()
        facts["noticed"] = wait_for(lambda: not driver.active)
        begin = time.monotonic()
        driver.stop()
        facts["stop_s"] = time.monotonic() - begin
        rescan()
        facts["devices_while_away"] = len(audio_devices())
        try:
            PortAudioDriver(engine, "loopback", "loopback", 48_000, 128)
        except DeviceError as error:
            facts["error"] = str(error)
        server = serve()
        rescan()
        driver = PortAudioDriver(engine, "loopback", "loopback", 48_000, 128)
        driver.start()
        position = engine.position
        facts["ran_again"] = wait_for(lambda: engine.position > position + 4800)
        driver.stop()
        facts["closed"] = not driver.active
        server.kill()
        server.wait()
        rescan()
        facts["devices_without_a_stream"] = len(audio_devices())
        server = serve()
        rescan()
        facts["devices_at_last"] = len(audio_devices())
    finally:
        # Not killed: JACK keeps a place of its few for a server that did not sign off.
        server.terminate()
        server.wait()
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
