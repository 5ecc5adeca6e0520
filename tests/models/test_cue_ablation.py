"""Evidence that is taken away does not reach the network, and what is left does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.cue_ablation import LOOKS, MOTION, PEOPLE, SHARES, Ablated, measure
from realtime.cues import CUES
from realtime.errors import ModelError
from realtime.modelfile import shipped_model
from tests.models.side_model import make_side_model

SPECTRUM = (np.random.default_rng(0).standard_normal(257) + 0.5j).astype(np.complex64)


def mask(left: tuple[str, ...], image: int, motion: float, people: float) -> np.ndarray:
    network = Ablated(shipped_model(), left)
    size = network.info.image
    picture = np.random.default_rng(image).integers(0, 256, (size["height"], size["width"], 3), dtype=np.uint8)
    cues = np.zeros((CUES, 7, 28), np.float32)
    cues[:-1, :, 3], cues[-1, :, 20] = motion, people
    return network.step(SPECTRUM, network.visual(picture), cues)[0]


@pytest.mark.parametrize("left", SHARES)
def test_only_what_is_left_changes_the_mask(left: tuple[str, ...]) -> None:
    before = mask(left, 0, 1.0, 1.0)
    for kind, changed in ((LOOKS, (1, 1.0, 1.0)), (MOTION, (0, 0.2, 1.0)), (PEOPLE, (0, 1.0, 0.2))):
        assert np.array_equal(mask(left, *changed), before) == (kind not in left)


def test_a_network_without_cues_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="takes no cues"):
        Ablated(make_side_model(tmp_path / "side.onnx"), (LOOKS,))


@pytest.mark.timeout(300)
def test_the_table_has_a_row_for_each_share_and_for_mono() -> None:
    table = measure(shipped_model(), "world:5:1", 1)
    assert table.row_count == len(SHARES) + 1
    assert list(table.columns[-1].cells)[-1] == "1"
