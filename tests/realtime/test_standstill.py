"""How long a position stands still is what somebody saw of it, and where it stopped is told by its rate."""

from __future__ import annotations

import pytest

from realtime import standstill
from realtime.standstill import Standstill

RATE = 48_000
POLL_S = 0.05


def test_time_in_which_nobody_looked_is_no_standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(standstill.time, "monotonic", lambda: now_s)
    still = Standstill(0, RATE, POLL_S)
    for _ in range(3):
        now_s += POLL_S
        still.look(4800)
    assert still.lasts_s == pytest.approx(2 * POLL_S)
    now_s += 3600.0  # the machine slept
    still.look(4800)
    assert still.lasts_s == pytest.approx(4 * POLL_S)
    still.look(4928)
    assert still.lasts_s == 0.0


def test_it_began_when_the_first_missing_sample_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(standstill.time, "monotonic", lambda: now_s)
    still = Standstill(0, RATE, POLL_S)
    for position in (2400, 4800, 5280, 5280, 5280):
        now_s += POLL_S
        still.look(position)
    assert still.since_s == pytest.approx(100.0 + 5280 / RATE)
