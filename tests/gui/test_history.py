"""The history follows the ages of the last minute, by the host's own clock, and forgets what is older."""

from __future__ import annotations

import pytest

from gui.history import SPAN_S, History
from realtime.stats import Percentiles, Snapshot

pytestmark = pytest.mark.usefixtures("display")


def snapshot(elapsed_s: float, mask_ms: float) -> Snapshot:
    ages = Percentiles(p99=2 * mask_ms)
    return Snapshot(elapsed_s=elapsed_s, mask_age_now_ms=mask_ms, image_age_now_ms=70.0, mask_age_ms=ages)


@pytest.fixture
def history(qtbot):
    widget = History()
    qtbot.addWidget(widget)
    return widget


def test_curves_end_now_and_the_line_is_the_99th_percentile(history):
    for second in range(5):
        history.add(snapshot(second, 20.0 + second))
    times_s, ages_ms = history.mask_curve.getData()
    assert times_s.tolist() == [-4, -3, -2, -1, 0]
    assert ages_ms.tolist() == [20, 21, 22, 23, 24]
    assert history.image_curve.getData()[1].tolist() == [70] * 5
    assert history.limit.value() == 48


def test_what_is_older_than_the_span_is_forgotten(history):
    for second in range(0, 200, 10):
        history.add(snapshot(second, 20.0))
    times_s, _ = history.mask_curve.getData()
    assert times_s.min() >= -SPAN_S


def test_another_host_begins_anew(history):
    history.add(snapshot(100.0, 20.0))
    history.add(snapshot(1.0, 30.0))
    assert history.mask_curve.getData()[1].tolist() == [30]
    history.clear()
    history.add(snapshot(2.0, 40.0))
    assert history.mask_curve.getData()[1].tolist() == [40]
