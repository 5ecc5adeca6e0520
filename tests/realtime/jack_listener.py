"""Run by jack_returns: waits for a JACK server's loopback, listens there, and prints when it saw it and heard a sound.

Two JSON numbers, one per line: `time.monotonic` of both moments, a clock that all processes share.
"""

from __future__ import annotations

import time

import numpy as np

from realtime.drivers.library import alone, rescan

AUDIBLE = 0.01


def main() -> None:
    while True:
        rescan()
        with alone() as sd:
            names = [device["name"] for device in sd.query_devices()]
        if "loopback" in names:
            break
    print(time.monotonic(), flush=True)
    with sd.InputStream(device=names.index("loopback"), channels=2, samplerate=48_000, blocksize=128) as stream:
        while np.abs(stream.read(128)[0]).max() < AUDIBLE:
            pass
    print(time.monotonic(), flush=True)


if __name__ == "__main__":
    main()
