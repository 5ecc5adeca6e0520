"""First-order ambisonics to the two ears of a measured head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from realtime.errors import DataError, SettingsError
from realtime.head import Head

CHANNELS = "WYZX"
"""The order used inside: that of the ambisonic channel numbers (ACN)."""
DEFAULT = "WYZX-SN3D"
"""AmbiX, what YouTube takes and the paper's 360-degree sets hold."""
USUAL_NORMALISATIONS = {"WXYZ": "FuMa"}
"""Order -> normalisation that goes with it; SN3D with any other."""
TO_SN3D = {"SN3D": (1.0, 1.0), "N3D": (1.0, 3**-0.5), "FuMa": (2**0.5, 1.0)}
"""Normalisation -> gains of W and of X, Y, Z that bring it to SN3D. FuMa's first order is maxN's."""
ACCEPTED = "the four channels in their order, such as WYZX (AmbiX) or WXYZ (FuMa), with -SN3D, -N3D or -FuMa"
CUBE = tuple((azimuth, elevation) for azimuth in (45.0, 135.0, -135.0, -45.0) for elevation in (35.264, -35.264))
"""Directions of the virtual loudspeakers, degrees: a spherical 3-design, so the first order is sampled evenly."""


@dataclass(frozen=True)
class AmbisonicFormat:
    """How the four channels of a recording are ordered and scaled.

    W is the pressure; X points to the front, Y to the left and Z up.

    Parameters
    ----------
    order
        A permutation of "WXYZ": "WYZX" is ACN (AmbiX), "WXYZ" is Furse-Malham's.
    normalisation
        "SN3D": a plane wave of unit pressure from the front gives W = X = 1. "N3D": X, Y and Z are sqrt(3) times
        larger. "FuMa" (maxN): W is sqrt(2) times smaller than with SN3D.
    """

    order: str
    normalisation: str

    @classmethod
    def parse(cls, text: str) -> AmbisonicFormat:
        """Read "ORDER" or "ORDER-NORMALISATION"; without one, WXYZ is FuMa and any other order SN3D.

        Raises
        ------
        DataError
            When it is neither.
        """
        order, _, normalisation = text.partition("-")
        order = order.upper()
        names = {name.lower(): name for name in TO_SN3D}
        normalisation = normalisation or USUAL_NORMALISATIONS.get(order, "SN3D")
        if sorted(order) != sorted(CHANNELS) or normalisation.lower() not in names:
            raise DataError(f"'{text}' is not an ambisonic format; accepted: {ACCEPTED}")
        return cls(order, names[normalisation.lower()])

    def gains(self) -> NDArray[np.float64]:
        """The matrix that brings these channels to W, Y, Z, X in SN3D, (4, 4)."""
        omni, directional = TO_SN3D[self.normalisation]
        matrix = np.zeros((4, 4))
        for row, channel in enumerate(CHANNELS):
            matrix[row, self.order.index(channel)] = omni if channel == "W" else directional
        return matrix


def refuse_idle(data: str, form: AmbisonicFormat, head: Path | None) -> None:
    """Refuse options of 360-degree sound for `data` that is binaural already, where they would do nothing.

    Raises
    ------
    SettingsError
        When the format is not the default, or there is a head.
    """
    if head is not None or form != AmbisonicFormat.parse(DEFAULT):
        raise SettingsError(f"'{data}' is binaural: hrtf and ambisonics are for 360-degree sound; leave them out")


def plane_wave(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """Gains of W, Y, Z, X in SN3D, (4,), for a sound from a direction (azimuth positive to the left)."""
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    across = np.cos(elevation)
    return np.array([1.0, across * np.sin(azimuth), np.sin(elevation), across * np.cos(azimuth)])


class BinauralDecoder:
    """Plays first-order ambisonics over virtual loudspeakers to a head.

    Eight loudspeakers on the corners of a cube play the signals that restore pressure and velocity at the centre (the
    basic decoding), and the head hears each by its response. That is linear, so it comes to eight filters, from each
    channel to each ear. Up to about 700 Hz, where a head is small against the wave, the result is close to the head
    itself; above, the first order is too coarse and the differences between the ears come out smaller.

    Stateless once made; any thread. Not real-time safe.

    Parameters
    ----------
    sample_rate
        Of the sound, Hz.
    head
        SOFA file; KEMAR by default.

    Raises
    ------
    DataError
        When the head cannot be read.
    """

    def __init__(self, sample_rate: int, head: Path | None = None) -> None:
        ears = Head(sample_rate, head)
        responses = np.stack([ears.hrir(azimuth, elevation) for azimuth, elevation in CUBE])  # (8, 2, taps)
        feeds = np.linalg.pinv(np.stack([plane_wave(*direction) for direction in CUBE]).T)  # (8, 4)
        self.filters = np.einsum("lc,let->ect", feeds, responses)
        """(2, 4, taps), from W, Y, Z, X in SN3D to the left and right ear."""

    def decode(self, sound: NDArray[np.floating], form: AmbisonicFormat) -> NDArray[np.float32]:
        """What the ears hear.

        Parameters
        ----------
        sound
            (4, N).
        form
            Its order and normalisation.

        Returns
        -------
        NDArray[np.float32]
            (2, N), left and right; 1 ms later than the sound, as the head's responses are.

        Raises
        ------
        DataError
            When there are not four channels.
        """
        if len(sound) != len(CHANNELS):
            raise DataError(f"ambisonic sound has {len(sound)} channels; accepted: 4 (first order); {CURE}")
        filters = np.einsum("ect,cd->edt", self.filters, form.gains())
        heard = oaconvolve(sound[None], filters, axes=-1).sum(axis=1)
        return heard[:, : sound.shape[1]].astype(np.float32)


CURE = "keep the first four channels of higher orders; binaural sound belongs in binaural_audios"


@lru_cache(maxsize=4)
def decoder(sample_rate: int, head: Path | None) -> BinauralDecoder:
    """A decoder, made once for each head of the process."""
    return BinauralDecoder(sample_rate, head)
