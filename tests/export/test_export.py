"""The exported file computes what the network does, says what the host must know, and appears only when it is whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from export import onnx_file
from export.checkpoint import Checkpoint, load_checkpoint
from export.onnx_file import export_checkpoint
from export.parity import Deviation, Parity, check_parity
from models.mono2binaural import Mono2Binaural
from models.streaming import Streaming
from realtime.cues import CUES
from realtime.errors import ModelError, SettingsError
from realtime.modelfile import read_model
from realtime.sessions import load_model
from tests.paper_network import shaken


def saved(network: Streaming | Mono2Binaural, path: Path, **changes: object) -> Path:
    content = {
        "kind": network.kind,
        "config": network.config,
        "model": network.state_dict(),
        "training": {"step": 3},
        **changes,
    }
    torch.save(content, path)
    return path


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = Streaming(features=8, hidden=32, visual_width=4, cues=CUES)
    shaken(network)
    # A fresh network attends to all places alike, and the masks cancel; a trained one looks somewhere.
    for layer in (network.visual_branch.layers[-1], network.audio_branch.queries):
        nn.init.normal_(layer.get_parameter("weight"), std=3.0)
    return saved(network, tmp_path_factory.mktemp("streaming") / "best.pt")


@pytest.fixture(scope="module")
def exported(streaming: Path) -> tuple[Path, Parity]:
    out = streaming.with_name("small.onnx")
    return out, export_checkpoint(streaming, out, scores={"stft": 0.5})


@pytest.mark.timeout(300)
def test_every_hop_and_a_whole_clip_agree_with_torch(exported: tuple[Path, Parity]) -> None:
    parity = exported[1]
    assert parity.clip is not None
    # float32 sums in another order; a wrong or forgotten weight shows at -40 dB and above.
    assert parity.step.relative_db < -80
    assert parity.clip.relative_db < -80


def test_a_changed_weight_is_noticed(streaming: Path, exported: tuple[Path, Parity]) -> None:
    network = load_checkpoint(streaming).network
    assert isinstance(network, Streaming)
    network.audio_branch.queries.weight.data *= 1.1
    assert not check_parity(network, exported[0]).is_rounding


def test_the_file_is_what_the_host_reads(exported: tuple[Path, Parity]) -> None:
    file = read_model(exported[0])
    assert (file.info.name, file.info.kind, file.info.mask["bins"]) == ("small", "streaming", 257)
    assert file.info.training == {"step": 3}
    assert file.info.scores == {"stft": 0.5}
    network = load_model(exported[0], "cpu")
    features = network.visual(np.full((112, 224, 3), 90, np.uint8))
    assert network.info.cues == CUES
    mask, attention = network.step(np.ones(257, np.complex64), features)
    assert mask.shape == (257,)
    network.reset()
    somewhere = np.zeros((CUES, *attention.shape), np.float32)
    somewhere[:, 3, 4] = 2
    assert not np.array_equal(network.step(np.ones(257, np.complex64), features, somewhere)[0], mask)
    network.reset()
    np.testing.assert_array_equal(network.step(np.ones(257, np.complex64), features, 0 * somewhere)[0], mask)
    assert attention.sum() <= 1 + 1e-5


def test_the_graphs_are_disjoint_and_prefixed(exported: tuple[Path, Parity]) -> None:
    model = onnx.load_model(exported[0])
    states = [f"state_{name}" for name in ("level", "past", "memory", "bands")]
    assert [value.name for value in model.graph.input] == [
        "image",
        "spectrum",
        "features_in",
        "cues",
        *(f"{name}_in" for name in states),
    ]
    assert [value.name for value in model.graph.output] == [
        "features",
        "mask",
        "attention",
        *(f"{name}_out" for name in states),
    ]
    names = [node.name for node in model.graph.node] + [tensor.name for tensor in model.graph.initializer]
    assert {name.split("/")[0] for name in names} == {"visual", "audio"}
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    assert not any(node.metadata_props for node in model.graph.node)


def test_the_metadata_is_one_json_entry(exported: tuple[Path, Parity]) -> None:
    (entry,) = onnx.load_model(exported[0]).metadata_props
    assert entry.key == "earsight"
    assert json.loads(entry.value)["state"]["state_memory"] == [1, 1, 32]


def test_constants_are_folded(exported: tuple[Path, Parity]) -> None:
    visual = onnx.load_model_from_string(read_model(exported[0]).visual)
    assert {node.op_type for node in visual.graph.node} <= {
        "Cast",
        "Transpose",
        "Div",
        "Mul",
        "Add",
        "Sub",
        "Conv",
        "Relu",
    }


def test_nothing_is_overwritten_without_force(streaming: Path, tmp_path: Path) -> None:
    out = tmp_path / "there.onnx"
    out.write_bytes(b"mine")
    with pytest.raises(SettingsError, match=r"exists; give another name or --force"):
        export_checkpoint(streaming, out)
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("name", "complaint"), [("x.bin", r"must end in \.onnx"), ("nowhere/x.onnx", "create it first")]
)
def test_a_request_that_cannot_be_met_is_refused(streaming: Path, tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        export_checkpoint(streaming, tmp_path / name)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"weights": torch.zeros(1)}, "no kind, config and model in it"),
        ([1, 2], "holds a list"),
        ({"kind": "radio", "config": {}, "model": {}}, "known: streaming, mono2binaural"),
        ({"kind": "streaming", "config": {"colour": 3}, "model": {}}, "does not fit the streaming network"),
        ({"kind": "streaming", "config": {}, "model": {"x": torch.zeros(1)}}, "does not fit the streaming network"),
        (np.float64, "is not a torch checkpoint"),
    ],
)
def test_a_foreign_checkpoint_is_refused_in_one_line(tmp_path: Path, content: object, complaint: str) -> None:
    path = tmp_path / "foreign.pt"
    torch.save(content, path)
    with pytest.raises(ModelError, match=complaint) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_files_that_torch_cannot_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.pt"
    for data in (b"", b"no torch file", b"PK\x03\x04 cut off"):
        path.write_bytes(data)
        with pytest.raises(ModelError, match="is not a torch checkpoint"):
            load_checkpoint(path)
    with pytest.raises(ModelError, match="it is not there"):
        load_checkpoint(tmp_path / "missing.pt")


def test_a_file_that_strays_is_not_written(
    streaming: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exported: tuple[Path, Parity]
) -> None:
    ready = onnx.load_model(exported[0])

    def astray(network: object, path: Path) -> Parity:
        return Parity(Deviation(0.1, -20.0, -25.0), None)

    monkeypatch.setattr(onnx_file, "check_parity", astray)
    for graph in ("visual_graph", "audio_graph"):
        monkeypatch.setattr(onnx_file, graph, lambda network: ready)
    monkeypatch.setattr(onnx_file, "bundle", lambda visual, audio, metadata: ready)
    with pytest.raises(ModelError, match=r"strays from its network: torch window against file -20\.0 dB"):
        export_checkpoint(streaming, tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_comes_back_ready_to_run(streaming: Path) -> None:
    checkpoint = load_checkpoint(streaming)
    assert isinstance(checkpoint, Checkpoint)
    assert not checkpoint.network.training
    assert (checkpoint.kind, checkpoint.training) == ("streaming", {"step": 3})
