"""The separating network's file computes what the network does, is read by `separate`, and appears only when whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from export.checkpoint import load_checkpoint
from export.onnx_file import export_checkpoint
from export.parity import Parity, check_parity
from models.separation.network import BINS, FRAMES, Separation
from realtime.errors import ModelError
from realtime.separator import Separator


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = Separation(eyes_width=4, widths=(8, 8, 12, 12, 16), hidden=16, what=8)
    generator = torch.Generator().manual_seed(0)
    # As after training: nothing left at 0 or 1, so that nothing can be forgotten unseen.
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for name, low, high in (("weight", 0.5, 1.5), ("bias", -0.2, 0.2), ("running_mean", -0.1, 0.1)):
                getattr(module, name).data.uniform_(low, high, generator=generator)
            module.get_buffer("running_var").uniform_(0.5, 1.5, generator=generator)
        elif isinstance(module, nn.Linear):
            module.weight.data.normal_(0, 0.3, generator=generator)
    network.pitch.data.normal_(0, 0.5, generator=generator)
    network.get_parameter("place.3.weight").data.normal_(0, 3, generator=generator)
    path = tmp_path_factory.mktemp("separation") / "last.pt"
    content = {"kind": "separation", "config": network.config, "model": network.state_dict(), "training": {"step": 3}}
    torch.save(content, path)
    return path


@pytest.fixture(scope="module")
def exported(checkpoint: Path) -> tuple[Path, Parity]:
    out = checkpoint.with_name("small.onnx")
    return out, export_checkpoint(checkpoint, out, scores={"sdr_db": 6.0})


@pytest.mark.timeout(300)
def test_the_file_agrees_with_torch(exported: tuple[Path, Parity]) -> None:
    # float32 sums in another order; a wrong or forgotten weight shows at -40 dB and above.
    assert exported[1].relative_db < -80


@pytest.mark.timeout(300)
def test_every_weight_that_changes_is_noticed(checkpoint: Path, exported: tuple[Path, Parity]) -> None:
    loaded = load_checkpoint(checkpoint)
    assert loaded.training == {"step": 3}
    for name in (
        "table",
        "average.weight",
        "pitch",
        "place.0.weight",
        "thing.0.weight",
        "into.weight",
        "last.weight",
        "neck.0.weight",
    ):
        parameter = loaded.network.get_parameter(name)
        kept = parameter.data.clone()
        parameter.data = torch.randn(kept.shape, generator=torch.Generator().manual_seed(1))
        # Rounding alone leaves -139 dB here.
        assert check_parity(loaded.network, exported[0]).relative_db > -100, name
        parameter.data = kept


@pytest.mark.timeout(300)
def test_the_file_is_what_separate_reads(exported: tuple[Path, Parity]) -> None:
    separator = Separator(exported[0])
    info = separator.info
    assert (info.name, info.kind, info.sample_rate, info.frames) == ("small", "separation", 11_025, FRAMES)
    assert (info.training, info.scores, info.licence) == ({"step": 3}, {"sdr_db": 6.0}, "MIT")
    features = separator.features(np.full((50, 60, 3), 90, np.uint8))
    masks = separator.masks(np.ones((2, BINS + 1, FRAMES), np.complex64), features)
    assert masks.shape == (2, BINS + 1, FRAMES)
    assert 0 <= masks.min() <= masks.max() <= 1
    model = onnx.load_model(exported[0])
    assert {node.name.split("/")[0] for node in model.graph.node} == {"visual", "audio"}
    (entry,) = model.metadata_props
    assert json.loads(entry.value)["mask"] == {"bins": BINS, "range": [0, 1]}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"kind": "separation", "config": {"colour": 3}, "model": {}}, "does not fit the separation network"),
        ({"kind": "separation", "config": {}, "model": {"x": torch.zeros(1)}}, "does not fit the separation network"),
    ],
)
def test_a_foreign_checkpoint_is_refused_in_one_line(tmp_path: Path, content: object, complaint: str) -> None:
    path = tmp_path / "x.pt"
    torch.save(content, path)
    with pytest.raises(ModelError, match=complaint) as caught:
        load_checkpoint(path)
    assert len(str(caught.value).splitlines()) == 1
