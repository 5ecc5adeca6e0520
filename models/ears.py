"""What a head does to sound from each side, as masks, for `realtime.ears`: python -m models.ears OUT.npz [--hrtf FILE]

A source's mask is the difference of the ears over their sum, D / S. Where S all but vanishes, since the ears cancel,
that would ask a microphone's sound, which has no such hole, for a large gain; so it is D S* / (|S|^2 + e (|S|^2 +
|D|^2)), which is never above 1 / (2 sqrt(e (1 + e))).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.errors import EarsightError
from realtime.head import Head
from realtime.whole_file import whole_file

SAMPLE_RATE = 16_000
N_FFT = 512
WIDEST_DEG, STEP_DEG = 90.0, 2.5
REGULARISATION = 0.12
"""e: no mask is above 1.37, so that no ear gets more than 7.5 dB above the microphone at any frequency."""


def masks(head: Head, azimuths_deg: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Masks of sources in front at ear level.

    Parameters
    ----------
    head
        At 16 kHz.
    azimuths_deg
        (A,), positive to the left.

    Returns
    -------
    NDArray[np.complex64]
        (A, 257): difference over mono, so that left = (1 + mask) mono and right = (1 - mask) mono. A head's two halves
        are never quite alike; here they are made so: the mask of -a is minus that of a.
    """
    ears = np.stack([np.fft.rfft(head.hrir(float(azimuth), 0.0), N_FFT) for azimuth in azimuths_deg])  # (A, 2, 257)
    mirrored = np.stack([np.fft.rfft(head.hrir(-float(azimuth), 0.0), N_FFT) for azimuth in azimuths_deg])[:, ::-1]
    one, other = (_ratio(given[:, 0], given[:, 1]) for given in (ears, mirrored))
    return ((one + other) / 2).astype(np.complex64)


def _ratio(left: NDArray[np.complex128], right: NDArray[np.complex128]) -> NDArray[np.complex128]:
    both, difference = left + right, left - right
    power = np.abs(both) ** 2
    return difference * both.conj() / (power + REGULARISATION * (power + np.abs(difference) ** 2))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.ears", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.npz")
    parser.add_argument("--hrtf", type=Path, metavar="FILE", help="SOFA file; MIT KEMAR by default")
    chosen = parser.parse_args(arguments)
    azimuths_deg = np.arange(-WIDEST_DEG, WIDEST_DEG + STEP_DEG / 2, STEP_DEG)
    try:
        found = masks(Head(SAMPLE_RATE, chosen.hrtf), azimuths_deg)
    except EarsightError as error:
        sys.exit(f"ears: {error}")
    try:
        with whole_file(chosen.out) as part, part.open("wb") as file:
            np.savez_compressed(file, azimuths_deg=azimuths_deg.astype(np.float32), masks=found)
    except OSError as error:
        sys.exit(f"ears: '{chosen.out}' cannot be written ({error.strerror}); choose another place")


if __name__ == "__main__":
    main()
