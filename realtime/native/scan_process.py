"""The process that looks into plugin files, seen from the one that must not crash."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from realtime.errors import PluginError

_ROOT = Path(__file__).parents[2]
"""Where the child finds our packages, wherever it is started."""
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from realtime.native import scan_child; scan_child.main()"


class ScanProcess:
    """Looks into one file after the other; a new process begins whenever a file has ended the last. One thread.

    Each kind of plugin has a process of its own.

    Parameters
    ----------
    timeout_s
        After which a process is ended that was asked for a file.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[str] | None = None
        self._kind = ""
        self._too_slow = False

    def __enter__(self) -> ScanProcess:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def ask(self, kind: str, path: Path) -> list[dict[str, Any]] | str:
        """What is in a file, or one line why that cannot be said."""
        if kind != self._kind:
            self.end()
        used, self._kind = self._process is not None, kind
        answer = self._answer(path)
        if answer is None and used and not self._too_slow:
            # An earlier file may have damaged the process, so this one is asked again, alone.
            self.end()
            answer = self._answer(path)
        if answer is None:
            answer = f"{path} {self._failure()}; it is left alone until it changes or the scan is told to look again"
        return answer

    def end(self) -> int | None:
        """End the process; gives how it ended, None when there was none."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # What a dead process was still to be told cannot be told any more.
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            return process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _answer(self, path: Path) -> Any:
        """None when the process ended instead."""
        process = self._process = self._process or _start(self._kind)
        assert process.stdin is not None and process.stdout is not None
        self._too_slow = False
        clock = threading.Timer(self._timeout_s, self._give_up, (process,))
        clock.start()
        try:
            process.stdin.write(json.dumps(str(path)) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            clock.cancel()
            clock.join()
        return json.loads(line) if line.endswith("\n") else None

    def _give_up(self, process: subprocess.Popen[str]) -> None:
        self._too_slow = True
        process.kill()

    def _failure(self) -> str:
        code = self.end()
        if self._too_slow:
            return f"did not answer within {self._timeout_s:g} s"
        name = signal.Signals(-code).name if code is not None and -code in set(signal.Signals) else f"code {code}"
        return f"crashed while it was looked into ({name})"


def _start(kind: str) -> subprocess.Popen[str]:
    """A process that is ready; raises PluginError when it does not get so far."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(_ROOT), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdout is not None
    if not process.stdout.readline():
        raise PluginError(f"the process that looks into {kind} plugins does not start, code {process.wait()}")
    return process
