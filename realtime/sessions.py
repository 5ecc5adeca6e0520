"""A model file at work: both halves of a network, ready to run."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.bound import Bound
from realtime.cues import COLUMNS, ROWS
from realtime.errors import ModelError
from realtime.modelfile import ModelFile, ModelInfo, read_model
from realtime.providers import candidates, open_session

WARM_UP_RUNS = 3


class Half:
    """One of a network's two graphs, with buffers for each thread that runs it.

    Parameters
    ----------
    graph
        ONNX.
    path
        Names the file in errors.
    carried
        As `realtime.bound.Bound` takes it.
    """

    def __init__(
        self, graph: bytes, path: Path, provider: str, threads: int, carried: dict[str, str] | None = None
    ) -> None:
        self._session = open_session(graph, path, threads, provider, replayed=True)
        self._provider = provider
        self._carried = carried or {}
        self._own = threading.local()
        self.batches = any(not isinstance(given.shape[0], int) for given in self._session.get_inputs())
        """Whether it takes any number of windows at once."""

    def bound(self, size: int = 1) -> Bound:
        """On this thread's buffers for so many windows."""
        sizes: dict[int, Bound] = self._own.__dict__.setdefault("sizes", {})
        if size not in sizes:
            sizes[size] = Bound(self._session, self._provider, self._carried, size)
        return sizes[size]


class Network:
    """A model file loaded into ONNX Runtime.

    Several threads may call `visual` and `masks`; one calls `step` and `reset`.

    Attributes
    ----------
    info
        What the file says.
    provider
        "cuda", "tensorrt" or "cpu": the one both halves really run on.
    trouble
        One line when a GPU failed and the processor took over, or "".
    fallbacks
        How often that was.
    """

    def __init__(self, file: ModelFile, provider: str, threads: int) -> None:
        self.path = file.path
        self.info: ModelInfo = file.info
        self.trouble = ""
        self.fallbacks = 0
        self._spare = file if provider != "cpu" else None
        self._threads = threads
        self._failing = threading.RLock()
        self._no_cues = np.zeros((self.info.cues, ROWS, COLUMNS), np.float32)
        self._ready = False
        self._open(file, provider)
        self._ready = True

    def _open(self, file: ModelFile, provider: str) -> None:
        """Sessions on a provider, warmed up."""
        info = self.info
        carried = {f"{name}_out": f"{name}_in" for name in info.state}
        self._halves = {
            "visual": Half(file.visual, file.path, provider, self._threads),
            "audio": Half(file.audio, file.path, provider, self._threads, carried),
        }
        self.provider = provider
        self.blank_features = self.visual(np.full((info.image["height"], info.image["width"], 3), 128, np.uint8))
        silence = np.zeros((info.bins,) if info.kind == "streaming" else (1, info.bins, info.frames), np.complex64)
        for _ in range(WARM_UP_RUNS):
            if info.kind == "streaming":
                self.step(silence, self.blank_features)
            else:
                self.masks(silence, self.blank_features)
        self.reset()

    def visual(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features of a picture of the network's size: uint8 (H, W, 3) RGB."""
        return self._run("visual", 1, image=image[None])["features"]

    def reset(self) -> None:
        """Forget the sound so far: every state tensor starts at zero."""
        self._halves["audio"].bound().reset()

    @property
    def state(self) -> dict[str, NDArray[np.float32]]:
        """State tensors of a streaming network by name, as this thread's last step left them; copies."""
        return {name.removesuffix("_in"): value for name, value in self._halves["audio"].bound().carried().items()}

    def step(
        self, spectrum: NDArray[np.complex64], features: NDArray[np.float32], cues: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.complex64], NDArray[np.float32]]:
        """One hop of a streaming network; the state is kept here.

        Parameters
        ----------
        spectrum
            (bins,).
        features
            From `visual`.
        cues
            From `realtime.cues.cue_maps`, for a network that takes them; None for nothing known.

        Returns
        -------
        mask
            complex64 (bins,), difference over mono.
        attention
            float32 (h, w), where the sound is believed to be.
        """
        feeds: dict[str, NDArray[np.float32]] = {"spectrum": _as_parts(spectrum[None]), "features_in": features}
        if self.info.cues:
            feeds["cues"] = (self._no_cues if cues is None else cues)[None]
        given = self._run("audio", 1, **feeds)
        return _as_complex(given["mask"])[0], given["attention"][0]

    def masks(self, spectra: NDArray[np.complex64], features: NDArray[np.float32]) -> NDArray[np.complex64]:
        """Any number of windows of a window network.

        Parameters
        ----------
        spectra
            (windows, bins, frames).
        features
            From `visual`, one for each window: (windows, ...).

        Returns
        -------
        NDArray[np.complex64]
            (windows, mask bins, frames).
        """
        parts = _as_parts(spectra)
        # A file that was exported for one window at a time gets them one by one.
        size = len(parts) if self._halves["audio"].batches else 1
        masks = [
            self._run("audio", size, spectrum=parts[first : first + size], features_in=features[first : first + size])[
                "mask"
            ]
            for first in range(0, len(parts), size)
        ]
        return _as_complex(np.concatenate(masks))

    def _run(self, name: str, size: int, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Run a half; when a GPU fails, everything goes on on the processor, its state from zero."""
        half = self._halves[name]
        try:
            return half.bound(size).run(**inputs)
        except Exception as error:
            with self._failing:
                if self._halves[name] is half:  # no other thread was here first
                    if not self._ready or self._spare is None:
                        raise
                    self._fall_back(self._spare, error)
        return self._halves[name].bound(size).run(**inputs)

    def _fall_back(self, file: ModelFile, error: Exception) -> None:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        failed, self.fallbacks = self.provider, self.fallbacks + 1
        self._spare = None
        self._open(file, "cpu")
        self.trouble = f"{failed} failed ({reason}); the network runs on the processor; start again to try {failed}"


def load_model(path: Path, provider: str = "auto", threads: int = 1) -> Network:
    """Load and warm up a model file.

    Parameters
    ----------
    provider
        "auto" takes the first that works of CUDA and the CPU; any other must work or is refused.
    threads
        Of each ONNX Runtime session. Offline work that several threads share needs no more than one here.

    Raises
    ------
    ModelError
        When the file is not usable.
    ProviderError
        When the provider that was asked for does not work here.
    """
    file = read_model(path)
    *first, last = candidates(provider)
    for name in first:
        with suppress(Exception):  # such as a GPU without free memory: the next one is tried, and shown
            return Network(file, name, threads)
    try:
        return Network(file, last, threads)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"model '{path}' does not run on {last}: {str(error).splitlines()[0]}") from error


def _as_parts(spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    """(windows, ...) -> (windows, 2, ...), real and imaginary part."""
    parts = np.empty((len(spectra), 2, *spectra.shape[1:]), np.float32)
    parts[:, 0] = spectra.real
    parts[:, 1] = spectra.imag
    return parts


def _as_complex(parts: NDArray[np.float32]) -> NDArray[np.complex64]:
    """The other way round."""
    result = np.empty((len(parts), *parts.shape[2:]), np.complex64)
    result.real = parts[:, 0]
    result.imag = parts[:, 1]
    return result
