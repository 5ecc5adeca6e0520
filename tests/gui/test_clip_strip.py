"""A clip is played, moved through, looped and compared by mouse and keys, and goes on where it was on another host."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from gui.deck import Deck
from realtime.playback import LISTENING
from realtime.settings import Settings
from tests.gui.fake_host import FakeHost
from tests.gui.test_window import pick


@pytest.fixture
def clip(stage, tmp_path):
    """A window that plays a clip of a minute."""
    s = stage(clip=tmp_path / "room.mp4")
    s.start()
    s.activate()
    s.wait(lambda: s.window.clips.deck.playing)
    return s


def region(s) -> tuple[float, float] | None:
    return s.host.playback.region


def test_it_is_there_while_a_clip_is_open(stage, tmp_path):
    s = stage()
    assert not s.window.clips.isVisible()
    s.window.open_clip(tmp_path / "room.mp4")
    s.wait(s.window.clips.isVisible)
    s.wait(lambda: s.window.running)
    s.wait(lambda: s.window.clips.transport.duration.text() == "/ 1:00")
    s.window.back_to_live()
    s.wait(lambda: not s.window.clips.isVisible())


def test_space_plays_and_pauses(clip, qtbot):
    play = clip.window.clips.transport.play
    assert play.accessibleName() == "Pause"
    qtbot.keyClick(clip.window, Qt.Key.Key_Space)
    assert not clip.host.playback.playing
    clip.wait(lambda: play.accessibleName() == "Play")
    qtbot.keyClick(clip.window, Qt.Key.Key_Space)
    assert clip.host.playback.playing
    clip.wait(lambda: play.accessibleName() == "Pause")
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    assert not clip.host.playback.playing
    assert clip.window.running


def test_space_starts_a_stopped_clip(stage, qtbot, tmp_path):
    s = stage(clip=tmp_path / "room.mp4")
    s.activate()
    s.wait(s.window.clips.isVisible)
    qtbot.keyClick(s.window, Qt.Key.Key_Space)
    s.wait(lambda: s.window.clips.deck.playing)


def test_keys_move_through_it(clip, qtbot):
    clip.host.player.pause()
    clip.window.clips.seek(20.0)
    for key, place_s in (
        (Qt.Key.Key_Right, 25.0),
        (Qt.Key.Key_Left, 20.0),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_Left, 0.0),
    ):
        clip.wait(lambda: clip.window.clips.deck.position_s == clip.host.playback.position_s)
        qtbot.keyClick(clip.window, key)
        assert clip.host.playback.position_s == pytest.approx(place_s)


def test_a_click_on_the_waveform_goes_there(clip, qtbot):
    clip.host.player.pause()
    waveform = clip.window.clips.waveform
    clip.wait(lambda: clip.window.clips.duration_s == 60.0)
    qtbot.mouseClick(waveform, Qt.MouseButton.LeftButton, pos=waveform.rect().center())
    assert clip.host.playback.position_s == pytest.approx(30.0, abs=0.2)
    clip.wait(lambda: clip.window.clips.transport.position.text() in ("0:29", "0:30"))


def test_a_part_is_looped_by_keys(clip, qtbot):
    clips = clip.window.clips
    clip.host.player.pause()
    for key, place_s in ((Qt.Key.Key_I, 10.0), (Qt.Key.Key_O, 20.0)):
        clips.seek(place_s)
        clip.wait(lambda place_s=place_s: clips.deck.position_s == place_s)
        qtbot.keyClick(clip.window, key)
    assert clips.waveform.selection == (10.0, 20.0)
    assert region(clip) is None
    qtbot.keyClick(clip.window, Qt.Key.Key_L)
    assert region(clip) == (10.0, 20.0)
    assert clip.host.playback.position_s == 10.0, "what plays outside the part goes into it"
    assert clips.transport.loop.isChecked()
    clips.seek(15.0)
    clip.wait(lambda: clips.deck.position_s == 15.0)
    qtbot.keyClick(clip.window, Qt.Key.Key_I)
    assert region(clip) == (15.0, 20.0)
    qtbot.keyClick(clip.window, Qt.Key.Key_Escape)
    assert region(clip) is None
    assert clips.waveform.selection is None
    qtbot.keyClick(clip.window, Qt.Key.Key_L)
    assert region(clip) == (0.0, 60.0), "without a part the whole clip"
    qtbot.keyClick(clip.window, Qt.Key.Key_L)
    assert region(clip) is None


def test_a_part_is_looped_by_mouse(clip, qtbot):
    waveform, shift = clip.window.clips.waveform, Qt.KeyboardModifier.ShiftModifier
    clip.wait(lambda: clip.window.clips.duration_s == 60.0)
    middle = waveform.rect().center()
    qtbot.mousePress(waveform, Qt.MouseButton.LeftButton, shift, middle)
    qtbot.mouseMove(waveform, middle * 1.5)
    qtbot.mouseRelease(waveform, Qt.MouseButton.LeftButton, shift, middle * 1.5)
    assert region(clip) == pytest.approx((30.0, 45.0), abs=0.2)
    clip.wait(clip.window.clips.transport.loop.isChecked)
    qtbot.mouseClick(clip.window.clips.transport.loop, Qt.MouseButton.LeftButton)
    assert region(clip) is None
    assert waveform.selection is not None, "it may be looped again"


def test_a_clip_that_is_opened_to_loop_does(stage, tmp_path):
    s = stage(clip=tmp_path / "room.mp4", loop=True)
    s.start()
    s.wait(s.window.clips.transport.loop.isChecked)
    s.window.clips.transport.loop.click()
    assert region(s) is None


def test_another_host_goes_on_where_the_last_one_was(clip):
    clips = clip.window.clips
    clips.waveform.select((30.0, 50.0))
    clips.loop(True)
    clips.deck.toggle()
    clips.seek(42.0)
    clip.wait(lambda: clips.deck.position_s == 42.0)
    pick(clip.window.controls.mode, "overlap")
    clip.wait(lambda: len(clip.hosts) == 2 and clip.host.playback is not None)
    clip.wait(lambda: clip.host.playback.position_s == 42.0)
    assert not clip.host.playback.playing
    assert region(clip) == (30.0, 50.0)


def test_a_clip_that_was_stopped_begins_at_its_start(clip):
    clip.window.clips.seek(42.0)
    clip.window.stop()
    clip.settle()
    clip.wait(lambda: clip.window.clips.transport.position.text() == "0:00")
    clip.start()
    assert clip.host.playback.position_s < 42.0
    assert clip.host.player.seeks == []


def test_a_place_that_is_chosen_while_nothing_plays_is_where_it_begins(clip):
    clip.window.stop()
    clip.settle()
    clip.window.clips.deck.seek(42.0)
    clip.start()
    clip.wait(lambda: clip.host.playback.position_s >= 42.0)


def test_at_its_end_it_stays_and_plays_again(clip, qtbot):
    clip.window.clips.seek(60.0)
    clip.wait(lambda: clip.window.clips.transport.play.accessibleName() == "Play")
    assert clip.window.clips.transport.position.text() == "1:00"
    assert clip.window.running
    qtbot.keyClick(clip.window, Qt.Key.Key_Space)
    assert clip.host.playback.playing
    assert clip.host.playback.position_s < 5.0


def test_a_refused_loop_is_one_line(qtbot):
    deck, host = Deck(), FakeHost(Settings(clip=Path("room.mp4")))
    host.start()
    deck.follow(host, True)
    with qtbot.waitSignal(deck.failed) as said:
        deck.loop((1.0, 1.01))
    assert "cannot be looped" in said.args[0]
    assert deck.region is None


@pytest.mark.parametrize(("name", "offered"), [("room.mp4", LISTENING), ("mono.mp4", LISTENING[:2])])
def test_it_is_compared_by_keys_and_buttons(stage, qtbot, tmp_path, name, offered):
    s = stage(clip=tmp_path / name)
    s.start()
    s.activate()
    buttons = s.window.foot.listening.buttons
    s.wait(lambda: tuple(what for what, part in buttons.items() if part.isVisible()) == offered)
    for key, what in zip("123", offered, strict=False):
        qtbot.keyClick(s.window, key)
        assert s.host.listening == what
        assert buttons[what].isChecked()
    qtbot.mouseClick(buttons["mono"], Qt.MouseButton.LeftButton)
    assert s.host.listening == "mono"


def test_what_is_listened_to_outlives_its_host_and_is_not_asked_of_one_that_has_it_not(stage, tmp_path):
    s = stage(clip=tmp_path / "room.mp4")
    s.start()
    s.wait(s.window.foot.listening.buttons["recorded"].isVisible)
    s.window.foot.listening.buttons["recorded"].click()
    s.window.back_to_live()
    s.wait(lambda: len(s.hosts) == 2 and s.window.running)
    s.wait(s.window.foot.listening.buttons["binaural"].isChecked)
    assert s.host.listening == "binaural"
    s.window.foot.listening.buttons["mono"].click()
    pick(s.window.controls.mode, "overlap")
    s.wait(lambda: len(s.hosts) == 3 and s.window.running)
    s.wait(lambda: s.host.listening == "mono")


def test_a_key_for_what_there_is_not_changes_nothing(stage, qtbot):
    s = stage()
    s.start()
    s.activate()
    s.window.foot.listening.buttons["mono"].click()
    s.wait(lambda: s.host.listening == "mono")
    qtbot.keyClick(s.window, Qt.Key.Key_3)
    s.wait(lambda: s.window.foot.listening.buttons["mono"].isChecked())
    assert s.host.listening == "mono"


def test_the_same_clip_opened_again_begins_anew(clip, qtbot, tmp_path):
    overview = clip.window.clips._overview
    clip.window.clips.seek(30.0)
    qtbot.keyClick(clip.window, Qt.Key.Key_Space)
    clip.window.clips.open([tmp_path / "room.mp4"])
    clip.wait(lambda: len(clip.hosts) == 2 and clip.window.clips.deck.playing)
    assert clip.window.clips.deck.position_s < 30
    assert clip.host.player.seeks == []
    assert clip.window.clips._overview is not overview


def test_keys_mean_nothing_to_the_clip_while_live(stage, qtbot):
    s = stage()
    s.start()
    s.activate()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_I, Qt.Key.Key_L):
        qtbot.keyClick(s.window, key)
    qtbot.keyClick(s.window, Qt.Key.Key_Space)
    s.settle()
    assert not s.window.running


def test_every_control_has_a_name_a_tip_and_the_keyboard(clip):
    clips = clip.window.clips
    clips.unfold.click()
    found = [part for part in clips.findChildren(QAbstractButton) if part.isVisible()]
    assert len(found) == 8
    for part in (*found, clips.waveform, clips.playlist_panel.list):
        assert part.accessibleName(), part
        assert part.toolTip() or part is clips.playlist_panel.list
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus
