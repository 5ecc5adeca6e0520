"""Which audio devices are there, as a `realtime.device_watch` that runs beside tells; for while a stream plays."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

END_S = 1.0


class DeviceReports:
    """Names of the devices from now until `close`; until the first report, which takes a second, none.

    Attributes
    ----------
    number
        Of the newest report, counted from 1.
    """

    def __init__(self) -> None:
        self.number = 0
        self._names: tuple[frozenset[str], frozenset[str]] = frozenset(), frozenset()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "realtime.device_watch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, name="device reports", daemon=True)
        self._thread.start()

    def lists(self, input: str, output: str) -> bool:
        """Whether these are there by their whole names; no input is asked for by ""."""
        inputs, outputs = self._names
        return output in outputs and (not input or input in inputs)

    def close(self) -> None:
        """End the other program."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:  # a sound server holds it
            self._process.kill()
            self._process.wait()
        self._thread.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    found = json.loads(line)
                    inputs, outputs = (frozenset(value for _, value in found[kind]) for kind in ("inputs", "outputs"))
                except (ValueError, KeyError, TypeError):  # what a library prints, or why nothing was found
                    continue
                self._names = inputs, outputs
                self.number += 1
