"""The waveform shows a clip's shape, where it plays and what is selected, and says where the user points to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from gui.times import clock
from gui.wave_image import wave_alpha
from gui.waveform import Waveform
from realtime.overview import Shape
from tests.gui.test_window import pixels

pytestmark = pytest.mark.usefixtures("themed")

DURATION_S = 100.0


def shape(levels: list[float], step_s: float = 1.0) -> Shape:
    level = np.array(levels, np.float32)
    return Shape(-level, level, level * np.float32(0.5), step_s)


@pytest.fixture
def waveform(qtbot) -> Waveform:
    made = Waveform()
    qtbot.addWidget(made)
    made.resize(501, made.height())
    made.show_shape(shape([0.5] * 100), DURATION_S)
    made.show()
    return made


def at(waveform: Waveform, seconds: float) -> QPoint:
    return QPoint(round(waveform.width() * seconds / DURATION_S), waveform.height() // 2)


def drag(qtbot, waveform: Waveform, start_s: float, end_s: float, keys=Qt.KeyboardModifier.NoModifier) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(waveform, left, keys, at(waveform, start_s))
    qtbot.mouseMove(waveform, at(waveform, (start_s + end_s) / 2))
    qtbot.mouseMove(waveform, at(waveform, end_s))
    qtbot.mouseRelease(waveform, left, keys, at(waveform, end_s))


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [(0, 0, "0:00"), (59.99, 0, "0:59"), (61, 0, "1:01"), (3723.5, 0, "1:02:03"), (7.59, 1, "0:07.5"), (-1, 0, "0:00")],
)
def test_times_are_read_as_clocks(seconds, decimals, text):
    assert clock(seconds, decimals) == text


def test_it_is_as_high_as_it_is_loud():
    alpha = wave_alpha(shape([0.2, 0.4, 0.8, 0.0]), 4.0, 40, 100)
    heights = (alpha > 0).sum(0).reshape(4, 10)
    assert (heights.min(1) == heights.max(1)).all()
    np.testing.assert_allclose(heights[:3, 0], [23, 46, 92], atol=2)
    # What is silent is a line.
    assert 1 <= heights[3, 0] <= 2
    # In the middle the loudness lies over the peaks.
    assert alpha[50, 5] == pytest.approx(1.0)
    assert alpha.max() <= 1.0


@pytest.mark.parametrize("count", [3, 40, 977])
def test_each_column_shows_the_loudest_of_its_time(count):
    levels = np.random.default_rng(0).uniform(0.1, 0.9, count)
    width, height = 40, 2000
    alpha = wave_alpha(shape(list(levels)), float(count), width, height)
    columns = (np.arange(width + 1) * count / width).astype(int)
    loudest = [levels[a : max(b, a + 1)].max() for a, b in pairwise(columns)]
    np.testing.assert_allclose((alpha > 0).sum(0) / height, 0.92 * np.array(loudest) / levels.max(), atol=3 / height)


def test_what_was_not_read_is_empty():
    alpha = wave_alpha(shape([0.5] * 25), 100.0, 80, 20)
    assert (alpha[:, :20] > 0).any(0).all()
    assert not alpha[:, 20:].any()
    assert not wave_alpha(Shape(), 10.0, 80, 20).any()
    assert not wave_alpha(shape([1.0]), 0.0, 80, 20).any()


def test_what_was_played_has_another_colour(waveform):
    waveform.show_position(50.0)
    picture = pixels(waveform.grab().toImage()).astype(int)
    rows = slice(20, 40)
    played, rest = picture[rows, 20:230].mean((0, 1)), picture[rows, 270:480].mean((0, 1))
    assert np.abs(played - rest).max() > 40
    head = picture[30, 240:262].sum(-1)
    assert 240 + int(head.argmax()) == pytest.approx(250, abs=2)


def test_the_head_of_a_long_clip_is_drawn_though_each_step_is_small(waveform, qtbot):
    qtbot.waitExposed(waveform)
    for step in range(101):
        waveform.show_position(50.0 + step * 0.04)  # a fifth of a pixel each
    qtbot.waitUntil(lambda: waveform._painted_x == pytest.approx(waveform.width() * 0.54, abs=0.3))


def test_a_click_seeks(waveform, qtbot):
    with qtbot.waitSignal(waveform.seek_wanted) as sought:
        qtbot.mouseClick(waveform, Qt.MouseButton.LeftButton, pos=at(waveform, 40.0))
    assert sought.args[0] == pytest.approx(40.0, abs=0.2)
    assert waveform.selection is None


def test_a_drag_ends_where_it_is_let_go(waveform, qtbot):
    sought: list[float] = []
    waveform.seek_wanted.connect(sought.append)
    drag(qtbot, waveform, 20.0, 70.0)
    assert sought[0] == pytest.approx(20.0, abs=0.2)
    assert sought[-1] == pytest.approx(70.0, abs=0.2)


@pytest.mark.parametrize(("start_s", "end_s"), [(20.0, 60.0), (60.0, 20.0)])
def test_a_drag_with_shift_selects(waveform, qtbot, start_s, end_s):
    sought: list[float] = []
    waveform.seek_wanted.connect(sought.append)
    with qtbot.waitSignal(waveform.selected) as selected:
        drag(qtbot, waveform, start_s, end_s, Qt.KeyboardModifier.ShiftModifier)
    assert selected.args[0] == pytest.approx((20.0, 60.0), abs=0.2)
    assert waveform.selection == selected.args[0]
    assert not sought
    shaded = pixels(waveform.grab().toImage()).astype(int)[2]
    assert np.abs(shaded[200] - shaded[400]).max() > 10


def test_nothing_is_sought_in_a_clip_of_unknown_length(waveform, qtbot):
    waveform.show_shape(Shape(), 0.0, "clip 'a.txt' is not a media file")
    sought: list[float] = []
    waveform.seek_wanted.connect(sought.append)
    qtbot.mouseClick(waveform, Qt.MouseButton.LeftButton, pos=QPoint(100, 20))
    assert not sought
    assert pixels(waveform.grab().toImage()).std() > 5, "the reason is written there"


def test_the_time_under_the_mouse_is_shown(waveform, qtbot):
    before = pixels(waveform.grab().toImage()).astype(int)

    def differing() -> np.ndarray:
        return (pixels(waveform.grab().toImage()) != before).any(-1).any(0).nonzero()[0]

    qtbot.mouseMove(waveform, at(waveform, 60.0))
    qtbot.waitUntil(lambda: len(differing()) > 0)
    changed = differing()
    assert 299 <= changed.min() <= 301 and 320 < changed.max() < 380
