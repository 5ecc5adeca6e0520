"""Clips are played one after the other; what cannot be played is marked and left out; files that go are missed once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from gui.clip_files import clips_among
from gui.playlist import WATCH_S, Entry, Playlist, look_into, stamp_of
from gui.playlist_view import ROWS, PlaylistView
from tests.clips import tone

NAMES = ("take 1.wav", "take 2.wav", "take 10.wav")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three clips of 0.1, 0.2 and 1 s, in the order of their numbers, and what is no clip."""
    made = tmp_path / "clips"
    made.mkdir()
    for name, seconds in zip(NAMES, (0.1, 0.2, 1.0), strict=True):
        soundfile.write(made / name, tone(seconds).T, 16_000)
    (made / "notes.txt").write_text("no clip")
    return made


@pytest.fixture
def playlist(qtbot):
    made = Playlist()
    yield made
    made.close()


class Clock:
    def __init__(self, playlist: Playlist) -> None:
        self._playlist = playlist
        self.now_s = 0.0

    def poll(self) -> list[str]:
        """A moment later."""
        self.now_s += 0.1
        return list(self._playlist.poll(self.now_s))


def known(playlist: Playlist, clock: Clock) -> bool:
    assert clock.poll() == []
    return all(entry.looked_into for entry in playlist.entries)


def drop(widget, paths: list[Path], x: float = 50.0, y: float = 50.0) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    widget.dropEvent(
        QDropEvent(
            QPointF(x, y), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )


def names(playlist: Playlist) -> list[str]:
    return [entry.path.name for entry in playlist.entries]


def test_a_folder_stands_for_its_clips_in_the_order_of_their_numbers(folder):
    assert [path.name for path in clips_among([folder])] == list(NAMES)
    several = clips_among([folder / NAMES[2], folder, folder / "notes.txt"])
    assert [path.name for path in several] == [NAMES[2], NAMES[0], NAMES[1], "notes.txt"]


def test_a_folder_that_may_not_be_read_says_so_in_the_list(folder, monkeypatch):
    def refuse(path: Path):
        raise PermissionError(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert clips_among([folder]) == [folder]
    assert str(folder) in look_into(folder).trouble


def test_what_is_in_a_file_is_found_out(folder, playlist, qtbot):
    clock = Clock(playlist)
    playlist.put([folder / NAMES[1], folder / "notes.txt", folder / "missing.wav"])
    qtbot.waitUntil(lambda: known(playlist, clock))
    clip, notes, missing = playlist.entries
    assert clip.duration_s == pytest.approx(0.2, abs=0.01) and not clip.trouble and not clip.has_picture
    assert "notes.txt" in notes.trouble
    assert "does not exist" in missing.trouble


def test_neighbours_leave_out_what_cannot_be_played(playlist):
    a, b, c = (Path(name) for name in "abc")
    playlist.put([a, b, c])
    playlist.turn_to(a)
    assert playlist.neighbour(1) == b
    playlist.refuse(b, "it is broken")
    assert playlist.neighbour(1) == c
    assert playlist.neighbour(-1) is None
    playlist.turn_to(c)
    assert playlist.neighbour(-1) == a
    assert playlist.neighbour(1) is None


def test_a_file_that_changes_or_goes_is_told_of_once(folder, playlist, qtbot):
    clock, clip = Clock(playlist), folder / NAMES[0]
    playlist.turn_to(clip)
    qtbot.waitUntil(lambda: known(playlist, clock))
    soundfile.write(clip, tone(0.5).T, 16_000)
    os.utime(clip, ns=(1, 1))
    told: list[str] = []

    def tells() -> bool:
        clock.now_s += WATCH_S
        told.extend(clock.poll())
        return bool(told)

    qtbot.waitUntil(tells)
    assert "was changed" in told[0]
    qtbot.waitUntil(lambda: known(playlist, clock) and playlist.entries[0].stamp == stamp_of(clip))
    assert playlist.entries[0].duration_s == pytest.approx(0.5, abs=0.01)
    told.clear()
    clip.unlink()
    qtbot.waitUntil(tells)
    assert told == [f"'{clip.name}' is not there any more; put it back to play it again"]
    assert playlist.entries[0].trouble == told[0]
    told.clear()
    for _ in range(3):
        looked = playlist.entries
        assert not tells()
        assert playlist.entries == looked


def test_it_is_reordered_by_keys_and_added_to_by_dropping(folder, playlist, qtbot):
    view = PlaylistView(playlist)
    qtbot.addWidget(view)
    view.show()
    playlist.put(folder / name for name in NAMES)
    view.setCurrentItem(view.row(0))
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert names(playlist) == [NAMES[1], NAMES[0], NAMES[2]]
    assert view.selected == folder / NAMES[0], "what is moved stays selected"
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert names(playlist) == list(NAMES)
    first = view.visualItemRect(view.row(0))
    drop(view, [folder / "other.wav", folder / NAMES[2]], first.center().x(), first.bottom())
    assert names(playlist) == [NAMES[0], "other.wav", NAMES[2], NAMES[1]]


@pytest.mark.parametrize(("taken", "onto", "order"), [(0, 2, (1, 2, 0)), (2, 0, (0, 2, 1)), (1, 1, (0, 1, 2))])
def test_it_is_reordered_by_dragging(folder, playlist, qtbot, taken, onto, order):
    class Dragged(QDropEvent):
        """From the list itself."""

        def source(self):
            return view

    view = PlaylistView(playlist)
    qtbot.addWidget(view)
    view.show()
    playlist.put(folder / name for name in NAMES)
    view.setCurrentItem(view.row(taken))
    place = view.visualItemRect(view.row(onto)).bottomLeft().toPointF()
    data = QMimeData()  # belongs to nobody else
    actions, no_keys = view.model().supportedDragActions(), Qt.KeyboardModifier.NoModifier
    event = Dragged(place, actions, data, Qt.MouseButton.LeftButton, no_keys)
    view.dropEvent(event)
    assert event.dropAction() == Qt.DropAction.CopyAction, "else Qt takes the row away once more"
    assert names(playlist) == [NAMES[at] for at in order]
    assert view.selected == folder / NAMES[taken]


def test_a_row_says_what_is_wrong_with_it(playlist, qtbot):
    view = PlaylistView(playlist)
    qtbot.addWidget(view)
    playlist.put([Path("a.wav"), Path("b.wav")])
    playlist.refuse(Path("b.wav"), "b.wav has no sound")
    good, bad = view.row(0), view.row(1)
    assert bad.toolTip(0) == "b.wav has no sound"
    assert good.toolTip(0) == "a.wav"
    assert bad.foreground(0) != good.foreground(0)


def test_several_files_are_played_one_after_the_other(stage, folder):
    s = stage()
    drop(s.window, [folder / "notes.txt", folder])
    s.wait(lambda: s.window.running and s.host.settings.clip == folder / NAMES[0])
    panel = s.window.clips.playlist_panel
    assert panel.isVisible() and panel.list.topLevelItemCount() == 4
    for name in NAMES[1:]:
        s.wait(lambda: s.window.clips.deck.playing)
        s.window.clips.seek(60.0)
        s.wait(lambda name=name: s.window.running and s.host.settings.clip == folder / name)
    s.wait(lambda: s.window.clips.deck.playing)
    assert not s.window.clips.transport.next.isEnabled()
    s.window.clips.seek(60.0)
    s.wait(lambda: s.window.clips.deck.playback.ended)
    hosts = len(s.hosts)
    s.wait(lambda: s.window.clips.transport.position.text() == "1:00")
    assert len(s.hosts) == hosts and s.window.running, "after the last it stays"


def test_keys_and_buttons_go_to_the_next_and_back(stage, folder, qtbot):
    s = stage()
    s.window.clips.open([folder])
    s.wait(lambda: s.window.running)
    s.activate()
    control = Qt.KeyboardModifier.ControlModifier
    for press, at in (
        (lambda: qtbot.keyClick(s.window, Qt.Key.Key_Right, control), 1),
        (lambda: qtbot.mouseClick(s.window.clips.transport.next, Qt.MouseButton.LeftButton), 2),
        (lambda: qtbot.keyClick(s.window, Qt.Key.Key_Left, control), 1),
        (lambda: qtbot.mouseClick(s.window.clips.transport.previous, Qt.MouseButton.LeftButton), 0),
    ):
        press()
        s.wait(lambda at=at: s.window.settings.clip == folder / NAMES[at] and not s.window.busy)


def test_a_clip_that_is_refused_is_marked_and_the_other_plays_on(stage, folder):
    s = stage()
    s.window.clips.open([folder / NAMES[0], folder / NAMES[1]])
    s.wait(lambda: s.window.clips.deck.playing)
    s.window.clips.playlist.add([folder / "notes.txt"])
    s.window.clips.playlist_panel.list.chosen.emit(folder / "notes.txt")
    s.wait(lambda: s.window.notices.isVisible())
    s.settle()
    assert s.window.settings.clip == folder / NAMES[0]
    assert "notes.txt" in s.window.clips.playlist.entry(folder / "notes.txt").trouble
    s.wait(lambda: s.window.clips.deck.playing)
    assert s.hosts[0].calls == ["start"]


def test_removing_what_plays_plays_the_next(stage, folder, qtbot):
    s = stage()
    s.window.clips.open([folder])
    s.wait(lambda: s.window.running)
    panel = s.window.clips.playlist_panel
    assert not panel.remove.isEnabled()
    panel.list.setCurrentItem(panel.list.row(0))
    qtbot.mouseClick(panel.remove, Qt.MouseButton.LeftButton)
    s.wait(lambda: s.window.running and s.host.settings.clip == folder / NAMES[1])
    panel.list.setCurrentItem(panel.list.row(1))
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert names(s.window.clips.playlist) == [NAMES[1]]
    panel.list.setCurrentItem(panel.list.row(0))
    assert not panel.remove.isEnabled(), "what plays alone stays"


def remove_present(s, qtbot) -> None:
    panel = s.window.clips.playlist_panel
    panel.list.setCurrentItem(panel.list.row(0))
    qtbot.mouseClick(panel.remove, Qt.MouseButton.LeftButton)


def test_removing_the_present_one_while_stopped_starts_nothing(stage, folder, qtbot):
    s = stage()
    s.window.clips.open([folder])
    s.wait(lambda: s.window.running)
    s.window.stop()
    s.settle()
    hosts = len(s.hosts)
    remove_present(s, qtbot)
    assert s.window.settings.clip == folder / NAMES[1]
    assert s.window.controls.source.text() == f"Clip: {NAMES[1]}"
    assert not s.window.busy and len(s.hosts) == hosts
    s.start()
    s.wait(lambda: s.window.clips.deck.playing)


def test_removing_the_present_one_while_paused_leaves_it_paused(stage, folder, qtbot):
    s = stage()
    s.window.clips.open([folder])
    s.wait(lambda: s.window.clips.deck.playing)
    s.window.clips.deck.toggle()
    s.wait(lambda: not s.window.clips.deck.playing)
    remove_present(s, qtbot)
    s.wait(lambda: s.window.running and s.host.settings.clip == folder / NAMES[1] and s.window.clips.deck.playback)
    assert not s.host.playback.playing
    s.window.clips.deck.toggle()
    s.wait(lambda: s.window.clips.deck.playing)


def test_its_rows_are_whole(stage, folder):
    s = stage()
    s.window.clips.open([folder, folder / "a.wav", folder / "b.wav"])
    s.wait(lambda: s.window.running)
    shown = s.window.clips.playlist_panel.list
    assert shown.isVisible()
    assert shown.viewport().height() == ROWS * shown.visualItemRect(shown.row(0)).height()


def test_clips_are_added_by_a_dialog_and_an_empty_folder_is_one_line(stage, folder, monkeypatch, tmp_path):
    s = stage(clip=folder / NAMES[0])
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: ([str(folder / NAMES[1])], ""))
    s.wait(s.window.clips.isVisible)
    s.window.clips.playlist_panel.add.click()
    assert names(s.window.clips.playlist) == [NAMES[0], NAMES[1]]
    (tmp_path / "empty").mkdir()
    s.window.clips.open([tmp_path / "empty"])
    assert "empty" in s.window.notices.text
    assert isinstance(s.window.clips.playlist.entries[0], Entry), "the list is as it was"


def test_files_of_which_none_is_a_clip_are_one_line(stage, tmp_path):
    s = stage()
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("no clip")
    s.window.clips.open([tmp_path / "a.md", tmp_path / "b.md"])
    s.wait(lambda: s.window.notices.text == "none of these 2 files can be played")
    assert not s.hosts


def test_a_row_is_dragged_by_the_mouse(stage, folder):
    s = stage()
    s.window.clips.open([folder])
    s.wait(lambda: s.window.running)
    s.activate()
    shown = s.window.clips.playlist_panel.list
    s.wait(shown.isVisible)
    handle = s.window.windowHandle()

    def place(at: int, share: float) -> QPoint:
        """In a row, so far from its top."""
        rect = shown.visualItemRect(shown.row(at))
        return shown.viewport().mapTo(s.window, QPoint(40, rect.top() + round(share * rect.height())))

    def let_go() -> None:
        QTest.mouseMove(handle, place(2, 0.8))
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=place(2, 0.8))

    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=place(0, 0.5))
    # The drag has a loop of its own, in which it waits for the rest.
    QTimer.singleShot(100, let_go)
    for share in (0.7, 0.9, 1.0):
        QTest.mouseMove(handle, place(1, share))
    s.wait(lambda: names(s.window.clips.playlist) == [NAMES[1], NAMES[2], NAMES[0]])
    assert s.window.clips.playlist.current == folder / NAMES[0]
    assert s.host.settings.clip == folder / NAMES[0] and len(s.hosts) == 1, "it plays on"
