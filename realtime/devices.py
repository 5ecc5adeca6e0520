"""The audio devices and cameras of this machine, for the command line and the window."""

from __future__ import annotations

from realtime.camera import CameraInfo, list_cameras
from realtime.drivers.choice import AudioDevice
from realtime.drivers.library import devices_changed, rescan
from realtime.drivers.portaudio import query_devices

__all__ = ["AudioDevice", "CameraInfo", "audio_devices", "cameras", "devices_changed", "rescan"]


def audio_devices() -> list[AudioDevice]:
    """Devices that `--input` and `--output` choose from.

    Raises
    ------
    DeviceError
        When the PortAudio library is missing.
    """
    return query_devices()


def cameras() -> list[CameraInfo]:
    """Cameras that `--camera` chooses from by number."""
    return list_cameras()
