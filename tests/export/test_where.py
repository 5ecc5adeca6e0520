"""The where-network's file computes what the network does."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from export.onnx_file import export_checkpoint
from export.parity import check_parity
from models.where.network import Where
from realtime.errors import SettingsError
from realtime.modelfile import read_model


@pytest.mark.timeout(300)
def test_the_file_computes_what_the_network_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Where(filters=4, hidden=6).eval()
    content: dict[str, Any] = {"kind": "where", "config": network.config, "model": copy.deepcopy(network.state_dict())}
    torch.save(content | {"training": {"step": 3}}, tmp_path / "last.pt")
    out = tmp_path / "where.onnx"
    assert export_checkpoint(tmp_path / "last.pt", out).relative_db < -80
    assert read_model(out, ("where",)).info.training == {"step": 3}
    for name in ("of_band", "of_all", "sound.0.weight", "of_motion.weight", "nearby.2.weight", "place.weight"):
        network.load_state_dict(content["model"])
        with torch.no_grad():
            network.get_parameter(name).mul_(1.5)
        assert check_parity(network, out).relative_db > -60, name
    with pytest.raises(SettingsError, match="leave out --precision"):
        export_checkpoint(tmp_path / "last.pt", tmp_path / "x.onnx", precision="int8")
