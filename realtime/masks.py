"""Frames in, masks out: one network step a frame for a streaming network, a sliding window for a stateless one."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from realtime.evidence import Evidence
from realtime.sessions import Network
from realtime.stats import Durations
from realtime.vision import Features, Vision
from realtime.windows import STEP_S, gain


class MaskStream(ABC):
    """Runs a network over STFT frames that come in order. Analysis thread.

    Attributes
    ----------
    step
        Frames from one inference to the next: an inference gives as many masks.
    durations
        Of the inferences.
    attention
        The newest picture of where the network looked, (h, w), or None.
    """

    step: int

    @property
    @abstractmethod
    def pace(self) -> str:
        """What an inference hears and how often there is one, in words."""

    def __init__(self, vision: Vision) -> None:
        self.vision = vision
        self.durations = Durations()
        self.attention: NDArray[np.float32] | None = None

    @abstractmethod
    def due(self, frame: int) -> bool:
        """Whether this frame brings an inference."""

    @abstractmethod
    def push(
        self, frame: int, position: int, spectrum: NDArray[np.complex64], *, infer: bool
    ) -> list[NDArray[np.complex64]]:
        """Masks of the newest `step` frames, oldest first, up to and with this one; or none.

        Parameters
        ----------
        frame
            Number of the frame; each follows the one before.
        position
            Of the frame's middle in the stream.
        spectrum
            (bins,).
        infer
            False when it is too late for this frame's inference: it is only remembered.
        """

    @abstractmethod
    def features(self, position: int) -> Features:
        """The features that a frame at this position is seen with."""


class StreamingMasks(MaskStream):
    """One hop in, one mask out; the network keeps the past in its state.

    Parameters
    ----------
    evidence
        For a network that takes cues.
    """

    step = 1

    def __init__(self, network: Network, vision: Vision, evidence: Evidence | None = None) -> None:
        super().__init__(vision)
        self.network = network
        self._evidence = evidence

    @property
    def pace(self) -> str:
        info = self.network.info
        return f"a mask every {1000 * info.hop / info.sample_rate:g} ms"

    def due(self, frame: int) -> bool:
        del frame
        return True

    def push(
        self, frame: int, position: int, spectrum: NDArray[np.complex64], *, infer: bool
    ) -> list[NDArray[np.complex64]]:
        del frame
        started = time.perf_counter_ns()
        cues = None
        if self._evidence is not None:
            self._evidence.hear(position, spectrum)
            cues = self._evidence.cues
        if not infer:
            return []
        mask, self.attention = self.network.step(spectrum, self.features(position).values, cues)
        self.durations.add(time.perf_counter_ns() - started)
        return [mask]

    def features(self, position: int) -> Features:
        del position
        return self.vision.newest


class WindowMasks(MaskStream):
    """The newest `frames` frames, every `step` of them, with the image nearest to the window's middle.

    All frames are real ones: nothing is mirrored at the window's ends as in the paper's offline protocol. Until the
    window has filled, it begins with silence.
    """

    def __init__(self, network: Network, vision: Vision, sample_rate: int) -> None:
        super().__init__(vision)
        self.network = network
        info = network.info
        self.step = max(1, round(STEP_S * info.sample_rate / info.hop))
        self._spectra = np.zeros((info.bins, info.frames), np.complex64)
        # Mean square of the signal from its spectrum (Parseval); a squared Hann window's mean is 3/8.
        self._power = np.full(info.bins, 2 / (info.n_fft * info.window * 3 / 8), np.float32)
        self._power[[0, -1]] /= 2
        self._half_window = round(info.frames / 2 * info.hop / info.sample_rate * sample_rate)

    @property
    def pace(self) -> str:
        info = self.network.info
        hop_ms = 1000 * info.hop / info.sample_rate
        window_ms, step_ms = (info.frames - 1) * hop_ms, self.step * hop_ms
        return f"a window of {window_ms:g} ms ending now, its masks every {step_ms:g} ms"

    def due(self, frame: int) -> bool:
        return (frame + 1) % self.step == 0

    def push(
        self, frame: int, position: int, spectrum: NDArray[np.complex64], *, infer: bool
    ) -> list[NDArray[np.complex64]]:
        self._spectra[:, :-1] = self._spectra[:, 1:]
        self._spectra[:, -1] = spectrum
        if not (infer and self.due(frame)):
            return []
        started = time.perf_counter_ns()
        spectra = self._spectra * self._gain()
        (masks,) = self.network.masks(spectra[None], self.features(position).values)
        self.durations.add(time.perf_counter_ns() - started)
        return list(masks[:, -self.step :].T)

    def features(self, position: int) -> Features:
        return self.vision.near(position - self._half_window)

    def _gain(self) -> np.float32:
        power = self._power @ (self._spectra.real**2 + self._spectra.imag**2)
        return np.float32(gain(self.network.info.normalisation, float(np.sqrt(power.mean()))))
