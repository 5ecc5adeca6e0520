"""The audio devices of this machine, for the command line and the window."""

from __future__ import annotations

from realtime.drivers.choice import AudioDevice
from realtime.drivers.portaudio import query_devices

__all__ = ["AudioDevice", "audio_devices"]


def audio_devices() -> list[AudioDevice]:
    """Devices that `--input` and `--output` choose from.

    Raises
    ------
    DeviceError
        When the PortAudio library is missing.
    """
    return query_devices()
