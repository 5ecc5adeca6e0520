"""The picture's side takes over what a mono-to-binaural network has learnt, or says why it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.separation.eyes import take_features
from models.separation.network import BINS
from models.separation.task import SeparationTask
from models.streaming import Streaming
from realtime.errors import ModelError
from tests.models.separation.material import Config, small
from tests.refusals import assert_refused


def test_features_are_taken_from_a_mono_to_binaural_network(tmp_path: Path) -> None:
    torch.manual_seed(5)
    teacher = Streaming(features=4, hidden=8, visual_width=4)
    path = tmp_path / "streaming.pt"
    torch.save({"kind": "streaming", "config": {}, "model": teacher.state_dict()}, path)
    network = small()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    SeparationTask(Config(), network, features_from=str(path))  # type: ignore[arg-type]
    layer = teacher.visual_branch.layers[0]
    assert torch.equal(network.visual_half.state_dict()["layers.0.0.weight"], layer.state_dict()["0.weight"])
    after = network.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith("visual_half.") for name in changed)


def test_features_of_the_papers_network_fit_too(tmp_path: Path) -> None:
    network = small(eyes_of="mono2binaural")
    weights = {f"visual_net.{name}": value + 1 for name, value in network.visual_half.state_dict().items()}
    path = tmp_path / "paper.pt"
    torch.save({"model": weights}, path)
    wanted = {name: value + 1 for name, value in network.visual_half.state_dict().items()}
    take_features(network.visual_half, path)
    assert all(torch.equal(value, wanted[name]) for name, value in network.visual_half.state_dict().items())
    assert network.info()["image"] == {"height": 224, "width": 448}
    mask = network.eval()(
        torch.randn(1, 2, 2, BINS, 16), network.visual(torch.zeros(1, 224, 448, 3, dtype=torch.uint8))
    )
    assert mask.shape == (1, 2, BINS, 16)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "it is not there"),
        (b"no torch file", "gives no visual features"),
        ({"weights": 1}, "lacks 'model'"),
        ({"model": {}}, "lacks 'visual_branch"),
        ({"model": Streaming(4, 8, 3).state_dict()}, "size mismatch|same width"),
    ],
    ids=["missing", "text", "other", "empty", "other width"],
)
def test_features_that_do_not_fit_are_refused(content: object, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    assert_refused(ModelError, words, lambda: take_features(small().visual_half, path))


def test_an_unknown_pair_of_eyes_is_refused() -> None:
    with pytest.raises(TypeError, match="known: streaming, mono2binaural"):
        small(eyes_of="cat")


def test_frozen_eyes_stay_as_they_are() -> None:
    network = small(frozen=True).train()
    before = {name: value.clone() for name, value in network.visual_half.state_dict().items()}
    image = torch.randint(0, 255, (2, 112, 224, 3), dtype=torch.uint8)
    network(torch.randn(2, 2, 2, BINS, 16), network.visual(image)).sum().backward()
    assert all(parameter.grad is None for parameter in network.visual_half.parameters())
    assert network.neck[0].weight.grad is not None
    assert all(torch.equal(value, before[name]) for name, value in network.visual_half.state_dict().items())
    assert small(frozen=True).config["frozen"] is True
