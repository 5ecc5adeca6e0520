"""Drivers: what calls the engine, block after block. A device (`portaudio`), a clock (`null`), a loop (`offline`)."""

from __future__ import annotations

from typing import Protocol


class Driver(Protocol):
    """Calls an engine at the pace of a device. Made, started once and stopped once, all on the main thread."""

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
