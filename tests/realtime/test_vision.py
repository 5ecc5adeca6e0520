"""The newest image counts; the picture nearest to a moment can be had; what did not change costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realtime.sessions import Network, load_model
from realtime.vision import Features, Vision
from tests.models.side_model import make_side_model, side_image


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return load_model(make_side_model(tmp_path / "side.onnx"), "cpu")


def test_before_the_first_image_the_features_are_a_blank_pictures(network: Network) -> None:
    vision = Vision(network)
    assert vision.newest.position == -1
    np.testing.assert_array_equal(vision.near(123).values, network.blank_features)


def test_near_finds_the_features_nearest_in_time(network: Network) -> None:
    vision = Vision(network)
    for position, level in ((100, 10), (200, 20), (300, 30)):
        vision.look(side_image(level, 0), position)
    assert vision.near(-1000).position == 100
    assert vision.near(190).position == 200
    assert vision.near(9999).position == 300


def test_a_picture_that_did_not_change_is_not_run_again(network: Network) -> None:
    vision = Vision(network)
    image = side_image(200, 10)
    first, second = vision.run(image, 0), vision.run(image.copy(), 10)
    assert second.values is first.values
    assert (first.position, second.position) == (0, 10)
    assert vision.durations.percentiles_ms().max > 0


def test_an_image_that_comes_too_soon_replaces_the_one_that_waits(
    network: Network, wait_for: Callable[..., bool]
) -> None:
    vision = Vision(network)
    running, go_on = threading.Event(), threading.Event()
    run = vision.run

    def slow(image: np.ndarray, position: int) -> Features:
        running.set()
        go_on.wait(10)
        return run(image, position)

    vision.run = slow
    vision.start()
    vision.show(side_image(1, 0), 1)
    assert running.wait(10)
    vision.show(side_image(2, 0), 2)
    vision.show(side_image(3, 0), 3)
    go_on.set()
    assert wait_for(lambda: vision.newest.position == 3)
    vision.stop()
    assert (vision.images, vision.dropped) == (3, 1)
