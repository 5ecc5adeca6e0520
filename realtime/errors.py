"""The one exception tree: every message is a single line with what was given, what is accepted and the cure."""

from __future__ import annotations

LONGEST = 1000
"""Letters of a message: what is quoted in it may come from a file and have no end."""


class EarsightError(Exception):
    """Base of everything that Earsight raises on purpose; the command line prints it as one line and exits 1.

    Whatever is quoted in it, a message stays one line that a terminal can show: what cannot be printed is written as in
    Python, and of a long one the middle is left out.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


def one_line(text: str) -> str:
    """Text from anywhere as one printable line of at most `LONGEST` letters."""
    if len(text) > LONGEST:
        half = LONGEST // 2 - 3
        text = f"{text[:half]} ... {text[-half:]}"
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class SettingsError(EarsightError):
    """An option has a value that is not accepted."""


class DeviceError(EarsightError):
    """An audio device is missing, busy or refuses the format."""


class NoDeviceError(DeviceError):
    """An audio device is not there."""


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
