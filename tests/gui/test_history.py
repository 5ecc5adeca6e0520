"""The history follows a quantity over the last minute, by the host's own clock, and forgets what is older."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gui.history import SPAN_S, History
from gui.theme import ACCENT, colour

pytestmark = pytest.mark.usefixtures("themed")


class Counting:
    """Histograms that grow by blocks of an age and a duration."""

    def __init__(self) -> None:
        self.ages, self.durations = np.zeros(1_000, np.int64), np.zeros(1_000, np.int64)

    def grown(self, age_ms: int, duration_us: int, blocks: int = 10) -> dict[str, np.ndarray]:
        self.ages[age_ms] += blocks
        self.durations[duration_us] += blocks
        return {"mask_age_ms": self.ages.copy(), "callback_us": self.durations.copy()}


@pytest.fixture
def history(qtbot):
    widget = History()
    qtbot.addWidget(widget)
    widget.resize(460, 150)
    widget.show()
    return widget


def test_the_curve_ends_now_and_the_lines_are_the_percentiles(history):
    counting = Counting()
    for second in range(5):
        history.add(second, counting.grown(20 + second, 40))
    history.choose(0)
    times_s, ages_ms = history.curve.getData()
    assert times_s.tolist() == [-4, -3, -2, -1, 0]
    assert ages_ms.tolist() == [20.5, 21.5, 22.5, 23.5, 24.5]
    # A percentile is stated as its bin's upper edge.
    assert [limit.value() for limit in history.limits] == [23, 25, 25]
    assert [figure.text() for figure in history.figures] == ["p50 23 ms", "p95 25 ms", "p99 25 ms"]


def test_the_bars_are_shares_of_all_values(history):
    history.add(1.0, Counting().grown(20, 40))
    shares = history.columns.opts["width"]
    assert shares.sum() == 1
    assert history.columns.opts["y"][shares.argmax()] == pytest.approx(20.5, abs=1)


def test_another_quantity_shows_its_own_past(history, qtbot):
    counting = Counting()
    for second in range(3):
        history.add(second, counting.grown(20, 40 + second))
    qtbot.mouseClick(history.choices.button(1), Qt.MouseButton.LeftButton)
    assert history.curve.getData()[1].tolist() == [40.5, 41.5, 42.5]
    assert history.figures[2].text() == "p99 43 µs"


def test_what_is_older_than_the_span_is_forgotten(history):
    counting = Counting()
    for second in range(0, 200, 10):
        history.add(second, counting.grown(20, 40))
    history.choose(0)
    times_s, values = history.curve.getData()
    assert times_s.min() >= -SPAN_S
    assert len(values) == len(times_s)


def test_another_host_begins_anew(history):
    history.add(100.0, Counting().grown(20, 40))
    history.clear()
    history.add(2.0, Counting().grown(40, 40))
    assert history.curve.getData()[1].tolist() == [40.5]


def test_counters_that_are_reset_leave_no_gap(history):
    history.add(10.0, Counting().grown(20, 40))
    history.add(0.2, Counting().grown(30, 40, blocks=5))
    history.choose(0)
    assert len(history.curve.getData()[0]) == 1


def test_it_has_the_colours_of_now(history):
    assert history.curve.opts["pen"].color() == colour(ACCENT)
