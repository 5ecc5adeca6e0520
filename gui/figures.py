"""The host's figures, large enough to read from the instrument."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme import BAD, GAP, QUIET, TEXT, label, recolour
from realtime.stats import Percentiles, Snapshot

NOTHING = "--"


class Cell(QWidget):
    """A caption and a value."""

    def __init__(self, caption: str, tip: str) -> None:
        super().__init__()
        self.value = _fill(self, caption)
        self.setToolTip(tip)
        self.setAccessibleName(caption)


class Counter(QPushButton):
    """A caption and a count; a click asks for a reset."""

    def __init__(self, caption: str, tip: str) -> None:
        super().__init__()
        self.setObjectName("cell")
        self.value = _fill(self, caption)
        self.setToolTip(tip)
        self.setAccessibleName(caption)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return super().sizeHint() if layout is None else layout.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def count(self, number: int) -> None:
        """Show a count; anything but zero stands out."""
        text = str(number)
        if text != self.value.text():
            self.value.setText(text)
            recolour(self.value, BAD if number else TEXT)
            self.setAccessibleDescription(text)


class Figures(QWidget):
    """Round trip in milliseconds with its parts, ages, counters, provider."""

    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.round_trip = label(NOTHING, 34, bold=True)
        self.round_trip.setAccessibleName(self.tr("Round trip"))
        self.parts = label("", 12, QUIET)
        self.parts.setWordWrap(True)
        self.mask_age = Cell(
            self.tr("Mask age"), self.tr("How old the room is that you hear: median / 99th percentile. Not latency.")
        )
        self.image_age = Cell(
            self.tr("Image age"), self.tr("How old the picture is that the network uses: median. Not latency.")
        )
        self.rate = Cell(self.tr("Masks per second"), self.tr("How often the ear filters are renewed"))
        self.callback = Cell(
            self.tr("Callback CPU"),
            self.tr("Share of a block's time that 99 of 100 audio callbacks stay below"),
        )
        self.provider = Cell(self.tr("Runs on"), self.tr("ONNX Runtime provider in use"))
        reset = self.tr("Click to reset all counters")
        self.xruns = Counter(self.tr("Xruns"), self.tr("Blocks that the device lost or played late.") + "\n" + reset)
        self.late_inferences = Counter(
            self.tr("Late inferences"),
            self.tr("Hops that the network skipped to keep up; sound went on.") + "\n" + reset,
        )
        self.late_blocks = Counter(
            self.tr("Late blocks"), self.tr("Blocks for which a plugin missed its deadline.") + "\n" + reset
        )
        self.counters = (self.xruns, self.late_inferences, self.late_blocks)
        for counter in self.counters:
            counter.clicked.connect(self.reset_requested)
        self._arrange()
        self.show_snapshot(None)

    def _arrange(self) -> None:
        headline = QHBoxLayout()
        headline.setSpacing(GAP)
        headline.addWidget(self.round_trip)
        beside = QVBoxLayout()
        beside.setSpacing(0)
        beside.addStretch()
        beside.addWidget(label(self.tr("Round trip"), 13, TEXT))
        beside.addWidget(self.parts)
        beside.addStretch()
        headline.addLayout(beside, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP // 2)
        grid.setVerticalSpacing(GAP // 2)
        rows: tuple[tuple[Cell | Counter, ...], ...] = (
            (self.mask_age, self.image_age, self.rate, self.callback),
            (self.xruns, self.late_inferences, self.late_blocks, self.provider),
        )
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                grid.addWidget(cell, row, column)
                grid.setColumnStretch(column, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP // 2)
        whole.addLayout(headline)
        whole.addLayout(grid)

    def show_snapshot(self, snapshot: Snapshot | None, slots: Sequence[tuple[str, int]] = ()) -> None:
        """Show a host's figures, or dashes when there is none; `slots` are the chain's names and samples of latency."""
        if snapshot is None or snapshot.blocks == 0:
            self.round_trip.setText(NOTHING)
            self.parts.setText(self.tr("Nothing is running"))
            self.parts.setToolTip("")
            for cell in (self.mask_age, self.image_age, self.rate, self.callback, self.provider):
                cell.value.setText(NOTHING)
            for counter in self.counters:
                counter.count(0)
            return
        self._show_latency(snapshot, slots)
        self.mask_age.value.setText(_ages(snapshot.mask_age_ms))
        self.image_age.value.setText(_age(snapshot.image_age_ms))
        self.rate.value.setText(f"{snapshot.masks_per_s:.0f}" if snapshot.masks else NOTHING)
        block_us = snapshot.block_size / snapshot.sample_rate * 1e6
        p99_us = snapshot.callback_us.p99
        self.callback.value.setText(f"{100 * p99_us / block_us:.1f} %")
        self.callback.setToolTip(
            self.tr("99 of 100 audio callbacks take less than {0} µs of the {1} µs that a block lasts").format(
                f"{p99_us:.0f}", f"{block_us:.0f}"
            )
        )
        self.provider.value.setText(snapshot.provider.removesuffix("ExecutionProvider").upper() or NOTHING)
        self.xruns.count(snapshot.xruns)
        self.late_inferences.count(snapshot.late_inferences)
        self.late_blocks.count(snapshot.late_blocks)

    def _show_latency(self, snapshot: Snapshot, slots: Sequence[tuple[str, int]]) -> None:
        latency = snapshot.latency
        to_ms = 1000.0 / snapshot.sample_rate
        self.round_trip.setText(f"{latency.total * to_ms:.1f} ms")
        named = (
            (self.tr("in"), latency.device_input),
            (self.tr("out"), latency.device_output),
            (self.tr("processing"), latency.plugins),
        )
        self.parts.setText("  +  ".join(f"{name} {samples * to_ms:.1f}" for name, samples in named))
        tip = [f"{name}: {samples} / {samples * to_ms:.2f} ms" for name, samples in named]
        tip += [f"    {name}: {samples} / {samples * to_ms:.2f} ms" for name, samples in slots]
        tip.append(self.tr("of the processing, {0} samples are in the nature of the mode").format(latency.algorithmic))
        tip.append(self.tr("together: {0} samples at {1} Hz").format(latency.total, snapshot.sample_rate))
        self.parts.setToolTip("\n".join(tip))
        self.round_trip.setToolTip("\n".join(tip))


def _fill(cell: QWidget, caption: str) -> QLabel:
    value = label(NOTHING, 17, bold=True)
    title = label(caption, 11, QUIET)
    title.setObjectName("caption")
    column = QVBoxLayout(cell)
    column.setContentsMargins(4, 3, 4, 3)
    column.setSpacing(1)
    for part in (title, value):
        part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column.addWidget(part)
    return value


def _age(age_ms: Percentiles) -> str:
    return f"{age_ms.p50:.0f} ms" if age_ms.max > 0 else NOTHING


def _ages(age_ms: Percentiles) -> str:
    return f"{age_ms.p50:.0f} / {age_ms.p99:.0f} ms" if age_ms.max > 0 else NOTHING
