"""Naming is learnt when picture and sound name the same thing alike; what is unknown teaches nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.batches import NOTHING, UNKNOWN, looks_of
from models.naming import Naming
from models.scenes.classes import NUMBERS
from models.scenes.sample import SceneSample, Silent, Source
from models.scenes.tracks import still

FEATURES = 64
DOG, COW = NUMBERS["dog"], NUMBERS["cow"]


@pytest.fixture
def naming() -> Naming:
    torch.manual_seed(0)
    return Naming(FEATURES)


def test_right_names_cost_nothing_and_wrong_ones_much(naming: Naming) -> None:
    looks = torch.full((1, 7, 28), NOTHING)
    looks[0, 3, 10:12] = DOG
    naming.often_seen.data[-1] = 20.0  # nothing, unless something speaks for a class
    features = torch.zeros(1, FEATURES + 1, 7, 28)
    features[0, :-1, 3, 10:12] = 60 * naming.classes[DOG].detach()[:, None]
    assert naming.seen(features, looks) < 1e-3
    looks[0, 3, 10:12] = COW
    assert naming.seen(features, looks) > 3
    queries = (60 * naming.classes[DOG].detach()).expand(1, 4, 5, FEATURES)
    classes, weight = torch.full((1, 5, 4), DOG), torch.ones(1, 5, 4)
    assert naming.heard(queries, classes, weight) < 1e-3
    assert naming.heard(queries, torch.full_like(classes, COW), weight) > 10


def test_the_unknown_teaches_nothing(naming: Naming) -> None:
    features = torch.randn(2, FEATURES + 1, 7, 28)
    assert naming.seen(features, torch.full((2, 7, 28), UNKNOWN)) == 0
    queries, classes = torch.randn(2, 4, 5, FEATURES), torch.full((2, 5, 4), UNKNOWN)
    assert naming.heard(queries, classes, torch.ones(2, 5, 4)) == 0
    classes[0, 0, 0] = DOG
    weight = torch.zeros(2, 5, 4)
    weight[0, 0, 0] = 1.0
    alone = naming.heard(queries[:1, :1, :1], classes[:1, :1, :1], weight[:1, :1, :1])
    torch.testing.assert_close(naming.heard(queries, classes, weight), alone)


def test_looks_are_where_things_stand_and_the_nearer_hides_the_farther() -> None:
    def source(name: str, distance_m: float, familiar: bool = True) -> Source:
        return Source(name, 0.0, 0.0, distance_m, 0.0, 0.0, 1.0, familiar)

    scene = SceneSample(
        binaural=np.zeros((3, 2, 10), np.float32),
        image=np.zeros((112, 224, 3), np.uint8),
        columns=np.array([0.25, 0.25, np.nan], np.float32),
        rows=np.array([0.5, 0.5, np.nan], np.float32),
        sources=(source("dog", 3.0), source("cow", 1.0), source("horse", 2.0)),
        silent=(
            Silent("sheep", 0.0, 0.0, 2.0, 0.75, 0.5, still(0.0)),
            Silent("thing", 0.0, 0.0, 2.0, 0.5, 0.5, still(0.0)),
        ),
    )
    looks = looks_of(scene)
    assert looks.shape == (7, 28)
    assert (looks[3, 7], looks[3, 21], looks[3, 14], looks[0, 0]) == (COW, NUMBERS["sheep"], UNKNOWN, NOTHING)
    assert set(np.unique(looks)) == {COW, NUMBERS["sheep"], UNKNOWN, NOTHING}
