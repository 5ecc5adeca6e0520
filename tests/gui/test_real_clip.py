"""The strip of clips on a real host: what the window says of the clip is what the host plays."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gui.devices import Devices
from gui.window import MainWindow
from realtime.clip import Clip
from realtime.demo import demo_clip
from realtime.host import Host
from realtime.settings import Settings

pytestmark = [pytest.mark.usefixtures("display"), pytest.mark.timeout(300)]
LOADS_MS = 120_000
"""Kernels may have to be compiled."""


@pytest.fixture
def window(qtbot, themed) -> MainWindow:
    made = MainWindow(Settings(driver="null", clip=demo_clip()), Host, Devices())
    qtbot.addWidget(made)
    made.show()
    made.start()
    qtbot.waitUntil(lambda: made.clips.deck.playing, timeout=LOADS_MS)
    return made


def test_a_clip_is_played_paused_looped_compared_and_played_again(window, qtbot):
    clips, columns = window.clips, window.listen.spectrograms.columns
    deck = clips.deck
    length_s = Clip.open(demo_clip()).duration_s
    assert clips.duration_s == pytest.approx(length_s)
    qtbot.waitUntil(lambda: len(clips.waveform._shape.low) > 0)

    clips.seek(5.0)
    qtbot.waitUntil(lambda: 5.0 <= deck.position_s < 6.5)
    drawn = columns.next
    qtbot.waitUntil(lambda: window.listen.spectrograms.columns.next > drawn + 20)

    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not deck.playing)
    clips.seek(2.0)
    qtbot.waitUntil(lambda: deck.position_s == pytest.approx(2.0, abs=0.1))
    assert not deck.playing

    clips.waveform.select((3.0, 3.5))
    clips.loop(True)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: deck.playing and 3.0 <= deck.position_s <= 3.5)
    before_s = [0.0]

    def comes_round() -> bool:
        came_round, before_s[0] = deck.position_s < before_s[0], deck.position_s
        return came_round

    qtbot.waitUntil(comes_round)
    assert 3.0 <= deck.position_s <= 3.5

    offered = [what for what, part in window.foot.listening.buttons.items() if part.isVisible()]
    assert offered[:2] == ["binaural", "mono"]
    for what in offered[::-1]:
        window.foot.listening.buttons[what].click()
        assert window._runner.host is not None and window._runner.host.listening == what

    clips.select(None)
    clips.seek(length_s - 0.2)
    qtbot.waitUntil(lambda: deck.playback is not None and deck.playback.ended)
    assert window.running
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: deck.playing and 0.0 < deck.position_s < 3.0)
    assert not window.notices.text


def test_another_mode_goes_on_where_the_clip_was(window, qtbot):
    deck = window.clips.deck
    deck.toggle()
    window.clips.seek(6.0)
    qtbot.waitUntil(lambda: not deck.playing and deck.position_s == pytest.approx(6.0, abs=0.1))
    first = window._runner.host
    window.choose(Settings(driver="null", clip=demo_clip(), block_size=256))
    qtbot.waitUntil(lambda: window._runner.host not in (None, first), timeout=LOADS_MS)
    qtbot.waitUntil(lambda: not deck.playing and deck.position_s == pytest.approx(6.0, abs=0.1))


def test_a_clip_that_cannot_be_opened_leaves_the_other_playing(window, qtbot, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(Path(demo_clip()).read_bytes()[:5000])
    window.clips.seek(3.0)
    window.clips.open([tmp_path / "broken.mp4"])
    qtbot.waitUntil(lambda: "broken.mp4" in window.notices.text, timeout=LOADS_MS)
    qtbot.waitUntil(lambda: window.settings.clip == demo_clip() and window.clips.deck.playing)
    assert window.clips.deck.position_s >= 3.0
