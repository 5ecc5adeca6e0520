"""What moves through a clip: previous, play or pause, next, where it is, and whether it goes round."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.buttons import switch
from gui.glyphs import NEXT, PAUSE, PLAY, PREVIOUS, GlyphButton
from gui.theme import GAP, QUIET, label
from gui.times import clock


class Transport(QWidget):
    """Says what the user wants and shows what is; it moves nothing itself."""

    play_clicked = Signal()
    """Play or pause, whichever is not now."""
    step_wanted = Signal(int)
    """1: the next clip; -1: the one before."""
    loop_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.previous = GlyphButton(PREVIOUS, self.tr("Previous clip (Ctrl+Left)"), self.tr("Previous clip"))
        self.play = GlyphButton(PLAY, "", "")
        self.next = GlyphButton(NEXT, self.tr("Next clip (Ctrl+Right)"), self.tr("Next clip"))
        self.loop = switch(
            self.tr("Loop"),
            self.tr("Play the selected part, or without one the whole clip, again and again (L); I and O set its ends"),
        )
        self.position = label("", 15, bold=True)
        self.duration = label("", 13, QUIET)
        self.position.setAccessibleName(self.tr("Position"))
        self.duration.setAccessibleName(self.tr("Duration"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 3)
        for part in (self.previous, self.play, self.next):
            row.addWidget(part)
        row.addSpacing(GAP // 2)
        row.addWidget(self.position, alignment=Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.duration, alignment=Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(GAP // 2)
        row.addWidget(self.loop)
        self.play.clicked.connect(self.play_clicked)
        self.previous.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.next.clicked.connect(lambda: self.step_wanted.emit(1))
        self.loop.clicked.connect(self.loop_wanted)
        self._playing: bool | None = None
        self.show_playing(False)
        self.show_time(0.0, 0.0)

    def show_playing(self, playing: bool) -> None:
        """Offer what can be done: pause what plays, play what does not."""
        if playing == self._playing:
            return
        self._playing = playing
        if playing:
            self.play.show_glyph(PAUSE, self.tr("Pause (Space)"), self.tr("Pause"))
        else:
            self.play.show_glyph(PLAY, self.tr("Play (Space)"), self.tr("Play"))

    def show_time(self, position_s: float, duration_s: float) -> None:
        """Where it is; 0 s of duration stand for an unknown one."""
        for text, said in (
            (self.position, clock(position_s)),
            (self.duration, f"/ {clock(duration_s)}" if duration_s > 0 else ""),
        ):
            if said != text.text():
                text.setText(said)

    def show_steps(self, back: bool, on: bool) -> None:
        """Whether there is a clip before and after."""
        self.previous.setEnabled(back)
        self.next.setEnabled(on)
