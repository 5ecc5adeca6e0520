"""What goes on beside the sound while it is measured: a spinning Python thread, a change of network."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

from realtime.host import Host
from realtime.settings import Settings

SWAP_TIMEOUT_S = 30.0


@contextmanager
def spinning_thread() -> Generator[None]:
    """A pure-Python thread that never lets go of the interpreter by itself."""
    stop = threading.Event()

    def spin() -> None:
        number = 0
        while not stop.is_set():
            number = (number * 1_103_515_245 + 12_345) % 2_147_483_648

    thread = threading.Thread(target=spin, name="spinner", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def loading_thread(settings: Settings) -> Generator[None]:
    """A thread that opens the network again and again, as the window does before a change of it."""
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            host = Host(settings)
            host.prepare()
            host.stop()

    thread = threading.Thread(target=load, name="loader", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def change_places(old: Host, settings: Settings) -> tuple[Host, float]:
    """Replace a host as the window does.

    Returns
    -------
    host
        The one that plays now.
    silence_ms
        From when the old one fell silent, at the latest, to the first block of the new one.
    """
    new = Host(settings)
    new.prepare()
    begin = time.perf_counter()
    new.start(old)
    while new.scope(1)[0] == 0 and time.perf_counter() - begin < SWAP_TIMEOUT_S:
        time.sleep(0.001)
    silence_ms = 1000 * (time.perf_counter() - begin)
    old.stop()
    return new, silence_ms
