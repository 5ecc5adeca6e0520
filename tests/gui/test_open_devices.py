"""While a microphone or a camera is open, the window says so; when neither is, it does not."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, "Microphone on"),
        ({"camera": "0"}, "Microphone and camera on"),
        ({"camera": "0", "driver": "null"}, "Camera on"),
        ({"driver": "null"}, None),
        ({"camera": "0", "clip": Path("a.mp4")}, None),
    ],
)
def test_what_is_open_is_said_from_start_to_stop(stage, chosen, said) -> None:
    s = stage(**chosen)
    shown = s.window.foot.devices
    assert not shown.isVisible()
    s.start()
    s.wait(lambda: "Running" in s.window.foot.status.text())
    assert shown.isVisible() == (said is not None)
    if said is not None:
        assert shown.words.text() == shown.accessibleName() == said
        assert shown.toolTip() == f"{said}\nSound and picture stay on this machine; Stop closes both"
    s.window.stop()
    s.settle()
    s.wait(lambda: s.window.foot.status.text() == "Stopped")
    assert not shown.isVisible()


def test_it_stays_until_the_devices_are_closed(stage) -> None:
    s = stage(camera="0")
    s.start()
    s.wait(s.window.foot.devices.isVisible)
    s.window.foot.show_state(wanted=False, busy=True)
    assert s.window.foot.devices.isVisible(), "stopping takes a moment"
    s.window.foot.show_state(wanted=False, busy=False)
    assert not s.window.foot.devices.isVisible()


def test_from_live_to_a_clip_it_goes(stage) -> None:
    s = stage(camera="0")
    s.start()
    s.wait(s.window.foot.devices.isVisible)
    s.window.open_clip(Path("a.mp4"))
    s.settle()
    s.wait(lambda: not s.window.foot.devices.isVisible())
    s.window.back_to_live()
    s.settle()
    s.wait(s.window.foot.devices.isVisible)


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)])
def test_there_is_room_for_it(stage, size) -> None:
    s = stage(camera="0")
    s.window.resize(*size)
    s.start()
    s.wait(s.window.foot.devices.isVisible)
    words = s.window.foot.devices.words
    assert words.width() >= words.sizeHint().width()
