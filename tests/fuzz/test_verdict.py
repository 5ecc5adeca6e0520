"""What the fuzz command calls a failure: each kind is seen, and each worker that goes is replaced."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from realtime.errors import LONGEST, EarsightError, SettingsError
from tests.fuzz.target import Place, Target
from tests.fuzz.verdict import of_error, of_line
from tests.fuzz.watch import Watch
from tests.fuzz.worker import Reader


class Bad(Target):
    """Does something with the place of its input."""

    name = "bad"

    def __init__(self, do: Callable[[Place], object]) -> None:
        self._do = do

    def read(self, place: Place) -> Iterable[str]:
        self._do(place)
        return ()


def failure_of(folder: Path, do: Callable[[Place], object]) -> str:
    return Reader(Bad(do), folder).judge(b"anything").failure


def refuse(text: str) -> Callable[[Place], object]:
    def do(place: Place) -> None:
        raise SettingsError(text)

    return do


def test_one_line_with_what_was_given_is_no_failure(tmp_path: Path) -> None:
    assert failure_of(tmp_path, refuse("'x' is not known; accepted: y")) == ""


def test_a_line_that_says_nothing_is_one(tmp_path: Path) -> None:
    assert failure_of(tmp_path, refuse("it does not work")) == "neither what was given nor the cure"


def test_any_other_error_is_one(tmp_path: Path) -> None:
    assert failure_of(tmp_path, lambda place: 1 // 0).startswith("ZeroDivisionError")


def test_an_exit_is_one(tmp_path: Path) -> None:
    assert failure_of(tmp_path, lambda place: exit(1)).startswith("SystemExit")


@pytest.mark.parametrize("name", ["notes.txt", "input", "new.txt"])
def test_a_changed_or_new_file_is_one(tmp_path: Path, name: str) -> None:
    assert failure_of(tmp_path, lambda place: (place.given.parent / name).write_text("mine")) == "a file was changed"


def test_too_much_memory_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.worker.MOST_BYTES", 1000)
    assert failure_of(tmp_path, lambda place: None) == "too much memory"


@pytest.mark.parametrize("line", ["a\nb", "a\x1b[31m", "", "x" * 3000, "\u2028"])
def test_a_line_that_is_none_is_one(line: str) -> None:
    assert of_line(line)[0]


@pytest.mark.parametrize("text", ["a\nb", "'\x1b[31m'; give", "x;" * 3000, "\udc80;", "two\u2028lines;"])
def test_what_the_program_raises_stays_one_line(text: str) -> None:
    said = str(EarsightError(text))
    assert said.isprintable() and len(said) <= LONGEST
    assert of_error(EarsightError(f"'{text}'")) == ("", "")


def test_a_process_that_dies_or_hangs_is_named_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.watch.MOST_SECONDS", 0.2)
    monkeypatch.setattr("tests.fuzz.watch.SPARE_S", 0.0)
    with Watch("wishes", seed=1) as watch:
        assert watch.generated(0).failure == ""
        process = watch._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        assert watch.generated(1).failure == "hang"
        assert watch.generated(2).failure == ""
        process = watch._process
        assert process is not None
        os.kill(process.pid, signal.SIGSEGV)
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            os.sched_yield()
        assert watch.generated(3).failure == "the process died of SIGSEGV"
        assert watch.generated(4).failure == ""
