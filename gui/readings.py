"""What a plugin shows of the sound at this moment, in a few words."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QCoreApplication

from realtime.plugin import Plugin


@runtime_checkable
class Reducing(Protocol):
    """Turns the sound down as its level asks, see `realtime.effects.dynamics`."""

    @property
    def reduction_db(self) -> float: ...


class Levels(Protocol):
    """Of left and right, dB, see `realtime.effects.meter`."""

    @property
    def true_peak_db(self) -> tuple[float, float]: ...

    @property
    def rms_db(self) -> tuple[float, float]: ...


@runtime_checkable
class Metering(Protocol):
    """Measures the sound at its place in the chain."""

    def levels(self) -> Levels: ...


def reading_of(plugin: Plugin) -> str:
    """In words; empty when it shows nothing, or nothing now."""
    if isinstance(plugin, Metering):
        levels = plugin.levels()
        text = QCoreApplication.translate("Reading", "Peak {0} dB   RMS {1} dB")
        return text.format(_both(levels.true_peak_db), _both(levels.rms_db))
    if isinstance(plugin, Reducing) and plugin.reduction_db >= 0.05:
        return f"-{plugin.reduction_db:.1f} dB"
    return ""


def _both(levels_db: tuple[float, float]) -> str:
    left, right = levels_db
    return f"{left:.0f} / {right:.0f}"
