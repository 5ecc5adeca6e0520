"""Opens what the settings say the sound is to come from and go to, and opens it again when it went away."""

from __future__ import annotations

from realtime.drivers import DeviceDriver, Driver
from realtime.drivers.choice import AudioDevice
from realtime.drivers.library import devices_changed
from realtime.drivers.null import NullDriver
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.settings import Settings


class Opening:
    """Makes drivers for an engine, as the settings say.

    Attributes
    ----------
    engine
        That drivers are made for; another one from the next `open` on when it is set anew.
    device
        The driver that `open` made, if its device may go away and be opened again; else None.

    Notes
    -----
    Methods that open raise DeviceError when the device cannot be used, NoDeviceError when it is not there.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.device: PortAudioDriver | None = None
        self._settings = settings
        self.engine = engine

    def open(self) -> Driver:
        """For the first time."""
        settings = self._settings
        if settings.driver == "null":
            return NullDriver(self.engine, settings.sample_rate, settings.block_size)
        self.device = self._open(settings.input, settings.output)
        return self.device

    def reopen(self) -> DeviceDriver:
        """The very devices of the first time, by name and host API. Every stream must have been stopped."""
        assert self.device is not None
        devices_changed()
        return self._open(self.device.source, self.device.sink)

    @property
    def has_fallback(self) -> bool:
        """Whether the settings name another device to use meanwhile."""
        return self._settings.fallback_input is not None or self._settings.fallback_output is not None

    def fall_back(self) -> DeviceDriver:
        """What may be used meanwhile. Every stream must have been stopped."""
        assert self.device is not None
        devices_changed()
        return self._open(
            self._settings.fallback_input or self.device.source, self._settings.fallback_output or self.device.sink
        )

    def _open(self, input: str | AudioDevice | None, output: str | AudioDevice | None) -> PortAudioDriver:
        settings = self._settings
        return PortAudioDriver(
            self.engine,
            input,
            output,
            settings.sample_rate,
            settings.block_size,
            want_input=settings.clip is None,
        )
