"""The authors' two files are loaded as they are; whatever else is given is refused in a line that names what is odd."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from export.authors import load_authors
from models.mono2binaural import Mono2Binaural
from realtime.errors import ModelError
from realtime.modelfile import read_model
from realtime.sessions import load_model
from tests.paper_network import PaperNetwork

Weights = dict[str, Tensor]
BIAS = "audionet_convlayer1.0.bias"


@pytest.fixture(scope="module")
def network() -> Mono2Binaural:
    return Mono2Binaural().eval()


@pytest.fixture
def visual(network: Mono2Binaural, tmp_path: Path) -> Path:
    return saved(tmp_path / "visual_best.pth", network.visual_net.state_dict())


@pytest.fixture
def audio(network: Mono2Binaural) -> Weights:
    return dict(network.audio_net.state_dict())


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.timeout(300)
def test_the_model_file_computes_what_the_weights_do(paper_network: PaperNetwork) -> None:
    assert paper_network.parity.clip is None
    # float32 sums in another order; a wrong or forgotten weight shows at -40 dB and above.
    assert paper_network.parity.step.relative_db < -80
    info = read_model(paper_network.model).info
    assert (info.kind, info.frames, info.mask, info.state) == ("window", 64, {"bins": 256, "range": [-1, 1]}, {})
    assert "CVPR 2019" in info.training["source"]


@pytest.mark.timeout(300)
def test_the_file_takes_any_number_of_windows(paper_network: PaperNetwork) -> None:
    session = load_model(paper_network.model, "cpu")
    spectra = torch.randn(3, 257, 64, dtype=torch.complex64, generator=torch.Generator().manual_seed(0)).numpy()
    features = session.blank_features.repeat(3, axis=0)
    together = session.masks(spectra, features)
    assert together.shape == (3, 256, 64)
    for window in range(3):
        single = session.masks(spectra[window : window + 1], features[:1])[0]
        assert abs(single - together[window]).max() < 1e-5


def test_keys_of_data_parallel_and_files_without_counters(visual: Path, audio: Weights, tmp_path: Path) -> None:
    old = {f"module.{key}": value for key, value in audio.items() if not key.endswith("num_batches_tracked")}
    loaded = load_authors(visual, saved(tmp_path / "audio_best.pth", old)).network
    assert isinstance(loaded, Mono2Binaural)
    assert not loaded.training
    for key, value in loaded.audio_net.state_dict().items():
        torch.testing.assert_close(value, audio[key])


def test_files_in_the_wrong_order(visual: Path, audio: Weights, tmp_path: Path) -> None:
    path = saved(tmp_path / "audio_best.pth", audio)
    with pytest.raises(
        ModelError, match=r"audio_best.pth' holds the paper's audio network, but was given as the visual"
    ):
        load_authors(path, visual)
    with pytest.raises(
        ModelError, match=r"visual_best.pth' holds the paper's visual network, but was given as the aud"
    ):
        load_authors(visual, visual)


def test_odd_keys_and_shapes_are_named(visual: Path, audio: Weights, tmp_path: Path) -> None:
    odd = {key: value for key, value in audio.items() if not key.startswith("conv1x1")}
    odd["colour"] = torch.zeros(1)
    odd[BIAS] = torch.zeros(3)
    with pytest.raises(ModelError) as caught:
        load_authors(visual, saved(tmp_path / "odd.pth", odd))
    line = str(caught.value)
    assert "6 missing: conv1x1.0.weight, conv1x1.0.bias, conv1x1.1.weight, ..." in line
    assert "1 unexpected: colour" in line
    assert f"1 of another shape: {BIAS} (3,) instead of (64,)" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "nothing in it"),
        ({"state_dict": {"x": torch.zeros(1)}, "epoch": 3}, "no tensor under state_dict, epoch"),
        ({"x": torch.zeros(1)}, "not the paper's audio network"),
        ([1, 2], "holds a list"),
        (Path("x"), "is not a torch checkpoint"),
    ],
)
def test_foreign_files(visual: Path, tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        load_authors(visual, saved(tmp_path / "foreign.pth", content))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(visual: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pth"
    cut.write_bytes(visual.read_bytes()[:100_000])
    for path, words in ((cut, "is not a torch checkpoint"), (tmp_path / "none.pth", "it is not there")):
        with pytest.raises(ModelError, match=f"{words}.*audio_best.pth") as caught:
            load_authors(visual, path)
        assert "\n" not in str(caught.value)
