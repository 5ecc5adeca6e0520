"""The commands about what is installed: a database that was not asked is no success, nor is a licence nobody knows."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CI = Path(__file__).parents[1] / ".ci"


def script(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, CI / f"{name}.py")
    assert spec is not None and spec.loader is not None
    made: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


audit, licences = script("audit"), script("licences")
WEAK = {"name": "b", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
SOUND = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "c", "skip_reason": "c is not known"}


@pytest.mark.parametrize(
    ("packages", "code", "last"),
    [
        ([SOUND], 0, "1 packages audited, 0 not, 0 known weaknesses"),
        ([SOUND, UNKNOWN], 0, "1 packages audited, 1 not, 0 known weaknesses"),
        ([SOUND, WEAK], 1, "2 packages audited, 0 not, 1 known weaknesses"),
    ],
)
def test_what_the_database_knows_decides(packages: list[dict[str, Any]], code: int, last: str) -> None:
    given, lines = audit.verdict(json.dumps({"dependencies": packages}), "")
    assert (given, lines[-1]) == (code, last)


def test_a_weakness_is_told_with_its_cure() -> None:
    _, lines = audit.verdict(json.dumps({"dependencies": [WEAK]}), "")
    assert lines[0] == "audit: b 1 has PYSEC-1; mended in 2"


@pytest.mark.parametrize("report", ["", "nonsense", "{}", json.dumps({"dependencies": [UNKNOWN, UNKNOWN]})])
def test_a_database_that_was_not_asked_is_a_failure_of_one_line(report: str) -> None:
    code, lines = audit.verdict(report, "Traceback\nConnectionError: no network")
    assert code == 1
    assert len(lines) == 1 and "run it again where the network" in lines[0]


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache-2.0 OR BSD-2-Clause",
        "LGPL-3.0-only OR GPL-2.0-only",
        "MIT AND MPL-2.0",
        "DFSG approved; MIT License",
    ],
)
def test_licences_that_go_with_ours(licence: str) -> None:
    assert licences.fits(licence)


@pytest.mark.parametrize(
    "licence", ["", "UNKNOWN", "GPL-3.0-only", "MIT AND GPL-3.0-only", "Proprietary", "AGPL-3.0-only"]
)
def test_licences_that_do_not(licence: str) -> None:
    assert not licences.fits(licence)


def test_an_exception_is_for_the_licence_that_was_looked_at() -> None:
    def said(licence: str) -> list[str]:
        return licences.verdicts([{"Name": "pedalboard", "Version": "1", "License": licence}], {"pedalboard"})[1]

    assert said("GNU General Public License v3 (GPLv3)") == []
    assert len(said("Commercial")) == 1


def test_a_package_of_which_nothing_is_known_is_told() -> None:
    assert licences.verdicts([], {"lost"})[1] == ["licences: nothing is known of 'lost'; reinstall it"]


def test_every_requirement_is_looked_at_with_what_it_needs() -> None:
    project = tomllib.loads((CI.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    there, _ = licences.needed(project["dependencies"])
    assert {"numba", "llvmlite", "rich", "pygments"} <= there, "what is asked for, and what that asks for"
    assert "torch" not in there
    with_training, _ = licences.needed(project["optional-dependencies"]["train"])
    assert {"torch", "sympy"} <= with_training
