"""ONNX Runtime, and nothing else of it anywhere: providers, sessions, and a loaded network ready to run."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from realtime.cues import COLUMNS, ROWS
from realtime.errors import ModelError, ProviderError
from realtime.modelfile import ModelFile, ModelInfo, read_model

EXECUTION_PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
AUTO_ORDER = ("cuda", "cpu")
WARM_UP_RUNS = 3


class Network:
    """A model file loaded into ONNX Runtime.

    Several threads may call `visual` and `masks`; one calls `step` and `reset`.

    Attributes
    ----------
    info
        What the file says.
    provider
        "cuda", "tensorrt" or "cpu": the one both sessions really run on.
    state
        State tensors of a streaming network by name, as the last step left them.
    """

    def __init__(self, file: ModelFile, provider: str, threads: int) -> None:
        self.path = file.path
        self.info: ModelInfo = file.info
        self._visual = _session(file.visual, provider, threads, file.path)
        self._audio = _session(file.audio, provider, threads, file.path)
        self.provider = provider
        info = self.info
        self._batches = not isinstance(_first_dimension(self._audio), int)
        self._no_cues = np.zeros((info.cues, ROWS, COLUMNS), np.float32)
        self.state: dict[str, NDArray[np.float32]] = {}
        self.reset()
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
        (features,) = self._visual.run(["features"], {"image": image[None]})
        return np.asarray(features)

    def reset(self) -> None:
        """Forget the sound so far: every state tensor starts at zero."""
        self.state = {name: np.zeros(shape, np.float32) for name, shape in self.info.state.items()}

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
        names = self.info.state
        feeds = {"spectrum": _as_parts(spectrum[None]), "features_in": features}
        if self.info.cues:
            feeds["cues"] = (self._no_cues if cues is None else cues)[None]
        feeds |= {f"{name}_in": value for name, value in self.state.items()}
        mask, attention, *states = self._audio.run(["mask", "attention", *(f"{name}_out" for name in names)], feeds)
        self.state = dict(zip(names, (np.asarray(state) for state in states), strict=True))
        return _as_complex(np.asarray(mask))[0], np.asarray(attention)[0]

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
        size = len(parts) if self._batches else 1
        masks = [
            self._audio.run(
                ["mask"], {"spectrum": parts[first : first + size], "features_in": features[first : first + size]}
            )[0]
            for first in range(0, len(parts), size)
        ]
        return _as_complex(np.concatenate([np.asarray(mask) for mask in masks]))


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
    if provider != "auto" and (reason := provider_trouble(provider)):
        raise ProviderError(f"provider '{provider}' does not work here: {reason}; use --provider auto or cpu")
    candidates = [name for name in AUTO_ORDER if not provider_trouble(name)] if provider == "auto" else [provider]
    if not candidates:
        raise ProviderError("no ONNX Runtime provider works here, not even the CPU; reinstall onnxruntime")
    for candidate in candidates[:-1]:
        with suppress(Exception):  # such as a GPU without free memory: the next one is tried, and shown
            return Network(file, candidate, threads)
    try:
        return Network(file, candidates[-1], threads)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"model '{path}' does not run on {candidates[-1]}: {str(error).splitlines()[0]}") from error


def usable_providers() -> dict[str, str]:
    """Each provider by name, with "" when a session really runs on it here and else the reason why not."""
    return {name: provider_trouble(name) for name in EXECUTION_PROVIDERS}


def provider_trouble(name: str) -> str:
    """Why a provider cannot be used here, found by creating a session on it; "" when it can."""
    if name not in EXECUTION_PROVIDERS:
        return f"unknown; accepted: auto, {', '.join(EXECUTION_PROVIDERS)}"
    if EXECUTION_PROVIDERS[name] not in ort.get_available_providers():
        return "this build of ONNX Runtime lacks it"
    if name != "cpu" and not _has_nvidia_driver():
        return "no NVIDIA driver found"
    try:
        session = _create(_tiny_model(), name, 1)
    except Exception as error:  # noqa: BLE001 - ONNX Runtime raises several unexported types
        return str(error).splitlines()[0]
    used = session.get_providers()[0]
    return "" if used == EXECUTION_PROVIDERS[name] else f"a session silently fell back to {used}"


def _session(graph: bytes, provider: str, threads: int, path: Path) -> ort.InferenceSession:
    try:
        return _create(graph, provider, threads)
    except Exception as error:
        raise ModelError(f"ONNX Runtime refuses model '{path}': {str(error).splitlines()[0]}") from error


def _create(graph: bytes, provider: str, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A spinning pool burns a core between hops; denormals make a fading sound ten times dearer.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    if provider != "cpu":
        ort.preload_dlls()
    return ort.InferenceSession(graph, options, providers=[EXECUTION_PROVIDERS[provider]])


def _has_nvidia_driver() -> bool:
    """Whether the driver's library loads: asked first, because ONNX Runtime answers only with a page of errors."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _tiny_model() -> bytes:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "tiny", [value], [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = min(model.ir_version, 10)
    return model.SerializeToString()


def _first_dimension(session: ort.InferenceSession) -> int | str | None:
    """Of the spectrum that goes in: a number where the file fixes it."""
    return next(given.shape[0] for given in session.get_inputs() if given.name == "spectrum")


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


def open_session(graph: bytes, path: Path, threads: int = 1) -> ort.InferenceSession:
    """A session on the CPU for a graph that is no `Network`; `path` names its file in errors.

    Raises
    ------
    ModelError
        When ONNX Runtime refuses it.
    """
    return _session(graph, "cpu", threads, path)
