"""Each widget by itself: what it draws and how it moves."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from gui.attention import azimuth_deg, centre, glow
from gui.meters import BOTTOM_DB, Meter, Meters
from gui.notices import Notices
from gui.picture import MARK_PX, Picture, fitted
from gui.spectrogram import SECONDS, Spectrograms
from gui.theme import DARK, LIGHT, TEXT_PAIRS
from tests.gui.fake_host import sound_at
from tests.gui.test_window import pixels

pytestmark = pytest.mark.usefixtures("themed")


def drawn(widget) -> np.ndarray:
    """(height, width, 3) of ints."""
    return pixels(widget.grab().toImage()).astype(int)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    shown = QColor(colour)
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (shown.redF(), shown.greenF(), shown.blueF())
    ]
    return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_contrast(text, ground, colours):
    light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def feed(spectrograms: Spectrograms, seconds: float, rate: int = 48_000) -> None:
    """Hand it the sound of one second up to `seconds`, as a poll would."""
    end = round(seconds * rate)
    samples = spectrograms.samples_wanted(seconds)
    spectrograms.feed(end, sound_at(np.arange(end - samples, end), rate), seconds)


@pytest.mark.parametrize(("wide", "rate"), [(False, 48_000), (True, 48_000), (False, 16_000), (True, 16_000)])
def test_a_tone_is_drawn_at_its_height(qtbot, wide, rate):
    view = Spectrograms()
    qtbot.addWidget(view)
    view.resize(800, 1_000)
    view.prepare(rate)
    view.set_wide(wide)
    end = rate * 3
    wave = 0.2 * np.sin(2 * np.pi * 2_000 / rate * np.arange(end))
    view.feed(end, np.tile(wave, (3, 1)).astype(np.float32), 3.0)
    picture = drawn(view).sum(axis=2)
    for index in range(3):
        area = view.strip(index).toRect()
        column = picture[area.top() + 30 : area.bottom(), area.right() - 60]
        height = area.bottom() - (area.top() + 30 + int(column.argmax()))
        # A row of 23 to 31 Hz is up to 1.5 pixels high here, and the edge is rounded.
        assert height / area.height() == pytest.approx(2_000 / view.top_hz, abs=4 / area.height())


def test_it_moves_left_with_the_position(qtbot):
    view = Spectrograms()
    qtbot.addWidget(view)
    view.resize(834, 600)
    view.prepare(48_000)
    click = np.zeros((3, 48_000 * 2), np.float32)
    click[:, 48_000] = 1.0
    places = []
    for end in (72_000, 96_000):
        view.feed(end, click[:, :end], end / 48_000)
        strip = view.strip(0).toRect()
        picture = drawn(view).sum(axis=2)[strip.center().y(), strip.left() : strip.right()]
        lit = np.flatnonzero(picture > picture.max() / 2)
        places.append(float(lit.mean()))
    # Half a second is a sixteenth of the width, give or take a pixel of rounding at each end.
    assert places[0] - places[1] == pytest.approx(view.strip(0).width() * 0.5 / SECONDS, abs=2)


def test_polls_left_out_draw_the_same(qtbot):
    pictures = []
    for polls in (np.arange(0.1, 3.001, 1 / 30), np.array([0.1, 1.3, 1.4, 2.9, 3.0])):
        view = Spectrograms()
        qtbot.addWidget(view)
        view.resize(800, 600)
        view.prepare(48_000)
        # Three seconds suffice, by 0.5 %, to make up for what is less than a column.
        for seconds in (*polls, 3.1, 6.1):
            feed(view, seconds)
        pictures.append(drawn(view))
    # A level of 256 rounded the other way is a few units of colour; a lost column would be a hundred.
    assert np.abs(pictures[0] - pictures[1]).max() < 25


def test_picture_keeps_its_proportions(qtbot):
    picture = Picture()
    qtbot.addWidget(picture)
    picture.resize(400, 400)
    picture.show_image(np.full((100, 200, 3), 200, np.uint8), None)
    column = drawn(picture)[:, 200].sum(axis=1)
    assert np.count_nonzero(column > 500) == pytest.approx(200, abs=2)
    room = picture.rect().toRectF()
    assert fitted(100, 400, room).width() == 100


def test_attention_glows_where_it_is(qtbot):
    picture = Picture()
    qtbot.addWidget(picture)
    picture.resize(420, 210)
    attention = np.zeros((7, 14), np.float32)
    attention[3, 10] = 0.9
    image = np.full((105, 210, 3), 60, np.uint8)
    picture.show_image(image, attention)
    change = np.abs(drawn(picture) - 60).sum(axis=2)
    change[: MARK_PX + 1] = change[-MARK_PX - 1 :] = 0
    row, column = np.unravel_index(change.argmax(), change.shape)
    assert change.max() > 100
    assert row / 210 == pytest.approx(3.5 / 7, abs=1 / 7)
    assert column / 420 == pytest.approx(10.5 / 14, abs=1 / 14)
    assert change[:, :150].max() <= 3
    picture.set_glow(False)
    assert np.abs(drawn(picture) - 60).max() <= 3


def test_an_even_attention_does_not_glow():
    assert not glow(np.full((7, 14), 1 / 98, np.float32))[..., 3].any()
    assert not glow(np.zeros((7, 14), np.float32))[..., 3].any()
    assert not glow(np.full((7, 14), np.nan, np.float32))[..., 3].any()


def test_the_pointers_stand_over_the_centre_of_the_attention(qtbot):
    picture = Picture()
    qtbot.addWidget(picture)
    picture.resize(420, 210)
    attention = np.zeros((7, 14), np.float32)
    attention[3, 9:12] = 0.3
    image = np.full((105, 210, 3), 60, np.uint8)
    picture.show_image(image, attention)
    edge = np.flatnonzero(drawn(picture)[1, :, 0] > 200)
    assert edge.mean() == pytest.approx(420 * 10.5 / 14, abs=2)
    across, down = centre(attention) or (0, 0)
    assert (across, down) == (pytest.approx(0.75), pytest.approx(0.5))
    assert azimuth_deg(0.0) == pytest.approx(45)
    assert azimuth_deg(0.75) == pytest.approx(-26.565, abs=1e-3)
    assert centre(np.full((7, 14), 1 / 98, np.float32)) is None


def test_no_picture_says_so(qtbot):
    picture = Picture()
    qtbot.addWidget(picture)
    picture.resize(400, 200)
    assert drawn(picture).std() > 1
    picture.show_image(np.full((100, 200, 3), 255, np.uint8), None)
    assert drawn(picture).min() == 255
    picture.show_image(None, None)
    assert drawn(picture).max() < 255


def test_a_meter_jumps_up_falls_slowly_and_holds_its_true_peak():
    meter = Meter()
    meter.follow(-6.0, -5.5, 10.0)
    assert (meter.level_db, meter.peak_db) == (-6.0, -5.5)
    meter.follow(-60.0, -60.0, 10.5)
    assert (meter.level_db, meter.peak_db) == (-26.0, -5.5)
    meter.follow(-60.0, -60.0, 12.0)
    meter.follow(-60.0, -60.0, 12.1)
    assert meter.level_db == BOTTOM_DB
    assert meter.peak_db < -5.5
    meter.follow(-200.0, -200.0, 100.0)
    meter.follow(-200.0, -200.0, 200.0)
    assert meter.peak_db == BOTTOM_DB


def test_the_clip_light_stays_lit_until_it_is_clicked(qtbot):
    meters = Meters()
    qtbot.addWidget(meters)
    meters.resize(400, 80)
    meters.follow((-1.0, -0.1, -1.0), (-0.5, 0.4, 0.0), 1.0)
    meters.follow((-30.0, -30.0, -30.0), (-30.0, -30.0, -30.0), 9.0)
    assert [light.property("lit") for light in meters.lights] == [False, True, False]
    meters.rest()
    assert meters.lights[1].property("lit")
    assert "clipped" in meters.lights[1].accessibleName()
    qtbot.mouseClick(meters.lights[1], Qt.MouseButton.LeftButton)
    meters.follow((-30.0, -30.0, -30.0), (-30.0, -30.0, -30.0), 9.1)
    assert not any(light.property("lit") for light in meters.lights)


def test_meters_fill_with_the_level(qtbot):
    meters = Meters()
    qtbot.addWidget(meters)
    meters.resize(400, 80)
    empty = drawn(meters)
    meters.follow((-6.0, -30.0, -60.0), (-6.0, -30.0, -60.0), 1.0)
    changed = (drawn(meters) != empty).any(axis=2)
    widths = []
    for row in range(3):
        bar = meters.bar(row).toRect()
        widths.append(np.count_nonzero(changed[bar.center().y(), bar.left() : bar.right()]) / bar.width())
    assert widths == pytest.approx([54 / 60, 30 / 60, 0], abs=0.02)
    meters.rest()
    np.testing.assert_array_equal(drawn(meters), empty)


def test_notices_wait_for_one_another(qtbot):
    notices = Notices()
    qtbot.addWidget(notices)
    assert not notices.isVisible()
    notices.say_once(["one", "two"])
    notices.say_once(["one", "two", "three"])
    told = []
    while notices.text:
        told.append(notices.text)
        notices.dismiss.click()
    assert told == ["one", "two", "three"]
    notices.say_once(["one"])
    assert notices.text == ""
    notices.forget()
    notices.say_once(["one"])
    assert notices.text == "one"


def test_markup_in_a_notice_is_shown_as_it_is(qtbot):
    notices = Notices()
    qtbot.addWidget(notices)
    notices.resize(600, 60)
    notices.say("<b></b>")
    notices.show()
    assert isinstance(notices.grab().toImage(), QImage)
    assert notices.text == "<b></b>"
