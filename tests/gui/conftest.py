"""A real window on a real X server (Xvfb where that is installed), driven with a fake host."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.chain_page import ChainPage
from gui.client import ListedPlugin
from gui.devices import Devices
from gui.slot_row import SlotRow
from gui.theme import apply_theme
from gui.window import MainWindow
from realtime.chain.chain import Chain
from realtime.chain.plan import Plan
from realtime.plugin import KernelPlugin
from realtime.registry import BUILT_IN, FORM, open_plugin
from realtime.settings import Settings
from tests.gui.chain_plans import PLAN
from tests.gui.fake_host import PLUGINS, SOURCES, FakeHost
from tests.gui.keyboard import activate


@pytest.fixture(scope="session")
def display() -> Iterator[None]:
    """Where windows appear: an X server of our own on a free display number, else what is there already.

    Of our own, because windows of other programs, and of other processes of these tests, take the keyboard.
    """
    program = shutil.which("Xvfb") if sys.platform == "linux" else None
    if program is None:
        if sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
            pytest.skip("there is no display, and Xvfb is not installed")
        yield
        return
    reads, writes = os.pipe()
    command = [program, "-displayfd", str(writes), "-screen", "0", "2000x1300x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writes,), stderr=subprocess.DEVNULL)
    os.close(writes)
    with os.fdopen(reads) as answer:
        number = answer.readline().strip()
    if not number:
        server.wait()
        pytest.skip("Xvfb did not start")
    before = {name: os.environ.get(name) for name in ("DISPLAY", "QT_QPA_PLATFORM")}
    os.environ.update(DISPLAY=f":{number}", QT_QPA_PLATFORM="xcb")
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    application = QApplication.instance()
    if application is not None:
        application.shutdown()  # before its server goes: Qt ends the process when that is gone
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def qapp_args(display: None) -> list[str]:
    return ["earsight-tests"]


@pytest.fixture(scope="session")
def themed(qapp: QApplication) -> None:
    apply_theme(qapp)


class Stage:
    """A window, and the hosts that it made."""

    def __init__(self, qtbot: QtBot, settings: Settings) -> None:
        self.hosts: list[FakeHost] = []
        self.slow = False
        self.may_list = threading.Event()
        """Plugins that take long to look for are those of a stage that clears this."""
        self.may_list.set()
        self._qtbot = qtbot
        self.devices = Devices(SOURCES)
        self.window = MainWindow(settings, self._make_host, self.devices, self._list_plugins)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        qtbot.waitUntil(lambda: self.window.controls.output.findData("Headphones") > 0)

    def _make_host(self, settings: Settings) -> FakeHost:
        host = FakeHost(settings)
        if self.slow:
            host.opens.clear()
        self.hosts.append(host)
        return host

    def _list_plugins(self) -> tuple[ListedPlugin, ...]:
        assert self.may_list.wait(timeout=10)
        return PLUGINS

    @property
    def host(self) -> FakeHost:
        return self.hosts[-1]

    @property
    def chain(self) -> Chain:
        """Of the newest host."""
        assert self.host.chain is not None
        return self.host.chain

    def show_chain(self) -> ChainPage:
        """Turn to the page of the chain, with its plugins listed."""
        self.window.controls.pages.chain.click()
        self.wait(lambda: not self.window.catalogue.looking)
        return self.window.chain

    def row(self, name: str) -> SlotRow:
        """The row of a slot, unfolded."""
        row = self.window.chain.rack.slot_row(name)
        if not row.fold.isChecked():
            row.fold.click()
        return row

    def start(self) -> None:
        self.window.start()
        self.settle()
        assert self.window.running

    def activate(self) -> None:
        """Give the window the keyboard; shortcuts work in the active window only."""
        activate(self._qtbot, self.window)

    def settle(self) -> None:
        """Wait until no request is under way and the newest figures have been drawn."""
        self._qtbot.waitUntil(lambda: not self.window.busy)

    def wait(self, condition: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(condition()))


@pytest.fixture(scope="session")
def compiled() -> None:
    """The chain's kernels, so that no test waits for the compiler."""
    FakeHost(Settings()).start()
    for name in BUILT_IN:
        plugin = cast(KernelPlugin, open_plugin(name))
        plugin.prepare(FORM)
        assert plugin.kernel_address


@pytest.fixture
def stage(qtbot: QtBot, themed: None, compiled: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stage]:
    """Makes a window: stage(camera="0", ...)."""
    # However busy the machine is, a plugin that opens quickly is there at once.
    monkeypatch.setattr("gui.chain_page.PATIENCE_S", 10.0)

    def make(**settings: object) -> Stage:
        return Stage(qtbot, Settings(**settings))  # pyright: ignore[reportArgumentType]  # a test knows its fields

    return make


@pytest.fixture
def playing(stage: Callable[..., Stage]) -> Callable[..., Stage]:
    """Makes a window that shows the chain of a host that runs: playing(plan)."""

    def make(plan: Plan = PLAN) -> Stage:
        s = stage(plan=plan)
        s.start()
        s.show_chain()
        return s

    return make
