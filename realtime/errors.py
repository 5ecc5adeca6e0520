"""The one exception tree: every message is a single line with what was given, what is accepted and the cure."""

from __future__ import annotations


class EarsightError(Exception):
    """Base of everything that Earsight raises on purpose; the command line prints it as one line and exits 1."""


class SettingsError(EarsightError):
    """An option has a value that is not accepted."""


class DeviceError(EarsightError):
    """An audio device is missing, busy or refuses the format."""


class CameraError(EarsightError):
    """A camera cannot be opened or has stopped."""


class ClipError(EarsightError):
    """A media file cannot be read, or lacks the sound or picture that is needed."""


class ModelError(EarsightError):
    """A model file is not ours, is damaged, or is of a newer version."""


class ProviderError(EarsightError):
    """ONNX Runtime cannot use the provider that was asked for."""


class DataError(EarsightError):
    """A data folder, split or scene material is missing or malformed."""


class RecordingError(EarsightError):
    """A recording cannot be written."""


class PluginError(EarsightError):
    """A plugin is missing, cannot be loaded, or does not fit a slot of two channels."""
