"""Loudness of a whole sound, as EBU R 128 has it: integrated loudness and true peak. Offline; the live reading is
`realtime.effects.meter`'s."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyloudnorm
import soxr
from numpy.typing import NDArray

from realtime.clip import Clip
from realtime.errors import ClipError

BLOCK_S = 0.4
"""Of a gating block: less sound has no loudness (ITU-R BS.1770-4)."""
MAX_CHANNELS = 2
OVERSAMPLING = 4


@dataclass(frozen=True)
class Loudness:
    """How loud a sound is.

    Attributes
    ----------
    integrated_lufs
        Integrated loudness, LUFS; minus infinity where nothing is above the gate of -70 LUFS.
    true_peak_db
        Largest value between the samples too, dB relative to full scale; minus infinity for silence.
    """

    integrated_lufs: float
    true_peak_db: float


def loudness(sound: NDArray[np.floating], sample_rate: int) -> Loudness:
    """Loudness of a mono or stereo sound (channels, samples) at a rate in Hz; a mono sound counts as one loudspeaker.

    Raises
    ------
    ClipError
        When it is shorter than a gating block, is not mono or stereo, or is not finite.
    """
    count, samples = sound.shape
    if not 1 <= count <= MAX_CHANNELS:
        raise ClipError(f"loudness of {count} channels is not measured; accepted: 1 or 2; mix them down first")
    if samples < BLOCK_S * sample_rate:
        raise ClipError(f"{samples / sample_rate:.3g} s of sound have no loudness; give {BLOCK_S:g} s or more")
    if not np.isfinite(sound).all():
        raise ClipError("loudness of what is not a number; write zeros for samples that are not finite")
    columns = sound.T.astype(np.float64)
    # "DeMan" is BS.1770's own weighting at any rate; the library's default is .05 dB off at 48 kHz, .12 at 16 kHz.
    meter = pyloudnorm.Meter(sample_rate, filter_class="DeMan")
    between = soxr.resample(columns, sample_rate, OVERSAMPLING * sample_rate, quality="VHQ")
    peak = max(float(np.abs(columns).max()), float(np.abs(between).max()))
    return Loudness(float(meter.integrated_loudness(columns)), 20.0 * math.log10(peak) if peak > 0.0 else -math.inf)


def loudness_of_file(path: Path | str) -> Loudness:
    """Loudness of a media file's first sound.

    Raises
    ------
    ClipError
        As `loudness`, and as `Clip.open`.
    """
    clip = Clip.open(path)
    return loudness(clip.audio(), clip.sample_rate)
