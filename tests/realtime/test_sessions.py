"""Model files and providers: what is refused is refused in one line that says why and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from realtime.errors import ModelError, ProviderError
from realtime.modelfile import read_model
from realtime.providers import provider_trouble, usable_providers
from realtime.sessions import load_model
from tests.models.side_model import make_side_model, side_image


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


def changed(model: Path, path: Path, **values: object) -> Path:
    """A copy with other metadata."""
    copy = onnx.load(model)
    metadata = json.loads(copy.metadata_props[0].value) | values
    copy.metadata_props[0].value = json.dumps(metadata)
    onnx.save(copy, path)
    return path


def test_the_two_graphs_of_one_file_run(model: Path) -> None:
    network = load_model(model, "cpu")
    features = network.visual(side_image(255, 0))
    mask, attention = network.step(np.ones(257, np.complex64), features)
    np.testing.assert_allclose(mask, np.ones(257), atol=1e-6)
    assert attention.shape == (1, 1)
    assert network.provider == "cpu"


def test_auto_takes_something_that_works(model: Path) -> None:
    network = load_model(model, "auto")
    assert provider_trouble(network.provider) == ""


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read model"):
        load_model(tmp_path / "absent.onnx")


def test_a_file_that_is_not_onnx(tmp_path: Path) -> None:
    path = tmp_path / "rubbish.onnx"
    path.write_bytes(b"rubbish" * 100)
    with pytest.raises(ModelError, match="ONNX"):
        load_model(path)


def test_an_onnx_file_that_is_not_ours(model: Path, tmp_path: Path) -> None:
    foreign = onnx.load(model)
    del foreign.metadata_props[:]
    onnx.save(foreign, tmp_path / "foreign.onnx")
    with pytest.raises(ModelError, match="not an Earsight model"):
        read_model(tmp_path / "foreign.onnx")


def test_a_truncated_file(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(model.read_bytes()[:300])
    with pytest.raises(ModelError):
        load_model(path)


def test_a_newer_format(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="update earsight"):
        read_model(changed(model, tmp_path / "newer.onnx", format=99, invented="later"))


def test_damaged_metadata(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="damaged metadata"):
        read_model(changed(model, tmp_path / "odd.onnx", hop=None, surprise=1))


def test_metadata_that_promise_another_graph(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="lacks the graphs"):
        read_model(changed(model, tmp_path / "other.onnx", state={"memory": [1, 2]}))


def test_weights_in_another_file(model: Path, tmp_path: Path) -> None:
    outside = onnx.load(model)
    onnx.save(outside, tmp_path / "out.onnx", save_as_external_data=True, size_threshold=0, location="weights.bin")
    with pytest.raises(ModelError, match="other files"):
        read_model(tmp_path / "out.onnx")


def test_an_unknown_provider(model: Path) -> None:
    with pytest.raises(ProviderError, match="unknown; accepted"):
        load_model(model, "quantum")


def test_cuda_is_refused_where_it_does_not_work(model: Path) -> None:
    reason = usable_providers()["cuda"]
    if not reason:
        pytest.skip("CUDA works here")
    with pytest.raises(ProviderError, match="use --provider auto or cpu"):
        load_model(model, "cuda")


def test_the_state_is_carried_and_reset(model: Path) -> None:
    network = load_model(model, "cpu")
    features = network.blank_features
    for _ in range(3):
        network.step(np.zeros(257, np.complex64), features)
    assert network.state["state_count"][0] == 3
    network.reset()
    assert network.state["state_count"][0] == 0
