"""Impulse responses from files: what a room or a loudspeaker makes of a click, at the rate of the device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from realtime.errors import ClipError
from realtime.paths import exists, is_file

LONGEST_S = 20.0
"""A longer response is no room's, and would take a good part of the callback's time."""


def read_response(path: Path, sample_rate: int) -> NDArray[np.float64]:
    """Read a response.

    Parameters
    ----------
    path
        A sound file that libsndfile reads: wav, flac, aiff, ogg, mp3.
    sample_rate
        To resample it to, Hz.

    Returns
    -------
    NDArray[np.float64]
        (2, taps): for left and right, alike when the file is mono. Its frequency response is the file's, whatever the
        rates; its level is as it is in the file.

    Raises
    ------
    ClipError
        When it is missing, cannot be read, is silent, too long, or has neither one channel nor two.
    """
    if not is_file(path):
        found = "is not a file" if exists(path) else "does not exist"
        raise ClipError(f"impulse response '{path}' {found}; give a wav or flac file")
    try:
        with soundfile.SoundFile(path) as file:
            rate, rows = file.samplerate, file.channels
            if rows > 2:
                raise ClipError(f"impulse response '{path}' has {rows} channels; accepted: 1 or 2")
            if file.frames > LONGEST_S * rate:
                raise ClipError(
                    f"impulse response '{path}' lasts {file.frames / rate:.1f} s; accepted: up to {LONGEST_S:g} s"
                )
            sound = file.read(dtype="float64", always_2d=True)
    except (OSError, soundfile.SoundFileRuntimeError) as error:
        raise ClipError(f"impulse response '{path}' cannot be read as sound; give a wav or flac file") from error
    if not np.isfinite(sound).all():
        raise ClipError(f"impulse response '{path}' holds values that are not numbers; record or convert it again")
    if not sound.any():
        raise ClipError(f"impulse response '{path}' is silent; give one that sounds")
    # The samples of a response lie closer at a higher rate, and each weighs less.
    resampled = np.asarray(soxr.resample(sound, rate, sample_rate, "VHQ")) * (rate / sample_rate)
    return np.ascontiguousarray(np.broadcast_to(resampled.T, (2, len(resampled))))
