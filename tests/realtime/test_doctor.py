"""The doctor: each check says what it found, each failure says what to do, and the exit code is the verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from realtime import doctor
from realtime.doctor import Check, checks, usable
from realtime.privileges import Privileges, privileges

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> list[Check]:
    return checks()


def test_every_part_is_looked_at(found: list[Check]) -> None:
    names = {check.name for check in found}
    assert {
        "python",
        "packages",
        "window packages",
        "audio",
        "camera",
        "display",
        "shipped model",
        "denormal numbers",
    } <= names
    assert {f"provider {name}" for name in ("cpu", "cuda", "tensorrt")} <= names


def test_whatever_does_not_work_has_a_cure(found: list[Check]) -> None:
    assert all(check.found for check in found)
    assert not [check for check in found if check.ok is not True and not check.cure]
    assert not [check for check in found if check.ok is True and check.cure]


def test_answers_are_single_lines(found: list[Check]) -> None:
    assert not [check for check in found if "\n" in check.found + check.cure]


def test_the_cpu_always_computes(found: list[Check]) -> None:
    assert {check.name: check.ok for check in found}["provider cpu"] is True


def test_places_of_plugins_and_what_lies_there_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcdef":
        (tmp_path / f"{name}.clap").write_bytes(b"")
    monkeypatch.setenv("CLAP_PATH", str(tmp_path))
    listed = {check.name: check.found for check in doctor._plugin_places()}
    assert f"{tmp_path}: a.clap, b.clap, c.clap, d.clap and 2 more" in listed["clap plugins"]
    assert set(listed) == {"plugins of packages", "ladspa plugins", "clap plugins", "vst3 plugins"}


@pytest.mark.parametrize(
    ("allowed", "found", "cured"),
    [
        (Privileges(95, False, None), ["SCHED_FIFO up to priority 95", "no limit"], [False, False]),
        (Privileges(0, True, 2**31), ["RealtimeKit", "up to 2048 MiB"], [False, False]),
        (Privileges(5, True, 2**23), ["SCHED_FIFO up to priority 5, RealtimeKit", "up to 8 MiB"], [False, True]),
        (Privileges(0, False, 2**23), ["not allowed, and there is no RealtimeKit", "up to 8 MiB"], [True, True]),
        (None, ["the system's sound threads have it", "no limit"], [False, False]),
    ],
)
def test_what_the_system_grants_is_said_and_never_required(
    allowed: Privileges | None, found: list[str], cured: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.privileges.privileges", lambda: allowed)
    told = [*doctor._scheduling(), *doctor._memory_lock()]
    assert [check.found for check in told] == found
    assert [bool(check.cure) for check in told] == cured
    assert all(check.cure.startswith("not required; ") for check in told if check.cure)
    assert usable(told)


def test_the_priority_is_tried_on_a_thread_that_is_gone_afterwards() -> None:
    before = os.sched_getscheduler(0) if sys.platform == "linux" else None
    allowed = privileges()
    assert (allowed is None) == (sys.platform != "linux")
    if sys.platform == "linux":
        assert os.sched_getscheduler(0) == before
        assert "priority" not in {thread.name for thread in threading.enumerate()}


def test_only_what_is_indispensable_makes_it_unusable() -> None:
    assert usable([Check("a", True, "x"), Check("b", None, "x", "y")])
    assert not usable([Check("a", True, "x"), Check("b", False, "x", "y")])


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Check]:
        raise OSError("libsomething.so.1: cannot open shared object file\nmore")

    monkeypatch.setattr(doctor, "_audio", broken)
    failed = [check for check in checks() if "libsomething" in check.found]
    assert len(failed) == 1
    assert failed[0].ok is False
    assert failed[0].found == "libsomething.so.1: cannot open shared object file"


def test_two_packages_in_one_folder_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda package: "1.0")
    warnings = [check for check in checks() if check.name == "packages in conflict"]
    assert {check.ok for check in warnings} == {None}
    assert any("onnxruntime" in check.found for check in warnings)


def test_json_and_exit_code_agree(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "realtime.cli", "doctor", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    report = json.loads(done.stdout)
    assert set(report) == {"usable", "checks"}
    assert all(set(check) == {"name", "ok", "found", "cure"} for check in report["checks"])
    assert done.returncode == (0 if report["usable"] else 1)
