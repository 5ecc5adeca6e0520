"""Placing the sound by geometry: where motion goes with it and people are, there it is, as a measured head hears it.

No mask is learnt here. It stands in for a network (`--model follow`), and its masks take the same way to the same
filters: the honest choice for scenes unlike those that the network was trained on.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from realtime.cues import CUES
from realtime.ears import HOP, N_FFT, SAMPLE_RATE, WINDOW, Ears
from realtime.evidence import Evidence
from realtime.masks import MaskStream
from realtime.modelfile import ModelInfo
from realtime.settings import FOLLOW
from realtime.stats import program_version
from realtime.tracker import STEP_S, Tracker
from realtime.vision import Features, Vision

FIELD_OF_VIEW_DEG = 90.0
"""What the networks take the camera's to be, too."""
GAIT = 0.1
"""Part of the way to the tracker's azimuth that a hop goes."""
MOST_STEPS = 10
"""Of the tracker for one answer."""


class Follow:
    """Takes a network's place where one is loaded, shown and asked for features; it has none."""

    def __init__(self) -> None:
        self.path = FOLLOW
        self.provider = "cpu"
        self.trouble = ""
        self.fallbacks = 0
        self.blank_features = np.zeros((1, 1), np.float32)
        self.info = ModelInfo(
            name=str(FOLLOW),
            version=program_version(),
            kind=str(FOLLOW),
            sample_rate=SAMPLE_RATE,
            n_fft=N_FFT,
            hop=HOP,
            window=WINDOW,
            frames=1,
            padding="causal",
            normalisation={"type": "none"},
            mask={"bins": N_FFT // 2 + 1, "range": None},
            causal=True,
            image={"width": 28, "height": 14},
            licence="MIT",
            cues=CUES,
        )

    def visual(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Nothing: what counts is seen by a watcher."""
        del image
        return self.blank_features


class FollowMasks(MaskStream):
    """The mask of one azimuth, which goes where the sound is.

    Attributes
    ----------
    azimuth_deg
        Where the sound is put now: 0 in front, positive to the left.
    """

    step = 1

    def __init__(self, vision: Vision, evidence: Evidence, sample_rate: int) -> None:
        super().__init__(vision)
        self._sample_rate = sample_rate
        self._evidence = evidence
        self._ears = Ears()
        self._tracker: Tracker | None = None
        self._told: int | None = None
        self.azimuth_deg = 0.0

    @property
    def pace(self) -> str:
        return f"follows one sound, a mask every {1000 * HOP / SAMPLE_RATE:g} ms"

    def due(self, frame: int) -> bool:
        del frame
        return True

    def push(
        self, frame: int, position: int, spectrum: NDArray[np.complex64], *, infer: bool
    ) -> list[NDArray[np.complex64]]:
        del frame
        started = time.perf_counter_ns()
        if self._evidence.hear(position, spectrum):
            self._follow()
        if not infer:
            return []
        if self._tracker is not None:
            self.azimuth_deg += GAIT * (self._tracker.azimuth_deg - self.azimuth_deg)
        mask = self._ears.mask(self.azimuth_deg)
        self.durations.add(time.perf_counter_ns() - started)
        return [mask]

    def features(self, position: int) -> Features:
        del position
        return self.vision.newest

    def _follow(self) -> None:
        known, sight = self._evidence.map, self._evidence.sight
        if known is None or sight is None:
            return
        self.attention = known.whole
        columns = self.attention.sum(axis=0)
        if self._tracker is None:
            self._tracker = Tracker(len(columns), FIELD_OF_VIEW_DEG)
        # A slow camera brings an answer for several steps.
        steps = 1 if self._told is None else round((known.position - self._told) / (STEP_S * self._sample_rate))
        self._told = known.position
        for _ in range(min(max(1, steps), MOST_STEPS)):
            self._tracker.step(columns, known.loudness, sight.people, sight.moved.sum(axis=0))
