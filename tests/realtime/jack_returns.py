"""Run by test_device_returns: a host plays on while its JACK server is killed, changed, frozen, and the machine sleeps.

Needs JACK_DEFAULT_SERVER (a name that is not in use) and a folder; prints one JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from realtime.host import Host
from realtime.settings import Settings
from tests.realtime.jack_death import serve, wait_for

RATE = 48_000
ASLEEP_S = 1.5


def noise(folder: Path) -> Path:
    path = folder / "noise.wav"
    soundfile.write(path, (0.2 * np.random.default_rng(0).standard_normal((RATE, 1))).astype(np.float32), RATE)
    return path


class Run:
    """A host that plays noise into `loopback`, and the server that it plays to."""

    def __init__(self, folder: Path) -> None:
        self.server = serve()
        # Afterwards: it brings libraries that look for servers when they are imported.
        from tests.models.side_model import make_side_model

        self.record = folder / "out.wav"
        settings = Settings(
            output="loopback",
            clip=noise(folder),
            loop=True,
            model=make_side_model(folder / "side.onnx"),
            record=self.record,
        )
        self.host = Host(settings)
        self.host.start()
        self.begin_s = time.monotonic()

    def settled(self) -> bool:
        """Whether it has played for so long that a standstill is told from a slow start."""
        position = self.host.scope(1)[0]
        return wait_for(lambda: self.host.scope(1)[0] > position + 1.2 * RATE)

    def away(self) -> bool:
        return wait_for(lambda: self.host.snapshot().audio_away_s > 0)

    def back(self) -> float:
        """Seconds until the device is there."""
        begin_s = time.monotonic()
        return time.monotonic() - begin_s if wait_for(lambda: self.host.snapshot().audio_away_s == 0) else np.inf


def killed(run: Run) -> dict[str, Any]:
    """And started again after a second, with somebody at the other end who listens."""
    run.server.kill()
    gone_s = time.monotonic()
    run.away()
    noticed_s = time.monotonic() - gone_s
    run.server.wait()
    listener = subprocess.Popen(
        [sys.executable, "-m", "tests.realtime.jack_listener"], stdout=subprocess.PIPE, text=True
    )
    wait_for(lambda: run.host.snapshot().audio_away_s > 1.0)
    run.server = serve()
    seen_s, heard_s = (float(line) for line in listener.communicate(timeout=20)[0].split())
    run.back()
    return {"noticed_s": noticed_s, "heard_s": heard_s - seen_s, "reconnects": run.host.snapshot().audio_reconnects}


def at_another_rate(run: Run) -> dict[str, Any]:
    """Ended properly and started at a rate that the host does not use, then at its own with another period."""
    run.server.terminate()
    run.server.wait()
    run.away()
    run.server = serve(44_100)
    told = wait_for(lambda: any("44100" in notice for notice in run.host.snapshot().notices))
    run.server.terminate()
    run.server.wait()
    run.server = serve(RATE, 256)
    return {"told": told, "back_s": run.back(), "latency": run.host.snapshot().latency.device_output}


def frozen(run: Run) -> dict[str, Any]:
    before = run.host.snapshot().audio_reconnects
    run.server.send_signal(signal.SIGSTOP)
    noticed = run.away() and wait_for(lambda: run.host.snapshot().audio_away_s > ASLEEP_S)
    run.server.send_signal(signal.SIGCONT)
    return {"noticed": noticed, "back_s": run.back(), "opened_anew": run.host.snapshot().audio_reconnects - before}


def asleep(run: Run) -> dict[str, Any]:
    """The whole process, as when the machine is suspended."""
    before = run.host.snapshot()
    me = os.getpid()
    waker = subprocess.Popen(["sh", "-c", f"sleep {ASLEEP_S}; kill -CONT {me}"])
    os.kill(me, signal.SIGSTOP)
    waker.wait()
    woke_s, position = time.monotonic(), run.host.scope(1)[0]
    wait_for(lambda: run.host.scope(1)[0] > position + RATE // 10)
    sounds_s = time.monotonic() - woke_s
    run.settled()
    return {"sounds_s": sounds_s, "notices": len(run.host.snapshot().notices) - len(before.notices)}


def main(folder: Path) -> None:
    run = Run(folder)
    facts: dict[str, Any] = {}
    steps: list[Callable[[Run], dict[str, Any]]] = [killed, at_another_rate, frozen, asleep]
    try:
        for step in steps:
            run.settled()
            facts[step.__name__] = step(run)
        facts["played_s"] = time.monotonic() - run.begin_s - ASLEEP_S
        run.host.stop()
        facts["longest_gap_s"] = run.host.snapshot().audio_longest_gap_s
        facts["recorded_s"] = soundfile.info(str(run.record)).duration
        facts["notices"] = run.host.snapshot().notices
    finally:
        with suppress(ProcessLookupError):
            run.server.terminate()
        run.server.wait()
    print(json.dumps(facts))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
