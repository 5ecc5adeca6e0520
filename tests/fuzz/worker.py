"""Worker: the process in which the program reads bad input, and which may crash, hang or run out of memory.

A line in is a JSON object {"number": N} or {"file": PATH}; a line out is a verdict. Run by `tests.fuzz.watch` with the
target's name, the seed and a folder of its own.
"""

from __future__ import annotations

import faulthandler
import hashlib
import json
import os
import resource
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.fuzz.target import Place, Target, generator_of
from tests.fuzz.verdict import MOST_BYTES, MOST_SECONDS, Verdict, of_error, of_line

BYSTANDER = "notes.txt"
"""Lies beside each input, and is to be there afterwards as it was."""


class Reader:
    """Has a target read inputs in a folder, and judges. One per process.

    Parameters
    ----------
    folder
        Empty; home, working directory and all folders of settings lie in it.
    """

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._given, self._made, self._own = (folder / name for name in ("given", "made", "own"))
        for made in (self._given, self._made, self._own):
            made.mkdir()
        (self._given / BYSTANDER).write_text("somebody's own\n")
        target.prepare(self._own)
        # What is compiled at its first use is compiled before time and memory count.
        good = target.good()
        if good is not None:
            verdict = self.judge(good)
            if verdict.refused or verdict.failure not in ("", "hang"):
                raise RuntimeError(f"{target.name} does not take a good input: {verdict.failure} {verdict.detail}")

    def judge(self, content: bytes) -> Verdict:
        """Give it one input."""
        given = self._given / f"input{self._target.suffix}"
        given.write_bytes(content)
        before = _contents(self._given)
        _reset_peak()
        began = time.perf_counter()
        failure, detail, refused = self._read(Place(given, self._made))
        seconds, peak = time.perf_counter() - began, _peak_bytes()
        if not failure and _contents(self._given) != before:
            failure, detail = "a file was changed", ", ".join(_contents(self._given).keys() ^ before.keys())
        if not failure and peak > MOST_BYTES:
            failure, detail = "too much memory", f"{peak / 2**30:.1f} GB"
        if not failure and seconds > MOST_SECONDS:
            failure, detail = "hang", f"{seconds:.0f} s"
        # The input itself stays until the next: who watches may want to keep it.
        for left in self._made.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
        return Verdict(failure, detail, refused, seconds, peak)

    def _read(self, place: Place) -> tuple[str, str, bool]:
        try:
            for line in self._target.read(place):
                failure, detail = of_line(line)
                if failure:
                    return failure, detail, False
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, it is judged
            return *of_error(error), True
        return "", "", False


def limit_memory() -> None:
    """No more address space than what is taken now and the limit: what asks for more fails in this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(name: str, seed: int, folder: Path) -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What libraries print must not come between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    faulthandler.enable()
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]()
    reader = Reader(target, folder)
    (folder / "home").mkdir()
    os.chdir(folder / "home")
    limit_memory()
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        wanted: dict[str, Any] = json.loads(line)
        content = (
            Path(wanted["file"]).read_bytes()
            if "file" in wanted
            else target.generate(generator_of(name, seed, wanted["number"]))
        )
        print(json.dumps(asdict(reader.judge(content))), file=answers, flush=True)
    target.close()
    # Threads of libraries may hang at the end, and everything is said.
    os._exit(0)


def _contents(folder: Path) -> dict[str, str]:
    """Digest of every file in a folder, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _reset_peak() -> None:
    """Begin to measure the largest memory anew; where the system does not allow that, it is the process's so far."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
