"""Where ONNX Runtime can compute, and sessions there."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

import onnxruntime as ort
from onnx import TensorProto, helper

from realtime.errors import ModelError, ProviderError
from realtime.folders import cache_folder

EXECUTION_PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
AUTO_ORDER = ("cuda", "cpu")


def candidates(provider: str) -> list[str]:
    """Providers to try in turn: the one that was asked for, or with "auto" those that work here.

    Raises
    ------
    ProviderError
        When there is none.
    """
    if provider == "auto":
        found = [name for name in AUTO_ORDER if not provider_trouble(name)]
        if not found:
            raise ProviderError("no ONNX Runtime provider works here, not even the CPU; reinstall onnxruntime")
        return found
    if reason := provider_trouble(provider):
        raise ProviderError(f"provider '{provider}' does not work here: {reason}; use --provider auto or cpu")
    return [provider]


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


def open_session(
    graph: bytes, path: Path, threads: int = 1, provider: str = "cpu", *, spinning: bool = False, replayed: bool = False
) -> ort.InferenceSession:
    """A session for a graph.

    Parameters
    ----------
    path
        Names its file in errors.
    threads
        Of the CPU.
    spinning
        Whether the threads wait for work without giving up their cores.
    replayed
        For a session that is only run on buffers that stay (`realtime.bound.Bound`): on a GPU it is recorded and
        replayed as a whole, where all of it can run there.

    Raises
    ------
    ModelError
        When ONNX Runtime refuses it.
    """
    if replayed and provider != "cpu":
        with suppress(Exception):  # such as a graph of which some nodes need the CPU: it runs, node by node
            return _create(graph, provider, threads, spinning=spinning, replayed=True)
    try:
        return _create(graph, provider, threads, spinning=spinning)
    except Exception as error:
        raise ModelError(f"ONNX Runtime refuses model '{path}': {str(error).splitlines()[0]}") from error


def _create(
    graph: bytes, provider: str, threads: int, *, spinning: bool = False, replayed: bool = False
) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A spinning pool burns a core between hops; denormals make a fading sound ten times dearer.
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    if provider != "cpu":
        ort.preload_dlls()
    given = (EXECUTION_PROVIDERS[provider], provider_options(provider, replayed=replayed))
    return ort.InferenceSession(graph, options, providers=[given])


def provider_options(provider: str, *, replayed: bool) -> dict[str, str]:
    """What ONNX Runtime is told about a GPU.

    The heuristic search for convolution algorithms takes moments where the exhaustive one takes seconds, again for
    every shape. TensorRT's engines, which take minutes to build, are kept.
    """
    if provider == "cuda":
        return {"cudnn_conv_algo_search": "HEURISTIC", "enable_cuda_graph": str(int(replayed))}
    if provider == "tensorrt":
        folder = cache_folder() / "tensorrt"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        return {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(folder),
            "trt_cuda_graph_enable": str(int(replayed)),
        }
    return {}


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
