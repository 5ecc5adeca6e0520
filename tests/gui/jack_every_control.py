"""Run by test_journey in a process that finds a JACK server: no control of the window is left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from gui.about_dialog import AboutDialog
from gui.devices import WatchedDevices
from gui.help_dialog import HelpDialog
from gui.memory import RESTORE, Memory
from gui.parameter_control import ChoiceControl, NumberControl, ParameterControl, SwitchControl
from gui.plugin_picker import PluginPicker
from gui.rows import BranchRow, SplitRow
from gui.settings_dialog import SettingsDialog
from gui.slot_row import SlotRow
from gui.theme import DARK, GROUND, LIGHT, apply_theme, colour
from gui.window import MainWindow
from realtime.chain.plan import Branch, Plan, Slot
from realtime.clip import Clip
from realtime.clip_writer import write_muxed
from realtime.demo import demo_clip
from realtime.host import Host
from realtime.playback import Playback
from realtime.presets import preset_names
from realtime.registry import listed
from realtime.settings import FOLLOW, Settings
from tests.clips import level_image, make_clip, tone
from tests.gui.chain_plans import ids
from tests.gui.tour import Tour
from tests.mjpeg import MjpegCamera

RATE = 48_000
pytestmark = pytest.mark.usefixtures("display", "themed")


@pytest.fixture
def camera() -> Iterator[MjpegCamera]:
    made = MjpegCamera(np.full((240, 480, 3), (200, 40, 40), np.uint8))
    yield made
    made.close()


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("realtime.chain.session.config_folder", lambda: tmp_path / "config")
    monkeypatch.setattr("realtime.presets.data_folder", lambda: tmp_path / "data")


@pytest.fixture
def tour(
    qtbot: QtBot,
    qapp: QApplication,
    camera: MjpegCamera,
    own_folders: None,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> Iterator[Tour]:
    devices = WatchedDevices()
    memory = Memory(tmp_path / "config")
    window = MainWindow(Settings(camera=camera.url), Host, devices, listed, memory=memory)
    window.menu.theme_chosen.connect(lambda wish: apply_theme(qapp, wish))
    window.resize(1440, 1000)
    qtbot.addWidget(window)
    window.show()
    with qtbot.captureExceptions() as exceptions:
        yield Tour(window, qtbot, exceptions, lambda: caplog.records)
    window.close()
    devices.close()


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """Half a second."""
    return make_clip(tmp_path / "short.mp4", tone(0.5), [level_image(90, 320, 240)] * 12)


@pytest.fixture
def concert(tmp_path: Path) -> Path:
    """The demonstration's pictures with a recording in two channels: the left one louder."""
    path = tmp_path / "concert.mkv"
    demo = Clip.open(demo_clip())
    sound = demo.audio(RATE)[:1]
    write_muxed(path, demo, np.concatenate((sound, 0.25 * sound)), RATE)
    return path


def test_every_control_does_something_and_nothing_else_goes_wrong(
    tour: Tour, camera: MjpegCamera, short: Path, concert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls = tour.window.controls
    tour.window.catalogue.look_once()
    tour.wait(lambda: controls.output.findData("loopback") > 0)
    tour.pick(controls.input, "loopback", lambda: tour.window.settings.input == "loopback")
    tour.pick(controls.output, "loopback", lambda: tour.window.settings.output == "loopback")
    tour.press(controls.start, Qt.Key.Key_Space, lambda: tour.window.running and tour.host.snapshot().blocks > 100)
    drive_device_row(tour, camera.url)
    drive_instruments(tour)
    drive_foot(tour)
    tour.walk()
    drive_dialogs(tour)
    tour.click(controls.pages.chain, tour.window.chain.isVisible)
    drive_chain(tour, tmp_path, monkeypatch)
    drive_sessions(tour, tmp_path, monkeypatch)
    tour.click(controls.pages.listen, tour.window.listen.isVisible)
    drive_welcome(tour)
    drive_clip(tour, short, concert, monkeypatch)
    drive_rendering(tour, tmp_path, monkeypatch)
    tour.walk()
    tour.click(controls.live, lambda: tour.host.settings.clip is None)
    tour.click(controls.start, lambda: not tour.window.running and not tour.window.busy)
    print(f"{len(tour.census)} controls and entries of menus")
    assert not tour.census.missed, "nobody drives these: " + "; ".join(tour.census.missed)
    assert not tour.census.faults, "; ".join(sorted(tour.census.faults))


def drive_device_row(tour: Tour, camera: str) -> None:
    controls = tour.window.controls
    tour.pick(controls.block_size, "256", lambda: tour.host.snapshot().block_size == 256)
    tour.pick(controls.mode, "overlap", lambda: tour.host.snapshot().mode == "overlap")
    tour.pick(controls.mode, "filter", lambda: tour.host.snapshot().mode == "filter")
    tour.pick(controls.provider, "cpu", lambda: tour.host.settings.provider == "cpu")
    tour.pick(controls.camera, "", lambda: tour.host.settings.camera is None)
    tour.pick(controls.camera, camera, lambda: tour.host.picture() is not None)
    # A rate that the server does not have: the last choice that worked comes back.
    tour.pick(controls.sample_rate, "44100", lambda: not tour.window.busy, trouble="44100")
    assert tour.host.snapshot().sample_rate == RATE and controls.sample_rate.value == str(RATE)
    tour.click(tour.window.notices.dismiss, lambda: not tour.window.notices.isVisible())
    tour.pick(controls.model, str(FOLLOW), lambda: tour.host.settings.model == FOLLOW)
    looks: list[object] = []
    tour.window._devices.changed.connect(looks.append)  # pyright: ignore[reportPrivateUsage] - what the click is for
    tour.click(controls.refresh, lambda: looks)


def drive_instruments(tour: Tour) -> None:
    instruments = tour.window.instruments
    for counter in instruments.figures.counters:
        tour.wait(lambda: tour.host.snapshot().elapsed_s > 0.2)
        before_s = tour.host.snapshot().elapsed_s
        tour.click(counter, lambda before_s=before_s: tour.host.snapshot().elapsed_s < before_s)
    for meter, light in zip(instruments.meters.meters, instruments.meters.lights, strict=True):
        meter.clipped = True
        tour.click(light, lambda meter=meter: not meter.clipped)
    history = instruments.history
    for number in (1, 0):
        quantity = history.quantities[number]
        tour.click(history.choices.button(number), lambda quantity=quantity: history.chosen is quantity)


def drive_foot(tour: Tour) -> None:
    foot, spectrograms = tour.window.foot, tour.window.listen.spectrograms
    for what in ("mono", "binaural"):
        tour.click(foot.listening.buttons[what], lambda what=what: tour.host.listening == what)
    tour.press(foot.wide, Qt.Key.Key_Space, lambda: spectrograms.top_hz == 20_000)
    glows = tour.window.instruments.picture
    tour.press(foot.glow, Qt.Key.Key_Space, lambda: not glows._glows)  # pyright: ignore[reportPrivateUsage] - it is seen


def drive_dialogs(tour: Tour) -> None:
    menu = tour.window.menu
    tour.choose(menu, ("Settings…",), lambda: QApplication.activeModalWidget())
    settings = tour.dialog
    assert isinstance(settings, SettingsDialog)
    tour.walk(settings)
    tour.pick(settings.theme, "light", lambda: colour(GROUND).name() == LIGHT[GROUND])
    tour.pick(settings.theme, "dark", lambda: colour(GROUND).name() == DARK[GROUND])
    memory = settings._memory  # pyright: ignore[reportPrivateUsage] - what it changes
    tour.pick(settings.restore, RESTORE[2], lambda: memory.preferences.restore == RESTORE[2])
    assert not memory.is_first
    tour.click(settings.reset, lambda: memory.is_first)
    tour.click(settings.close_button, lambda: not QApplication.activeModalWidget())
    tour.choose(menu, ("Keys",), lambda: QApplication.activeModalWidget())
    keys = tour.dialog
    assert isinstance(keys, HelpDialog)
    tour.press(keys.close_button, Qt.Key.Key_Space, lambda: not QApplication.activeModalWidget())
    tour.choose(menu, ("About Earsight",), lambda: QApplication.activeModalWidget())
    about = tour.dialog
    assert isinstance(about, AboutDialog)
    bar = about.packages.verticalScrollBar()
    tour.press(about.packages, Qt.Key.Key_End, lambda: bar.value() == bar.maximum())
    tour.click(about.close_button, lambda: not QApplication.activeModalWidget())


def drive_chain(tour: Tour, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, rack = tour.window.chain, tour.window.chain.rack
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Mine", True))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    room = folder / "room.wav"
    write_room(room)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(room), ""))
    tour.wait(lambda: not tour.window.catalogue.looking)
    for name in ("trim", "mid_side", "convolution"):
        add_plugin(tour, page.add, name)
    tour.click(page.split, lambda: "split" in ids(plan(tour)))
    split = rack.rows["split"]
    assert isinstance(split, SplitRow)
    tour.click(split.add, lambda: len([row for row in rack.rows.values() if isinstance(row, BranchRow)]) == 2)
    for branch in [row for row in rack.rows.values() if isinstance(row, BranchRow)]:
        drive_branch(tour, branch)
    for row in [row for row in rack.rows.values() if isinstance(row, SlotRow)]:
        drive_slot(tour, row)
    drive_moves(tour)
    tour.walk()
    for row in [row for row in rack.rows.values() if row.remove.isEnabled()][::-1]:
        if row.remove.isEnabled():  # the last branch of a split stays
            rack.reveal(row.part_id)
            tour.click(row.remove, lambda row=row: row.part_id not in ids(plan(tour)))
    before = ids(plan(tour))
    tour.click(page.undo, lambda: ids(plan(tour)) != before)
    tour.click(page.redo, lambda: ids(plan(tour)) == before)


def write_room(path: Path) -> None:
    """An impulse response of one sample."""
    soundfile.write(path, np.eye(1, 64)[0], RATE)


def plan(tour: Tour) -> Plan:
    """Of the chain that plays."""
    chain = tour.host.chain
    assert chain is not None
    return chain.plan


def add_plugin(tour: Tour, button: QPushButton, name: str) -> None:
    tour.click(button, lambda: QApplication.activeModalWidget())
    picker = tour.dialog
    assert isinstance(picker, PluginPicker)
    before = ids(plan(tour))
    plugin = tour.window.catalogue.find(name)
    assert plugin is not None
    tour.click(picker.again, lambda: not tour.window.catalogue.looking)
    tour.type_into(picker.search, "earsight", picker.list.currentItem)
    first = picker.list.currentItem()
    tour.press(picker.list, Qt.Key.Key_Down, lambda: picker.list.currentItem() is not first)
    tour.type_into(picker.search, f"earsight {plugin.name}", lambda: marked(picker) == plugin.name)
    tour.click(picker.add, lambda: len(ids(plan(tour))) == len(before) + 1)
    tour.wait(lambda: not QApplication.activeModalWidget())


def marked(picker: PluginPicker) -> str:
    item = picker.list.currentItem()
    return "" if item is None else item.text(0)


def drive_branch(tour: Tour, row: BranchRow) -> None:
    tour.window.chain.rack.reveal(row.part_id)
    add_plugin(tour, row.add, "trim")

    def branch() -> Branch:
        part = plan(tour).part(row.part_id)
        assert isinstance(part, Branch)
        return part

    was = branch().muted
    tour.press(row.mute, Qt.Key.Key_Space, lambda: branch().muted != was)
    tour.type_into(row.gain, "-6", lambda: branch().gain_db == -6.0)
    tour.click(row.remove, lambda: row.part_id not in ids(plan(tour)))
    tour.click(tour.window.chain.undo, lambda: row.part_id in ids(plan(tour)))


def drive_slot(tour: Tour, row: SlotRow) -> None:
    tour.window.chain.rack.reveal(row.part_id)

    def slot() -> Slot:
        return plan(tour).slot(row.part_id)

    if row.fold.isEnabled():
        tour.press(row.fold, Qt.Key.Key_Space, row.parameters.isVisible)
    for bypassed in (True, False):
        tour.press(row.bypass, Qt.Key.Key_Space, lambda bypassed=bypassed: slot().bypassed == bypassed)
    tour.type_into(row.wet, "50", lambda: slot().wet == 0.5)
    tour.type_into(row.gain, "-3", lambda: slot().gain_db == -3.0)
    for control in row.parameters.controls if row.parameters.isVisible() else ():
        tour.window.chain.rack.reveal(row.part_id)
        drive_parameter(tour, row, control)
    if row.presets.isEnabled():
        names = lambda: preset_names(slot().plugin)  # noqa: E731 - asked three times
        tour.choose(row.presets, ("Save preset…",), lambda: names() == ["Mine"])
        tour.choose(row.presets, ("Mine",), lambda: tour.window.chain.undo.isEnabled())
        tour.choose(row.presets, ("Delete preset", "Mine"), lambda: not names())
    if row.file is not None:
        tour.click(row.file.choose, lambda: str(slot().state["file"]).endswith("room.wav"))


def drive_parameter(tour: Tour, row: SlotRow, control: ParameterControl) -> None:
    """What the plugin itself says of its value is another then."""

    def value() -> float:
        chain = tour.host.chain
        plugin = None if chain is None else chain.plugin(row.part_id)
        assert plugin is not None
        return plugin.get(control.parameter.name)

    before = value()
    if isinstance(control, NumberControl):
        tour.press(control.fader, Qt.Key.Key_Left, lambda: value() < before)
        tour.type_into(control.box, "-7", lambda: value() == -7.0)
    elif isinstance(control, SwitchControl):
        tour.press(control.box, Qt.Key.Key_Space, lambda: value() != before)
    elif isinstance(control, ChoiceControl):
        tour.press(control.list, Qt.Key.Key_Down, lambda: value() == before + 1)


def drive_moves(tour: Tour) -> None:
    """Each part down and up again, or the other way round, as far as it goes."""
    rack = tour.window.chain.rack
    for row in list(rack.rows.values()):
        buttons = [button for button in (row.down, row.up) if button.isVisible() and button.isEnabled()]
        for button in [*buttons, *(other for other in (row.up, row.down) if other not in buttons)]:
            rack.reveal(row.part_id)
            before = plan(tour).items
            if button.isVisible() and button.isEnabled():
                tour.click(button, lambda before=before: plan(tour).items != before)


def drive_sessions(tour: Tour, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = folder / "evening.toml"
    sessions, page = tour.window.sessions, tour.window.chain
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(saved), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(saved), ""))
    kept = ids(plan(tour))
    tour.choose(sessions, ("Save session…",), saved.exists)
    for path in (("Open session…",), ("Recent sessions", "evening.toml")):
        add_plugin(tour, page.add, "trim")
        tour.choose(sessions, path, lambda: ids(plan(tour)) == kept)


def drive_welcome(tour: Tour) -> None:
    welcome = tour.window.welcome
    welcome.show()
    tour.click(welcome.dismiss, lambda: not welcome.isVisible())
    welcome.show()
    tour.press(welcome.demo, Qt.Key.Key_Space, lambda: tour.window.running and tour.host.settings.clip == demo_clip())
    tour.wait(lambda: tour.window.clips.deck.playing)


def drive_clip(tour: Tour, short: Path, concert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, controls = tour.window.clips, tour.window.controls
    deck, transport, panel = clips.deck, clips.transport, clips.playlist_panel

    def plays(clip: Path) -> bool:
        return tour.window.running and tour.host.settings.clip == clip and deck.playback is not None

    monkeypatch.setattr("gui.window.ask_for_clips", lambda _: [concert])
    tour.click(controls.open, lambda: plays(concert))
    tour.wait(lambda: deck.playing)
    for playing in (False, True):
        tour.press(transport.play, Qt.Key.Key_Space, lambda playing=playing: playback(tour).playing == playing)
        tour.wait(lambda playing=playing: deck.playing == playing)
    for looping in (True, False):
        tour.click(transport.loop, lambda looping=looping: (playback(tour).region is not None) == looping)
    tour.press(transport.play, Qt.Key.Key_Space, lambda: not playback(tour).playing)
    middle_s = playback(tour).duration_s / 2
    tour.click(clips.waveform, lambda: abs(playback(tour).position_s - middle_s) < 0.1)
    for what in ("recorded", "binaural"):
        tour.click(tour.window.foot.listening.buttons[what], lambda what=what: tour.host.listening == what)
    tour.click(clips.unfold, panel.isVisible)
    monkeypatch.setattr("gui.playlist_panel.ask_for_clips", lambda _: [demo_clip(), short])
    tour.click(panel.add, lambda: all(entry.looked_into for entry in clips.playlist.entries))
    tour.click(transport.next, lambda: plays(demo_clip()))
    tour.click(transport.previous, lambda: plays(concert))
    panel.list.setCurrentItem(panel.list.row(0))
    tour.press(panel.list, Qt.Key.Key_Down, lambda: panel.list.selected == demo_clip())
    tour.click(panel.remove, lambda: [entry.path for entry in clips.playlist.entries] == [concert, short])
    panel.list.setCurrentItem(panel.list.row(1))
    tour.press(panel.list, Qt.Key.Key_Return, lambda: plays(short))


def playback(tour: Tour) -> Playback:
    """Of the clip, as the host says."""
    now = tour.host.playback
    assert now is not None
    return now


def drive_rendering(tour: Tour, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, rendering, target = tour.window.clips, tour.window.rendering, folder / "binaural.wav"
    monkeypatch.setattr("gui.render_bar.ask_for_target", lambda *_: target)
    tour.click(clips.render_file, lambda: rendering.running)
    tour.click(rendering.cancel, lambda: not rendering.running and not rendering.isVisible())
    tour.press(clips.render_file, Qt.Key.Key_Space, target.exists)
    tour.wait(rendering.dismiss.isVisible)
    tour.click(rendering.dismiss, lambda: not rendering.isVisible())
