"""Every input that ever failed is stood now, and so are a few new ones for each place that reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.fuzz.watch import Watch

CORPUS = Path(__file__).parent / "corpus"
INPUTS = dict.fromkeys(TARGETS, 15) | {
    "camera-streams": 2,
    "commands": 4,
    "tables": 2,
    "ladspa-files": 3,
    "clap-files": 3,
}
"""Generated ones; few of those that take long."""


@pytest.mark.timeout(400)  # what the program compiles is compiled in the first of these processes
@pytest.mark.parametrize("target", TARGETS)
def test_bad_input_is_stood(target: str) -> None:
    with Watch(target, seed=7) as watch:
        verdicts = {f"{target}/{file.name}": watch.kept(file) for file in sorted((CORPUS / target).glob("*"))}
        verdicts |= {f"--target {target} --seed 7 --number {n}": watch.generated(n) for n in range(INPUTS[target])}
    failed = {name: f"{verdict.failure} {verdict.detail}" for name, verdict in verdicts.items() if verdict.failure}
    assert not failed


def test_the_corpus_is_small_and_of_known_targets() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} <= set(TARGETS)
    assert all(path.stat().st_size < 20_000 for path in files)
