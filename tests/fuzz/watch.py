"""Watch: minds the process that reads bad input, ends it when it hangs, and replaces it when it is gone."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.fuzz.verdict import MOST_SECONDS, Verdict

ROOT = Path(__file__).parents[2]
PATIENCE_S = 400.0
"""For a new process: it imports and compiles."""
SPARE_S = 3.0
"""Beyond which a process that does not answer is ended: one that is only slow says so itself."""
MOST_INPUTS = 2000
"""That a process reads."""


class Watch:
    """Sends inputs of one target to a process. One thread.

    Parameters
    ----------
    target
        Its name.
    seed
        Of the generated inputs.
    """

    def __init__(self, target: str, seed: int) -> None:
        self._target = target
        self._seed = seed
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._read = 0
        self.failed: tuple[str, bytes] | None = None
        """Suffix and content of the newest input that failed."""

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def generated(self, number: int) -> Verdict:
        """What becomes of the generated input of a number."""
        return self._judged({"number": number})

    def kept(self, file: Path) -> Verdict:
        """What becomes of a file's content."""
        return self._judged({"file": str(file)})

    def _judged(self, wanted: dict[str, Any]) -> Verdict:
        if self._read >= MOST_INPUTS:
            self._end()
        verdict = self._verdict(wanted)
        if verdict.failure and self._folder is not None:
            (given,) = (Path(self._folder.name) / "given").glob("input*")
            self.failed = given.suffix, given.read_bytes()
        # Memory that was taken stays with the process, and would count for the inputs that follow.
        gone = self._process is None or self._process.poll() is not None
        if gone or verdict.failure == "hang" or "memory" in verdict.failure:
            self._end()
        return verdict

    def _verdict(self, wanted: dict[str, Any]) -> Verdict:
        process = self._process or self._start()
        assert process.stdin is not None
        self._read += 1
        try:
            process.stdin.write(json.dumps(wanted).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._died(process)
        answer = self._answer(process, MOST_SECONDS + SPARE_S)
        if answer is not None:
            return Verdict(**answer)
        if process.poll() is None:
            process.kill()
            return Verdict("hang", f"no answer within {MOST_SECONDS:g} s", seconds=MOST_SECONDS)
        return self._died(process)

    def _start(self) -> subprocess.Popen[bytes]:
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        # Room that the allocator keeps in advance would count as the program's.
        own = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "XDG_", "DISPLAY"))}
        # Compiled kernels stay where they are.
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        own |= {"XDG_CACHE_HOME": cache, "XDG_CONFIG_HOME": f"{folder}/config", "XDG_DATA_HOME": f"{folder}/data"}
        own |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with (folder / "stderr.txt").open("wb") as said:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.worker", self._target, str(self._seed), str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=own,
                cwd=ROOT,
                start_new_session=True,
            )
        self._read = 0
        if self._answer(process, PATIENCE_S) != "ready":
            why = (folder / "stderr.txt").read_text(errors="replace")
            self._end()
            raise RuntimeError(f"the process for {self._target} does not start: {why[-2000:]}")
        return process

    def _answer(self, process: subprocess.Popen[bytes], seconds: float) -> Any:
        """None when there is none in time, or the process is gone."""
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        line = process.stdout.readline() if ready else b""
        if ready and not line:
            process.wait(5)
        return json.loads(line) if line.endswith(b"\n") else None

    def _died(self, process: subprocess.Popen[bytes]) -> Verdict:
        code = process.wait(5)
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"code {code}"
        said = (Path(self._folder.name) / "stderr.txt").read_text(errors="replace") if self._folder else ""
        return Verdict(f"the process died of {name}", " ".join(said.split())[-300:])

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    # What a dead process was still to be told cannot be told any more.
                    with suppress(BrokenPipeError):
                        pipe.close()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
