"""Eight bits: the file says so, is smaller, and gives nearly the same masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export import onnx_file
from export.onnx_file import export_checkpoint
from export.parity import Parity
from models.mono2binaural import Mono2Binaural
from realtime.errors import ModelError
from realtime.modelfile import read_model
from realtime.sessions import load_model
from tests.paper_network import shaken


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = Mono2Binaural(width=16)
    shaken(network)
    path = tmp_path_factory.mktemp("int8") / "best.pt"
    torch.save({"kind": network.kind, "config": network.config, "model": network.state_dict(), "training": {}}, path)
    return path


@pytest.fixture(scope="module")
def exported(checkpoint: Path) -> tuple[Path, Path, Parity]:
    exact, coarse = checkpoint.with_name("exact.onnx"), checkpoint.with_name("coarse.onnx")
    export_checkpoint(checkpoint, exact)
    return exact, coarse, export_checkpoint(checkpoint, coarse, precision="int8")


@pytest.mark.timeout(300)
def test_the_file_says_its_precision_and_its_weights_are_bytes(exported: tuple[Path, Path, Parity]) -> None:
    exact, coarse, _ = exported
    assert [read_model(path).info.precision for path in (exact, coarse)] == ["fp32", "int8"]
    stored = {tensor.name: tensor for tensor in onnx.load(coarse).graph.initializer}
    bytes_of_weights = [t for t in stored.values() if t.data_type == onnx.TensorProto.INT8 and len(t.dims) == 4]
    halves = [tensor.name.partition("/")[0] for tensor in bytes_of_weights]
    assert halves.count("visual") == 20  # all convolutions of a ResNet-18
    assert halves.count("audio") == 26  # of the U-Net: five down, four for each of five up, one from the picture
    assert coarse.stat().st_size < 0.4 * exact.stat().st_size


@pytest.mark.timeout(300)
def test_masks_stay_close_but_are_not_the_same(exported: tuple[Path, Path, Parity]) -> None:
    assert -60 < exported[2].relative_db < -10


@pytest.mark.timeout(300)
def test_features_of_a_picture_stay_close(exported: tuple[Path, Path, Parity]) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (14, 28, 3), dtype=np.uint8).repeat(16, axis=0).repeat(16, axis=1)
    exact, coarse = (load_model(path, "cpu").visual(image) for path in exported[:2])
    error_db = 10 * np.log10(np.square(coarse - exact).sum() / np.square(exact).sum())
    assert -60 < error_db < -15


@pytest.mark.timeout(300)
def test_a_file_that_broke_is_not_written(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(onnx_file.LIMITS_DB, "int8", -200.0)
    with pytest.raises(ModelError, match="strays from its network"):
        export_checkpoint(checkpoint, tmp_path / "x.onnx", precision="int8")
    assert list(tmp_path.iterdir()) == []
