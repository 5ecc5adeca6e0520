"""Remote control of the window: it obeys, shows at once what was turned, and tells those who listen."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from gui.devices import Devices
from gui.window import MainWindow
from realtime.host import Host
from realtime.remote.remote import Remote
from realtime.settings import Settings
from tests.gui.chain_plans import PLAN, type_into
from tests.models.side_model import make_side_model
from tests.realtime.remote.client import Client

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def remote():
    made = Remote.open("0")
    yield made
    made.close()


@pytest.fixture
def client(remote):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        yield Client(port, remote.osc.endpoint)


@pytest.fixture
def window(qtbot, compiled, monkeypatch, remote, tmp_path):
    """On a real host that plays at a device's pace."""
    monkeypatch.setattr("gui.chain_page.PATIENCE_S", 10.0)
    settings = Settings(driver="null", model=make_side_model(tmp_path / "side.onnx"), plan=PLAN)
    made = MainWindow(settings, Host, Devices(), remote=remote)
    qtbot.addWidget(made)
    made.show()
    made.start()
    qtbot.waitUntil(lambda: made.running, timeout=30_000)
    made.controls.pages.chain.click()
    return made


def test_what_is_turned_outside_shows_and_what_is_turned_here_is_told(window, client, remote, qtbot):
    assert window.notices.text == "OSC listens at {}:{}".format(*remote.osc.endpoint)
    assert not window.notices.is_trouble
    window.notices.dismiss.click()
    assert not window.notices.isVisible(), "said once"
    row = window.chain.rack.slot_row("trim")
    row.fold.click()
    gain = row.parameters.controls[0]
    heard = []

    def told(address, *values):
        heard.extend(client.read())
        return (address, values) in heard

    client.send("/subscribe")
    qtbot.waitUntil(lambda: told("/running", 1))
    client.send("/slot/trim/gain_db", -12.0)
    client.send("/slot/limiter/bypass", 1)
    qtbot.waitUntil(lambda: gain.box.value == -12.0)
    assert window.chain.rack.slot_row("limiter").bypass.isChecked()
    qtbot.waitUntil(lambda: told("/slot/trim/gain_db", -12.0))
    type_into(gain.box, "-3")
    row.bypass.click()
    qtbot.waitUntil(lambda: told("/slot/trim/gain_db", -3.0) and told("/slot/trim/bypass", 1.0))
    client.send("/undo")
    qtbot.waitUntil(lambda: not row.bypass.isChecked())
    assert ("/error",) not in {message[:1] for message in heard}


def test_another_host_obeys_as_well_and_stop_stops_the_sound_but_not_the_window(window, client, qtbot):
    window.choose(replace(window.settings, block_size=256))
    qtbot.waitUntil(lambda: not window.busy, timeout=30_000)
    assert window.running
    client.send("/slot/trim/gain_db", -12.0)
    qtbot.waitUntil(lambda: window.settings.plan.slot("trim").values == {"gain_db": -12.0})
    client.send("/stop")
    qtbot.waitUntil(lambda: not window.running and not window.busy, timeout=30_000)
    assert window.isVisible()
    client.send("/slot/trim/gain_db", 0.0)
    answers = []

    def answered():
        answers.extend(client.errors())
        return bool(answers)

    qtbot.waitUntil(answered)
    assert answers == ["nothing runs now; start first"]
    window.start()
    qtbot.waitUntil(lambda: window.running, timeout=30_000)
    assert not window.busy, "the stop was for the run before"
