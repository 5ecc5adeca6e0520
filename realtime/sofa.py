"""SOFA files: where a head was measured and what was heard there (AES69, convention SimpleFreeFieldHRIR)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.errors import DataError
from realtime.paths import is_file

RATES = (8_000, 384_000)
FEWEST = 5
"""Directions between which can be interpolated."""
MOST_VALUES = 2**24
"""Of all responses: 12,000 directions of 14 ms at 48 kHz."""
LONGEST_DELAY = 65_536
"""Samples."""


def read_sofa(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Positions in degrees (M, 2), responses (M, 2, N) with their stated delays, and the sample rate in Hz.

    Raises
    ------
    DataError
        When there is no such file, it is damaged, or not of that convention.
    """
    # Slow to import, and needed only when a head is read.
    from realtime.hdf5 import UNFIT, open_tables, read_table, reason

    if not is_file(path):
        raise DataError(f"no SOFA file '{path}'; give one of convention SimpleFreeFieldHRIR")
    try:
        with open_tables(path) as file:
            kind = str(np.asarray(file["SourcePosition"].attrs.get("Type", b"spherical")).astype(str))
            positions = read_table(file, "SourcePosition").astype(np.float64)
            responses = read_table(file, "Data.IR").astype(np.float64)
            rates = read_table(file, "Data.SamplingRate").astype(np.float64).ravel()
            delays = read_table(file, "Data.Delay").astype(np.float64) if "Data.Delay" in file else np.zeros((1, 2))
        rate = _checked(positions, responses, rates, delays)
    except UNFIT as error:
        raise DataError(
            f"'{path}' is not a SOFA file of convention SimpleFreeFieldHRIR ({reason(error)}); give another"
        ) from error
    return _in_degrees(positions, kind), _delayed(responses, np.round(delays).astype(int)), rate


def _checked(
    positions: NDArray[np.float64],
    responses: NDArray[np.float64],
    rates: NDArray[np.float64],
    delays: NDArray[np.float64],
) -> int:
    """The rate, once everything is of shapes that go together and within range; raises ValueError."""
    if responses.ndim != 3 or responses.shape[1] != 2 or responses.shape[2] == 0:
        raise ValueError(f"responses of shape {responses.shape}, accepted is (directions, 2, taps)")
    if not len(responses) >= FEWEST or responses.size > MOST_VALUES:
        raise ValueError(f"{len(responses)} directions, accepted are {FEWEST} or more of {MOST_VALUES} values in all")
    if positions.shape != (len(responses), 3):
        raise ValueError(f"positions of shape {positions.shape}, accepted is {(len(responses), 3)}")
    if delays.shape not in ((1, 2), responses.shape[:2]):
        raise ValueError(f"delays of shape {delays.shape}, accepted is (1, 2) or one for each response")
    for name, values in (("positions", positions), ("responses", responses), ("rates", rates), ("delays", delays)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} that are not numbers")
    if not len(rates) or not RATES[0] <= rates[0] <= RATES[1]:
        raise ValueError(f"a sample rate of {rates[:1]} Hz, accepted are {RATES[0]} to {RATES[1]}")
    if np.abs(delays).max() > LONGEST_DELAY:
        raise ValueError(f"a delay of {np.abs(delays).max():g} samples, accepted are up to {LONGEST_DELAY}")
    loudest = float(np.abs(responses).max())
    if not 1e-9 < loudest < 1e9:
        raise ValueError(f"responses that reach {loudest:g}, which are no sound")
    return round(float(rates[0]))


def _in_degrees(positions: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    if not kind.startswith("cartesian"):
        return positions[:, :2]
    azimuth = np.degrees(np.arctan2(positions[:, 1], positions[:, 0]))
    elevation = np.degrees(np.arctan2(positions[:, 2], np.hypot(positions[:, 0], positions[:, 1])))
    return np.stack([azimuth, elevation], axis=1)


def _delayed(responses: NDArray[np.float64], delays: NDArray[np.int_]) -> NDArray[np.float64]:
    """Responses (M, 2, N) moved by their delays in samples, the least of them taken off."""
    shifts = np.broadcast_to(delays, responses.shape[:2])
    if not shifts.any():
        return responses
    shifts = shifts - shifts.min()
    padded = np.zeros((*responses.shape[:2], responses.shape[2] + int(shifts.max())))
    for index in np.ndindex(*responses.shape[:2]):
        padded[index][shifts[index] : shifts[index] + responses.shape[2]] = responses[index]
    return padded
