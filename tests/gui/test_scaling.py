"""No text is cut off, from small windows to 4K, at the scales that screens ask for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from gui.devices import Devices
from gui.theme import apply_theme
from gui.window import MainWindow
from realtime.settings import Settings
from tests.gui.fake_host import SOURCES, FakeHost

width, height = (int(size) for size in sys.argv[1:])
application = QApplication(["earsight"])
apply_theme(application)
window = MainWindow(Settings(camera="0"), FakeHost, Devices(SOURCES))
scale = window.devicePixelRatio()
window.resize(round(width / scale), round(height / scale))
window.welcome.show()
window.show()
window.start()
cut = []

def look(page):
    for text in window.findChildren(QLabel):
        room = text.contentsRect().size()
        needs = text.heightForWidth(room.width()) if text.wordWrap() else text.minimumSizeHint().height()
        wide = 0 if text.wordWrap() else text.fontMetrics().horizontalAdvance(text.text())
        if text.isVisible() and (wide > room.width() + 1 or needs > room.height() + 1):
            cut.append([page, text.text()])
    for button in window.findChildren(QPushButton):
        wide = button.fontMetrics().horizontalAdvance(button.text())
        if button.isVisible() and button.text() and button.objectName() != "cell" and wide > button.width():
            cut.append([page, button.text()])

def check():
    if window.instruments.figures.round_trip.text() == "--":
        return
    timer.stop()
    QTimer.singleShot(300, finish)  # what has grown is laid out anew

def finish():
    look("listen")
    window.controls.pages.chain.click()
    application.processEvents()
    look("chain")
    print(json.dumps([window.devicePixelRatio(), window.width(), window.height(), cut]))
    window.close()

timer = QTimer(interval=50)
timer.timeout.connect(check)
timer.start()
application.exec()
"""


@pytest.mark.parametrize(("width", "height", "scale"), [(1280, 720, 1), (3840, 2160, 1), (3840, 2160, 2)])
@pytest.mark.usefixtures("compiled")
def test_no_text_is_cut(width, height, scale):
    environment = os.environ | {"QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", PROGRAM, str(width), str(height)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment, timeout=100, check=True)
    ratio, wide, high, cut = json.loads(done.stdout)
    assert (ratio, wide * scale, high * scale) == (scale, width, height)
    assert cut == []
