"""Functions in processes of their own: where their CPU time is to be told apart, or PortAudio is to find a new server.

python -m benchmarks.child MODULE:FUNCTION REQUEST OUT     (started by `Child`)
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from realtime.errors import EarsightError

READY = "ready"


class Child:
    """A function that runs in a new Python.

    Parameters
    ----------
    function
        Of a module, not of the program itself; takes and returns what JSON can hold.
    request
        Its arguments, by name.
    environment
        Of the process; None for this one's.

    A context: what still runs at the end is ended.
    """

    def __init__(
        self, function: Callable[..., Any], request: Mapping[str, Any], environment: Mapping[str, str] | None = None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._out = Path(self._folder.name) / "out.json"
        name = f"{function.__module__}:{function.__name__}"
        self._said = Path(self._folder.name) / "said.txt"
        with self._said.open("w") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.child", name, json.dumps(request), str(self._out)],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def wait_until_ready(self) -> None:
        """Until the function has called `ready_then_wait`, or has ended."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == READY:
                return

    def go(self) -> None:
        """Let `ready_then_wait` return."""
        assert self._process.stdin is not None
        if self._process.poll() is None:
            self._process.stdin.write("go\n")
            self._process.stdin.flush()

    def result(self, timeout_s: float) -> Any:
        """What the function returned.

        Raises
        ------
        EarsightError
            When it failed or took longer.
        """
        try:
            self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            raise EarsightError(f"a measurement took longer than {timeout_s:.0f} s; is the machine busy?") from error
        if self._process.returncode or not self._out.is_file():
            said = self._said.read_text(errors="replace").strip().splitlines()
            reason = said[-1].removeprefix("earsight: ") if said else f"exit code {self._process.returncode}"
            raise EarsightError(f"a measurement failed: {reason}")
        return json.loads(self._out.read_text())


def in_child(
    function: Callable[..., Any],
    request: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    *,
    timeout_s: float,
) -> Any:
    """What a function returns that runs in a process of its own; see `Child`."""
    with Child(function, request, environment) as child:
        return child.result(timeout_s)


def ready_then_wait() -> None:
    """In the child: say that it may begin, and wait until it shall."""
    print(READY, flush=True)
    sys.stdin.readline()


def main() -> None:
    name, request, out = sys.argv[1:]
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)(**json.loads(request))
    except EarsightError as error:
        sys.exit(f"earsight: {error}")
    Path(out).write_text(json.dumps(found, allow_nan=False))


if __name__ == "__main__":
    main()
