"""Offline rendering applies the mask, and nothing but the mask, to every sample of a clip."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.rendering import render_overlap
from realtime.sessions import Network, load_model
from tests.models.side_model import make_side_model, side_image

BRIGHT_LEFT = side_image(255, 0)


@pytest.fixture(scope="module", params=["streaming", "window"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Network:
    return load_model(make_side_model(tmp_path_factory.mktemp("model") / "side.onnx", request.param), "cpu")


def mono(length: int) -> NDArray[np.float64]:
    """A tone, since the window network's mask leaves the Nyquist bin alone."""
    return 0.1 * np.sin(2 * np.pi * 440 * np.arange(length) / 16_000)


@pytest.mark.parametrize("length", [257, 5000, 10_080, 10_081, 16_000])
def test_a_mask_of_one_puts_all_sound_to_the_left(network: Network, length: int) -> None:
    left, right = render_overlap(network, mono(length), lambda time_s: BRIGHT_LEFT)
    # float32 throughout; the Nyquist bin, which a window network drops, holds the ends' hard edges at -60 dB.
    tolerance = 1e-6 if network.info.kind == "streaming" else 2e-4
    np.testing.assert_allclose(left, 2 * mono(length), atol=tolerance)
    np.testing.assert_allclose(right, 0, atol=tolerance)


def test_a_mask_of_zero_leaves_both_ears_alike(network: Network) -> None:
    both = render_overlap(network, mono(12_000), lambda time_s: side_image(90, 90))
    # One step of float32 at 0.1: the product with a zero weight comes out as 1e-9 on some processors.
    np.testing.assert_allclose(both, np.stack([mono(12_000)] * 2), atol=1e-8)


def test_the_picture_of_the_moment_counts(network: Network) -> None:
    sound = mono(64_000)
    ears = render_overlap(network, sound, lambda time_s: BRIGHT_LEFT if time_s < 2 else side_image(0, 255))
    left, right = (ears**2).reshape(2, 4, -1).mean(-1)
    assert left[0] > 1000 * right[0]
    assert right[3] > 1000 * left[3]


def test_only_a_new_picture_runs_the_visual_network(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    visual = network.visual

    def counted(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        looks.append(int(image[0, 0, 0]))
        return visual(image)

    monkeypatch.setattr(network, "visual", counted)
    pictures = [side_image(255, 0), side_image(200, 0)]
    render_overlap(network, mono(32_000), lambda time_s: pictures[int(time_s)] if time_s < 2 else pictures[1])
    assert looks == [255, 200]


def test_a_picture_of_any_size_will_do(network: Network) -> None:
    large = BRIGHT_LEFT.repeat(5, axis=0).repeat(7, axis=1)
    _, right = render_overlap(network, mono(12_000), lambda time_s: large)
    np.testing.assert_allclose(right, 0, atol=2e-4)


def test_a_second_rendering_starts_anew(network: Network) -> None:
    first = render_overlap(network, mono(12_000), lambda time_s: BRIGHT_LEFT)
    np.testing.assert_array_equal(first, render_overlap(network, mono(12_000), lambda time_s: BRIGHT_LEFT))
