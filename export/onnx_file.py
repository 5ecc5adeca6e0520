"""The model file: both halves of a network in one ONNX graph, and what the host must know about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import onnx
from onnx import compose, helper

from export import fp16, int8
from export.authors import load_authors
from export.checkpoint import Checkpoint, load_checkpoint
from export.graphs import Network, audio_graph, traced_audio_graph, traced_visual_graph, visual_graph
from export.nodes import OPSET
from export.parity import RELATIVE_LIMIT_DB, Parity, check_parity
from models.mono2binaural import Mono2Binaural
from models.where.network import Where
from realtime.errors import ModelError, SettingsError
from realtime.modelfile import FORMAT, METADATA_KEY
from realtime.stats import program_version
from realtime.whole_file import whole_file

Precision = Literal["fp32", "fp16", "int8"]
LIMITS_DB: dict[Precision, float] = {"fp32": RELATIVE_LIMIT_DB, "fp16": fp16.LIMIT_DB, "int8": int8.LIMIT_DB}


def export_checkpoint(
    checkpoint: Path,
    out: Path,
    force: bool = False,
    scores: dict[str, Any] | None = None,
    precision: Precision = "fp32",
) -> Parity:
    """Write the model file of a checkpoint, compare it with torch and print the comparison.

    Parameters
    ----------
    checkpoint
        What training saved.
    out
        The file to write, .onnx; it appears when it is whole and has passed the comparison.
    force
        Whether an existing file may be replaced.
    scores
        Results of an evaluation, to travel with the file.
    precision
        int8: of the picture's half and, of the paper's network, the sound's, see `export.int8`. fp16: `export.fp16`.

    Returns
    -------
    Parity
        How far the file strays from the network.

    Raises
    ------
    SettingsError
        When `out` is no place for a model file, or exists and `force` is not set.
    ModelError
        When the checkpoint is foreign or damaged, or the file does not compute what the network does.
    """
    check_request(out, force)
    return write(load_checkpoint(checkpoint), out, scores, precision)


def export_authors(visual: Path, audio: Path, out: Path, force: bool = False, precision: Precision = "fp32") -> Parity:
    """Write the model file of the paper's released weights; otherwise as `export_checkpoint`."""
    check_request(out, force)
    return write(load_authors(visual, audio), out, None, precision)


def check_request(out: Path, force: bool) -> None:
    """Refuse what cannot be done before any work starts.

    Raises
    ------
    SettingsError
        As `export_checkpoint` says.
    """
    if out.suffix != ".onnx":
        raise SettingsError(f"'{out}' is no model file; its name must end in .onnx")
    if out.exists() and not force:
        raise SettingsError(f"'{out}' exists; give another name or --force")
    if not out.parent.is_dir():
        raise SettingsError(f"no folder '{out.parent}' to write '{out.name}' to; create it first")


def write(checkpoint: Checkpoint, out: Path, scores: dict[str, Any] | None, precision: Precision = "fp32") -> Parity:
    """Bundle, save beside the final name, compare, only then rename, and print the comparison."""
    network = checkpoint.network
    info = network.info()
    metadata = {
        "format": FORMAT,
        "name": out.stem,
        "version": program_version(),
        **info,
        "precision": precision,
        "state": {f"state_{name}": shape for name, shape in info["state"].items()},
        "training": checkpoint.training,
        "licence": "MIT",
        "scores": scores or {},
    }
    if precision != "fp32" and isinstance(network, Where):
        raise SettingsError("the where-network looks at motion, without convolutions to shrink; leave out --precision")
    model = bundle(*halves(network, precision), metadata)
    try:
        with whole_file(out) as part:
            onnx.save(model, part)
            parity = check_parity(network, part)
            limit_db = LIMITS_DB[precision]
            if not (parity.is_rounding or parity.relative_db < limit_db):
                raise ModelError(
                    f"the exported file strays from its network: {parity}; accepted: {limit_db:.0f} dB; "
                    "nothing was written; export with the torch version that this release names"
                )
    except OSError as error:
        raise SettingsError(f"'{out}' cannot be written ({error.strerror}); free some space or name another") from error
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB; {parity}")
    return parity


def halves(network: Network, precision: Precision) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """The picture's half and the sound's."""
    match precision:
        case "fp32":
            return visual_graph(network), audio_graph(network)
        case "fp16":
            return (
                fp16.half_precision(traced_visual_graph(network)),
                fp16.half_precision(traced_audio_graph(network)),
            )
        case "int8":
            heard = int8.eight_bit_audio(network) if isinstance(network, Mono2Binaural) else audio_graph(network)
            return int8.eight_bit_visual(traced_visual_graph(network)), heard


def bundle(visual: onnx.ModelProto, audio: onnx.ModelProto, metadata: dict[str, Any]) -> onnx.ModelProto:
    """Put two disjoint graphs into one model.

    Parameters
    ----------
    visual, audio
        Their inputs and outputs keep their names; everything inside is prefixed by `visual/` and `audio/`.
    metadata
        JSON-able; becomes the property "earsight".

    Returns
    -------
    onnx.ModelProto
        Checked by ONNX's checker, shapes included.
    """
    halves = [
        compose.add_prefix(half, prefix, rename_inputs=False, rename_outputs=False).graph
        for half, prefix in ((visual, "visual/"), (audio, "audio/"))
    ]
    graph = helper.make_graph(
        [node for half in halves for node in half.node],
        "earsight",
        [value for half in halves for value in half.input],
        [value for half in halves for value in half.output],
        [tensor for half in halves for tensor in half.initializer],
        value_info=[value for half in halves for value in half.value_info],
    )
    model = helper.make_model(
        graph,
        producer_name="earsight",
        producer_version=metadata["version"],
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=max(visual.ir_version, audio.ir_version),
    )
    helper.set_model_props(model, {METADATA_KEY: json.dumps(metadata)})
    onnx.checker.check_model(model, full_check=True)
    return model
