"""The line at the window's foot: what is open, what runs, what of it is listened to, and two switches of looks."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gui.buttons import switch
from gui.listening import ListeningSwitch
from gui.open_devices import OpenDevices
from gui.theme import GAP, QUIET, label
from realtime.settings import Settings
from realtime.stats import Snapshot


class Foot(QWidget):
    """Light of what is open, status, `gui.listening.ListeningSwitch`, range of the spectrograms, glow of picture."""

    def __init__(self) -> None:
        super().__init__()
        self.status = label(colour=QUIET)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        # Where there is no room for all of it, its end is not seen.
        self.status.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.devices = OpenDevices()
        self.listening = ListeningSwitch()
        self.wide = switch(self.tr("Up to 20 kHz"), self.tr("Show the spectrograms up to 20 kHz instead of 8 kHz"))
        self.glow = switch(
            self.tr("Show attention"), self.tr("Let the picture glow where the network believes the sound is")
        )
        self.glow.setChecked(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.devices)
        row.addWidget(self.status, 1)
        for part in (self.listening, self.wide, self.glow):
            row.addWidget(part)

    def show_state(self, wanted: bool, busy: bool) -> None:
        """Say that a host starts or stops, or that there is none."""
        if busy:
            self.status.setText(self.tr("Starting…") if wanted else self.tr("Stopping…"))
        elif not wanted:
            self.status.setText(self.tr("Stopped"))
            self.devices.tell(microphone=False, camera=False)

    def show_snapshot(self, snapshot: Snapshot, settings: Settings) -> None:
        """Say what runs, with these settings."""
        live = settings.clip is None
        self.devices.tell(microphone=settings.hears, camera=live and snapshot.camera_opened)
        minutes, seconds = divmod(int(snapshot.duration_s), 60)
        parts = [self.tr("Running {0}:{1}").format(minutes, f"{seconds:02d}")]
        heard = snapshot.input if live else ""  # a clip's name is beside the buttons
        parts += [part for part in (heard, snapshot.output) if part]
        parts.append(self.tr("{0} samples at {1} kHz").format(snapshot.block_size, f"{snapshot.sample_rate / 1000:g}"))
        if snapshot.model:
            parts.append(snapshot.model)
        if snapshot.recording:
            parts.append(self.tr("recording to {0}").format(snapshot.recording))
        self.status.setText("  ·  ".join(parts))
