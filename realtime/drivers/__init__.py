"""Drivers: what calls the engine, block after block. A device (`portaudio`), a clock (`null`), a loop (`offline`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from realtime.engine import Engine


class Driver(Protocol):
    """Calls an engine at the pace of a device. Made, started and stopped once, on one thread at a time."""

    @property
    def name_input(self) -> str:
        """The device that sound comes from; empty for none."""
        ...

    @property
    def name_output(self) -> str:
        """The device that sound goes to."""
        ...

    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...

    @property
    def block_size(self) -> int:
        """Samples per channel per call of the engine."""
        ...

    @property
    def input_latency(self) -> int:
        """Samples from the input connector to the engine; 0 without input."""
        ...

    @property
    def output_latency(self) -> int:
        """Samples from the engine to the output connector."""
        ...

    @property
    def active(self) -> bool:
        """Whether the engine is being called. False after the device went away. Cheap."""
        ...

    def start(self) -> None:
        """Begin to call the engine. Raises DeviceError when the device refuses."""
        ...

    def stop(self) -> None:
        """End the calls and close the device; idempotent, returns within about a second whatever the device does."""
        ...


class DeviceDriver(Driver, Protocol):
    """One whose device may go away and come back."""

    @property
    def says_when_gone(self) -> bool:
        """Whether `active` is certain to turn False when the device goes away, rather than just calling no more."""
        ...

    @property
    def calls(self) -> int:
        """How often the device has called, whether it reached the engine or not."""
        ...

    @property
    def inside(self) -> bool:
        """Whether the engine is at work on a call now."""
        ...

    def hand_over(self, engine: Engine) -> bool:
        """Call another engine instead, without a gap; False, and all as it was, when the device does not call."""
        ...

    def standby(self) -> None:
        """Play silence and leave the engine alone until `start`; before the first one or after. Raises DeviceError."""
        ...
