"""Half precision: the file says so, is half as large, keeps its convolutions, and gives nearly the same masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export.onnx_file import export_checkpoint
from export.parity import Parity
from models.mono2binaural import Mono2Binaural
from models.streaming import Streaming
from models.where.network import Where
from realtime.errors import SettingsError
from realtime.modelfile import read_model
from realtime.sessions import load_model
from tests.paper_network import shaken


def saved(network: Mono2Binaural | Streaming | Where, folder: Path) -> Path:
    path = folder / "best.pt"
    torch.save({"kind": network.kind, "config": network.config, "model": network.state_dict(), "training": {}}, path)
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = Mono2Binaural(width=16)
    shaken(network)
    return saved(network, tmp_path_factory.mktemp("fp16"))


@pytest.fixture(scope="module")
def exported(checkpoint: Path) -> tuple[Path, Path, Parity]:
    exact, half = checkpoint.with_name("exact.onnx"), checkpoint.with_name("half.onnx")
    export_checkpoint(checkpoint, exact)
    return exact, half, export_checkpoint(checkpoint, half, precision="fp16")


@pytest.mark.timeout(300)
def test_the_file_says_its_precision_and_is_half_as_large(exported: tuple[Path, Path, Parity]) -> None:
    exact, half, _ = exported
    assert read_model(half).info.precision == "fp16"
    assert half.stat().st_size < 0.6 * exact.stat().st_size
    operators = [node.op_type for node in onnx.load(half).graph.node]
    assert operators.count("Conv") == 20 + 6  # a ResNet-18, and the sound's encoder with what reads the picture
    assert operators.count("ConvTranspose") == 5


@pytest.mark.timeout(300)
def test_masks_stay_close_but_are_not_the_same(exported: tuple[Path, Path, Parity]) -> None:
    assert -90 < exported[2].relative_db < -40


@pytest.mark.timeout(300)
def test_several_windows_go_in_one_by_one(exported: tuple[Path, Path, Parity]) -> None:
    rng = np.random.default_rng(0)
    exact, half = (load_model(path, "cpu") for path in exported[:2])
    features = exact.visual(rng.integers(0, 256, (224, 448, 3), dtype=np.uint8)).repeat(3, axis=0)
    spectra = rng.standard_normal((3, 257, 64, 2), dtype=np.float32).view(np.complex64)[..., 0]
    wanted, given = exact.masks(spectra, features), half.masks(spectra, features)
    assert np.abs(given - wanted).max() < 0.01


@pytest.mark.timeout(300)
def test_a_streaming_network_keeps_its_state_in_single_precision(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Streaming()
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)  # else there is no mask to speak of
    parity = export_checkpoint(saved(network, tmp_path), tmp_path / "half.onnx", precision="fp16")
    assert parity.relative_db < -30
    file = load_model(tmp_path / "half.onnx", "cpu")
    file.step(np.ones(257, np.complex64), file.blank_features)
    assert all(value.dtype == np.float32 for value in file.state.values())


def test_a_network_without_convolutions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="without convolutions"):
        export_checkpoint(saved(Where(), tmp_path), tmp_path / "where.onnx", precision="fp16")
