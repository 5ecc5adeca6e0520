"""Monitor: chooses what goes to the device, the binaural sound or what it is made from, for the ear to compare.

What is recorded and shown stays the binaural sound.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from realtime import monitor_kernel as kernel
from realtime.playback import LISTENING, Listening

FADE_S = 0.010
LOUDNESS_S = 3.0
"""Time constant of the loudness, that of the short-term loudness of EBU Tech 3341."""
GAIN_S = 0.2
WEIGHED_HZ = 8_000
"""At least so many samples a second are weighed. What is higher folds into them: .1 dB off at most on music."""
SKIPS = (1, 2, 3, 4, 6, 12)
"""Divisors of a step."""
LONGEST_S = 1.0
"""Latency of a chain that is made up for; beyond it the other sounds come earlier."""


class Monitor:
    """State of the compiled monitor. Main thread; the callback never waits for it.

    Parameters
    ----------
    sample_rate
        Hz.
    max_block
        Most samples that come at once.
    channels
        Of the sound before the chain: 1 for mono, 3 for mono and a recorded left and right.

    Notes
    -----
    Mono and recorded sound are as late as the chain and brought to the loudness of the binaural sound, by at most 12 dB
    either way.
    """

    def __init__(self, sample_rate: int, max_block: int, channels: int) -> None:
        length = 2 ** math.ceil(math.log2(LONGEST_S * sample_rate + max_block))
        self._line = np.zeros((channels, length), np.float32)
        self._delayed = np.zeros((2, channels, max_block), np.float32)
        self._longest = length - max_block
        self._record = record = np.zeros(1, kernel.RECORD)
        record["channels"] = channels
        record["line"], record["line_length"] = self._line.ctypes.data, length
        record["delayed"], record["delayed_before"] = (rows.ctypes.data for rows in self._delayed)
        record["max_block"] = max_block
        record["fade"] = record["fade_at"] = max(1, round(FADE_S * sample_rate))
        skip = max(skip for skip in SKIPS if skip == 1 or sample_rate / skip >= WEIGHED_HZ)
        record["skip"], record["weighting"] = skip, weighting(sample_rate / skip)
        record["power_share"] = 1.0 - math.exp(-kernel.STEP / (LOUDNESS_S * sample_rate))
        record["gain_share"] = 1.0 - math.exp(-kernel.STEP / (GAIN_S * sample_rate))
        record["gain_goal"] = record["gain_start"] = record["gain_end"] = 1.0

    @property
    def address(self) -> int:
        """Of the state, for the compiled callback."""
        return self._record.ctypes.data

    @property
    def choices(self) -> tuple[Listening, ...]:
        """What there is to listen to."""
        return LISTENING if len(self._line) > 1 else LISTENING[: kernel.RECORDED]

    @property
    def listening(self) -> Listening:
        """What was chosen last."""
        return LISTENING[int(self._record["wanted"][0])]

    def listen_to(self, what: Listening) -> None:
        """Fade to another choice from the next block on."""
        self._record["wanted"] = LISTENING.index(what)

    def follow(self, latency: int) -> None:
        """Make mono and recorded sound so many samples late; a change is faded."""
        late = min(latency, self._longest)
        self._record["late_wanted"] = late
        if self._record["written"][0] == 0:
            self._record["late"] = late

    def gain_db(self, what: Listening) -> float:
        """What brings a choice to the loudness of the binaural sound now. Any thread."""
        return 20.0 * math.log10(float(self._record["gain_end"][0, LISTENING.index(what)]))


def weighting(sample_rate: float) -> NDArray[np.float64]:
    """Coefficients of the weighting of ITU-R BS.1770-4 at any rate, (10,): b0, b1, b2, a1, a2 of its two sections.

    The analogue prototypes that B. De Man worked out ("Evaluation of Implementations of the EBU R128 Loudness
    Measurement", AES 145, 2018): a shelf of 4 dB above 1.7 kHz, and a high pass at 38 Hz.
    """
    k = math.tan(math.pi * 1681.974450955533 / sample_rate)
    q, high = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    band = high**0.4996667741545416
    a0 = 1.0 + k / q + k * k
    shelf = (
        (high + band * k / q + k * k) / a0,
        2.0 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / q + k * k) / a0,
    )
    k, q = math.tan(math.pi * 38.13547087602444 / sample_rate), 0.5003270373238773
    a0 = 1.0 + k / q + k * k
    pass_ = (1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0)
    return np.array(shelf + pass_)
