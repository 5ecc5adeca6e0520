"""A JACK server with a dummy driver: a sound card that every machine has, with an exact loop from output to input."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from typing import Any

from realtime.errors import DeviceError

_START_TIMEOUT_S = 10
_PRIORITY = 60
_numbers = count()


def missing_programs() -> str:
    """Why no server can be started here; empty when one can."""
    names = [name for name in ("jackd", "jack_wait") if shutil.which(name) is None]
    return f"not installed: {', '.join(names)} (Debian: apt install jackd2)" if names else ""


@contextmanager
def dummy_server(block_size: int, sample_rate: int = 48_000) -> Generator[dict[str, str]]:
    """Run a server of its own name; gives the environment in which a new process finds it.

    PortAudio looks for servers when it is initialised, so a process that has already done so does not see this one. The
    server has the devices `system` (silence in) and `loopback` (output wired to input).

    Raises
    ------
    DeviceError
        When the programs are missing or the server does not come up.
    """
    missing = missing_programs()
    if missing:
        raise DeviceError(f"a JACK server cannot be started: {missing}")
    name = f"earsight-{os.getpid()}-{next(_numbers)}"
    environment = {**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    scheduling = f"-R -P {_PRIORITY}" if _may_be_real_time() else "-r"
    options = f"{scheduling} -L 2 -d dummy -r {sample_rate} -p {block_size} -C 2 -P 2".split()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(["jackd", "-n", name, *options], env=environment, **quiet)
    try:
        waited = subprocess.run(
            ["jack_wait", "-s", name, "-w", "-t", str(_START_TIMEOUT_S)], env=environment, check=False, **quiet
        )
        if waited.returncode or server.poll() is not None:
            raise DeviceError(
                f"jackd did not come up within {_START_TIMEOUT_S} s at {sample_rate} Hz in blocks of {block_size}"
            )
        yield environment
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _may_be_real_time() -> bool:
    """Whether the system lets the server and its clients have the priority that they have on a musician's machine.

    A server that asks for it does not start where it is refused.
    """
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    except OSError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True
