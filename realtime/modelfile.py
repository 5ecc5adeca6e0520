"""The model file: one ONNX file with two disjoint graphs (visual, audio) and its description as metadata."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import onnx
from onnx.utils import Extractor

from realtime.cues import CUES
from realtime.errors import ModelError
from realtime.model_check import check_fields, check_graph, check_info, check_sizes
from realtime.paths import exists, is_file

FORMAT = 1
METADATA_KEY = "earsight"
LARGEST_BYTES = 2**31
"""Protobuf reads no more."""
KINDS = ("streaming", "window")


@dataclass(frozen=True)
class ModelInfo:
    """What a model file says of itself; the fields are the metadata's.

    `kind` is "streaming" (stateful, one STFT frame in, one mask out), "window" (`frames` in, as many masks out),
    "separation" (two ears in, a ratio mask for each out) or "where" (motion and sound features in, places out).
    `state` maps each state tensor's name to its shape; the graph has inputs NAME_in and outputs NAME_out for it.
    `cues` is how many maps of other evidence come in beside the picture, see `realtime.cues`: none or `CUES`.
    `precision` is "fp32", or "int8" where the picture's half computes in eight bits.
    `mask` holds "bins" and "range" ([low, high] of the real and imaginary part, or None where unbounded); of a
    where-network what it takes: "bands_hz", "slots" and "features".
    """

    name: str
    version: str
    kind: str
    sample_rate: int
    n_fft: int
    hop: int
    window: int
    frames: int
    padding: str
    normalisation: dict[str, Any]
    mask: dict[str, Any]
    causal: bool
    image: dict[str, int]
    licence: str
    precision: str = "fp32"
    cues: int = 0
    state: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    training: dict[str, Any] = field(default_factory=dict[str, Any])
    scores: dict[str, Any] = field(default_factory=dict[str, Any])
    format: int = FORMAT

    @property
    def bins(self) -> int:
        """Bins of the spectrum that goes in."""
        return self.n_fft // 2 + 1


@dataclass(frozen=True)
class ModelFile:
    """A checked model file: what it says and its two graphs as serialised ONNX models."""

    path: Path
    info: ModelInfo
    visual: bytes
    audio: bytes


def shipped_model(name: str = "streaming.onnx") -> Path:
    """A trained network that comes with the program.

    Raises
    ------
    ModelError
        When the installation lacks it.
    """
    path = Path(str(resources.files("models"))) / "pretrained" / name
    if not path.is_file():
        raise ModelError(f"the shipped model '{path}' is missing; reinstall earsight or give --model FILE")
    return path


def read_model(path: Path, kinds: tuple[str, ...] = KINDS) -> ModelFile:
    """Read and check a model file.

    Parameters
    ----------
    kinds
        That are wanted. Files of kind "separation" and "where" have to be asked for.

    Raises
    ------
    ModelError
        When it cannot be read, is not ONNX, is not ours, is of a newer format, keeps weights outside the file, or its
        graphs are not what the metadata say.
    """
    try:
        if exists(path) and not is_file(path):
            raise ModelError(f"model '{path}' is not a file; give a model made by: earsight export")
        if path.stat().st_size > LARGEST_BYTES:
            raise ModelError(f"model '{path}' is larger than 2 GB, which no ONNX file can be; give another")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"cannot read model '{path}': {reason}; check the path") from error
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:
        raise ModelError(f"'{path}' is not an ONNX file; give a model made by: earsight export") from error
    info = _info(path, model, kinds)
    try:
        check_graph(model)
    except ValueError as error:
        raise ModelError(f"model '{path}' is not accepted: {error}; make one with: earsight export") from error
    cues_in = ["cues"] if info.cues else []
    states_in = [f"{name}_in" for name in info.state]
    states_out = [f"{name}_out" for name in info.state]
    attention = ["attention"] if info.kind == "streaming" else []
    try:
        extractor = Extractor(model)
        visual = extractor.extract_model(["image"], ["features"])
        audio = extractor.extract_model(
            ["spectrum", "features_in", *cues_in, *states_in], ["mask", *attention, *states_out]
        )
    except Exception as error:
        raise ModelError(f"model '{path}' lacks the graphs its metadata promise; export it again") from error
    try:
        check_sizes(visual)
        check_sizes(audio)
    except Exception as error:
        raise ModelError(f"model '{path}' is not accepted: {error}; make one with: earsight export") from error
    return ModelFile(path, info, visual.SerializeToString(), audio.SerializeToString())


def _info(path: Path, model: onnx.ModelProto, kinds: tuple[str, ...]) -> ModelInfo:
    texts = {entry.key: entry.value for entry in model.metadata_props}
    if METADATA_KEY not in texts:
        raise ModelError(f"'{path}' is an ONNX file but not an Earsight model; make one with: earsight export")
    try:
        values = json.loads(texts[METADATA_KEY])
        if values.get("format", 0) > FORMAT:
            raise ModelError(
                f"model '{path}' is of format {values['format']}, this program reads up to {FORMAT}; update earsight"
            )
        check_fields(values, ModelInfo)
        info = ModelInfo(**values)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"model '{path}' has damaged metadata ({error}); export it again") from error
    if info.cues not in (0, CUES):
        raise ModelError(f"model '{path}' takes {info.cues} cues; accepted: none or {CUES}; update earsight")
    if info.kind not in kinds:
        raise ModelError(f"model '{path}' is of kind '{info.kind}'; accepted: {', '.join(kinds)}")
    try:
        check_info(info)
    except ValueError as error:
        raise ModelError(f"model '{path}' has damaged metadata ({error}); export it again") from error
    return info
