"""Plugins that take long to open: the window goes on, the row says so, and the edit lands when they are there."""

from __future__ import annotations

import threading

import pytest

from realtime.chain.plan import Plan, Slot
from realtime.effects.trim import Trim
from realtime.errors import PluginError
from tests.gui import fake_host
from tests.gui.chain_plans import PLAN, type_into

LOST = "Convolution has lost its file; choose another"


@pytest.fixture
def may_open(monkeypatch):
    """Trims open when this is set; a convolution opens then, too, but fails."""
    event = threading.Event()

    def open_slowly(identifier):
        assert event.wait(10)
        if identifier == "convolution":
            raise PluginError("Convolution has lost its file; choose another")
        return Trim()

    event.set()
    monkeypatch.setattr(fake_host, "open_plugin", open_slowly)
    yield event
    event.set()


@pytest.fixture
def slow(playing, monkeypatch, may_open):
    """A window in which from now on nothing opens in time."""

    def make(plan=PLAN):
        s = playing(plan)
        monkeypatch.setattr(s.chain, "patience_s", 0.0)
        may_open.clear()
        return s

    return make


def test_the_row_says_that_it_opens_and_takes_what_is_set_meanwhile(slow, may_open):
    s = slow(Plan())
    s.window.chain.add_plugin(s.window.catalogue.find("trim"))
    row = s.row("trim")
    s.wait(row.absent.isVisible)
    assert row.absent.text() == "Opening…"
    type_into(row.parameters.controls[0].box, "-9")
    row.bypass.click()
    assert s.chain.plugin("trim") is None
    may_open.set()
    s.wait(lambda: not row.absent.isVisible())
    assert s.chain.plugin("trim").get("gain_db") == -9.0
    assert s.window.settings.plan == Plan().add(Slot("trim", "trim", {"gain_db": -9.0}, bypassed=True))
    assert row.parameters.controls[0].box.value == -9.0


def test_it_can_be_taken_back_meanwhile(slow, may_open):
    s = slow(Plan())
    s.window.chain.add_plugin(s.window.catalogue.find("trim"))
    s.window.chain.undo.click()
    may_open.set()
    polls = s.window._polls
    s.wait(lambda: s.window._polls > polls + 5)
    assert list(s.window.chain.rack.rows) == ["spatialiser"]
    assert s.chain.plugin("trim") is None
    assert s.window.settings.plan == Plan()


def test_a_failure_is_one_line_in_its_row(slow, may_open):
    s = slow(Plan())
    s.window.chain.add_plugin(s.window.catalogue.find("convolution"))
    may_open.set()
    row = s.row("convolution")
    s.wait(row.trouble.isVisible)
    assert row.trouble.text() == LOST
    s.host.notices = (LOST, "the camera stopped; check its cable")
    s.wait(lambda: s.window.notices.text == s.host.notices[1])
    s.window.notices.dismiss.click()
    assert not s.window.notices.text, "its row says it already"


def test_a_failure_is_one_line_above_the_other_page(slow, may_open):
    s = slow(Plan())
    s.window.chain.add_plugin(s.window.catalogue.find("convolution"))
    s.window.controls.pages.listen.click()
    may_open.set()
    s.host.notices = (LOST,)
    s.wait(lambda: s.window.notices.text == LOST)


def test_a_session_with_many_of_them_opens_while_the_window_goes_on(slow, may_open):
    s = slow(Plan())
    plan = Plan()
    for number in range(12):
        plan = plan.add(Slot(f"trim-{number}", "trim", {"gain_db": -1.0}))
    s.window.chain.take(plan)
    s.wait(lambda: all(s.row(f"trim-{number}").absent.isVisible() for number in range(12)))
    s.window.start()
    may_open.set()
    s.settle()
    assert len(s.hosts) == 2
    assert all(s.chain.plugin(f"trim-{number}").get("gain_db") == -1.0 for number in range(12))
    s.window.chain.undo.click()
    assert s.chain.plan == Plan()
