"""The row of a slot: its plugin's name, level and latency, and on demand its parameters."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.buttons import small_button, switch
from gui.known import Known
from gui.parameters import Parameters
from gui.preset_menu import PresetMenu
from gui.rows import BUTTON_PX, GAIN_PX, NARROW_BUTTON_PX, Row, gain_box
from gui.slot_files import FILES, FileChooser
from gui.theme import ACCENT, GAP, QUIET, WARN, label
from gui.value_box import ValueBox
from realtime.chain.plan import SPATIALISER, Slot
from realtime.plugin import Parameter

WET_PX = 78, 50
"""With its caption, and without."""
LATENCY_PX = 58


class SlotRow(Row):
    """A slot, folded or with its parameters."""

    turned = Signal(str, float)
    """Name of a parameter and the value that the user gave it."""
    state_wanted = Signal(dict)
    """What the plugin is to read beside its parameters."""
    folded = Signal()
    """The parameters are to be shown, or not any more."""

    def __init__(self, part_id: str, depth: int) -> None:
        super().__init__(part_id, depth)
        self.fold = small_button("▸", self.tr("Show or hide the parameters"))
        self.fold.setCheckable(True)
        self.fold.setFixedWidth(BUTTON_PX)
        self.bypass = switch(self.tr("Bypass"), self.tr("Let the sound pass it by, as late as through it"))
        self.bypass.setObjectName("small")
        wet = Parameter("wet", self.tr("Dry/wet"), 0.0, 100.0, 100.0, "%")
        self.wet = ValueBox(wet, self.tr("Wet"))
        self.wet.setToolTip(self.tr("0 %: the sound as it comes, 100 %: the plugin's. Wheel, arrow keys, or type."))
        self.wet.setFixedWidth(WET_PX[0])
        self.gain = gain_box()
        self.gain.setToolTip(self.tr("Level of the plugin's sound. Wheel, arrow keys, or type."))
        self.latency = label("", 12, QUIET)
        self.latency.setToolTip(self.tr("By how much it makes the sound later"))
        self.latency.setFixedWidth(LATENCY_PX)
        self.latency.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.reading = label("", 12, ACCENT)
        self.trouble = label("", 12, WARN)
        self.absent = label("", 12, QUIET)
        self.parameters = Parameters()
        self.presets = PresetMenu()
        self.presets.setFixedWidth(BUTTON_PX)
        self.file: FileChooser | None = None
        for line in (self.trouble, self.absent):
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setWordWrap(True)
            line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            line.hide()
        self.names |= {
            self.fold: self.tr("Parameters of {0}"),
            self.bypass: self.tr("Bypass {0}"),
            self.wet: self.tr("Dry/wet of {0}"),
            self.gain: self.tr("Gain of {0}"),
            self.presets: self.tr("Presets of {0}"),
        }
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self.head.addWidget(self.fold)
        self.head.addWidget(self.title, 1)
        for part in (self.reading, self.latency, self.bypass, self.wet, self.gain):
            self.head.addWidget(part)
        for part in (self.presets, self.up, self.down, self.remove):
            self.head.addWidget(part)
        self.whole.addWidget(self.trouble)
        self.whole.addWidget(self.absent)
        self.whole.addWidget(self.parameters)
        self.parameters.setContentsMargins(GAP, 0, GAP // 2, 0)
        self.parameters.hide()

    def _connect(self) -> None:
        self.fold.toggled.connect(self._fold)
        self.bypass.clicked.connect(lambda on: self.changed.emit({"bypassed": on}, None))
        self.wet.given.connect(lambda wet: self.changed.emit({"wet": wet / 100}, ("wet", self.part_id)))
        self.gain.given.connect(lambda gain_db: self.changed.emit({"gain_db": gain_db}, ("gain_db", self.part_id)))
        self.parameters.given.connect(self.turned)

    @property
    def stops(self) -> list[QWidget]:
        controls = (stop for control in self.parameters.controls for stop in control.stops)
        return [*super().stops, *controls, *([] if self.file is None else [self.file.choose])]

    def show_narrow(self, narrow: bool) -> None:
        for line in (self.reading, self.latency):
            line.setVisible(not narrow)
        for part in (self.fold, self.presets, self.up, self.down, self.remove):
            part.setFixedWidth(NARROW_BUTTON_PX if narrow else BUTTON_PX)
        for box, widths in ((self.wet, WET_PX), (self.gain, GAIN_PX)):
            box.show_caption(not narrow)
            box.setFixedWidth(widths[narrow])

    def show_slot(self, slot: Slot, known: Known, sample_rate: int) -> None:
        """Show it as it is now; nothing is emitted."""
        self.show_title(known.name, quiet=slot.bypassed or known.missing)
        self.title.setToolTip(f"{known.name} ({slot.id})")
        self.bypass.setChecked(slot.bypassed)
        self.wet.show_value(100 * slot.wet)
        self.gain.show_value(slot.gain_db)
        self.remove.setEnabled(slot.plugin != SPATIALISER)
        latency_ms = None if known.latency is None else 1000 * known.latency / sample_rate
        self.latency.setText("" if latency_ms is None else f"{latency_ms:.1f} ms" if latency_ms else "0 ms")
        self.reading.setText(known.reading)
        self.trouble.setText(known.trouble)
        self.trouble.setVisible(bool(known.trouble))
        missing = self.tr("Not available here: the sound passes, and its settings are kept ({0})")
        self.absent.setText(self.tr("Opening…") if known.opening else missing.format(len(slot.values)))
        self.absent.setVisible(known.missing or known.opening)
        self.presets.plugin = slot.plugin
        self.presets.setEnabled(bool(known.parameters))
        self.fold.setEnabled(bool(known.parameters) or slot.plugin in FILES)
        is_open = self.fold.isChecked() and self.fold.isEnabled()
        if is_open:
            self.parameters.show_values(known.parameters, known.value_of)
        self.parameters.setVisible(is_open)
        self._show_file(slot, is_open)

    def _show_file(self, slot: Slot, is_open: bool) -> None:
        if self.file is None and is_open and slot.plugin in FILES:
            self.file = FileChooser(FILES[slot.plugin])
            self.file.chosen.connect(self.state_wanted)
            self.whole.addWidget(self.file)
        if self.file is not None:
            self.file.show_slot(slot)
            self.file.setVisible(is_open)

    def _fold(self, open_now: bool) -> None:
        self.fold.setText("▾" if open_now else "▸")
        self.folded.emit()
