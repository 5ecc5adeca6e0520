"""Whatever a host throws, the window learns why and goes on with what worked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from gui.runner import Outcome, Runner
from realtime.errors import DeviceError
from realtime.settings import Settings
from tests.gui.fake_host import FakeHost

GOOD = Settings()
BAD = replace(GOOD, block_size=64)


class Frail(FakeHost):
    """Does not start with BAD, nor once more with GOOD when there was a BAD before; falls over its own end."""

    failed = False
    end: Exception | None = None

    def start(self, before: FakeHost | None = None) -> None:
        if self.settings.block_size == BAD.block_size:
            Frail.failed = True
            raise DeviceError("that device is broken; choose another")
        if Frail.failed:
            raise RuntimeError("library\nin pieces")
        super().start(before)

    def stop(self) -> None:
        super().stop()
        if Frail.end is not None:
            raise Frail.end


@pytest.fixture
def runner(compiled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.setattr(Frail, "failed", False)
    monkeypatch.setattr(Frail, "end", None)
    with ThreadPoolExecutor(max_workers=1) as worker:
        yield Runner(Frail, GOOD, worker)


def outcome(runner: Runner, qtbot: QtBot) -> Outcome:
    found: list[Outcome] = []

    def ended() -> bool:
        found.extend(one for one in [runner.poll()] if one is not None)
        return bool(found)

    qtbot.waitUntil(ended)
    return found[0]


def test_the_reason_of_a_refusal_is_not_that_of_what_went_wrong_after_it(runner: Runner, qtbot: QtBot) -> None:
    runner.start(GOOD)
    assert outcome(runner, qtbot).refusal == ""
    runner.start(BAD)
    refused = outcome(runner, qtbot)
    assert refused.refusal == "that device is broken; choose another"
    assert refused.errors == (
        refused.refusal,
        "this failed (library); choose something else, or restart Earsight",
    )
    assert refused.settings == GOOD
    assert refused.host is None


def test_a_host_that_falls_over_its_own_end_is_gone_all_the_same(runner: Runner, qtbot: QtBot) -> None:
    runner.start(GOOD)
    outcome(runner, qtbot)
    Frail.end = KeyError("state")
    runner.stop()
    ended = outcome(runner, qtbot)
    assert ended.host is None and not runner.busy and not runner.wanted
    assert ended.errors == ("this failed ('state'); choose something else, or restart Earsight",)
    assert not ended.refusal
