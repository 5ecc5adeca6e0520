"""Residual motion: the camera's own, light, noise and cuts leave nothing, what moves by itself stays."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from realtime.motion import Motion
from realtime.pictures import Image

ROWS, COLUMNS = 14, 28


def texture(seed: int, height: int = 160, width: int = 320) -> NDArray[np.float64]:
    """Soft grey patterns, 30 to 220."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(height, width)), 2.5)
    return 125 + np.clip(noise / noise.std(), -2, 2) * 45


def image(grey: NDArray[np.floating]) -> Image:
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def with_patch(background: NDArray[np.float64], offset: float) -> NDArray[np.float64]:
    """A patch of another texture at 3/4 of the width, moved down by `offset` pixels."""
    result = background.copy()
    result[60:100, 220:260] = shift(texture(9, 60, 60), (offset, 0), order=1, mode="nearest")[10:50, 10:50]
    return result


@pytest.mark.parametrize("moves", [(0.0, 0.0), (0.0, 5.0), (3.0, -4.0)])
def test_what_moves_by_itself_is_found_though_the_camera_moves(moves: tuple[float, float]) -> None:
    room = texture(1)
    motion = Motion(ROWS, COLUMNS)
    motion.push(image(with_patch(room, 0.0)))
    found = motion.push(image(shift(with_patch(room, 3.0), moves, order=1, mode="reflect")))
    row, column = np.unravel_index(found.argmax(), found.shape)
    where = (240 + moves[1]) / 320 * COLUMNS, (80 + moves[0]) / 160 * ROWS
    assert abs(column + 0.5 - where[0]) < 2.5
    assert abs(row + 0.5 - where[1]) < 2.5
    elsewhere = found.copy()
    elsewhere[3:11, 17:25] = 0
    assert elsewhere.max() < 0.25 * found.max()


def test_a_moving_camera_alone_leaves_little() -> None:
    room = texture(2)
    motion = Motion(ROWS, COLUMNS)
    motion.push(image(room))
    plain = np.abs(shift(room, (0, 6), order=1, mode="reflect") - room).mean()
    assert plain > 20
    assert motion.push(image(shift(room, (0, 6), order=1, mode="reflect"))).mean() < 0.02


def test_light_and_noise_do_not_move() -> None:
    room = texture(3)
    rng = np.random.default_rng(0)
    motion = Motion(ROWS, COLUMNS)
    motion.push(image(room))
    assert motion.push(image(room + 20)).max() < 0.02
    assert motion.push(image(room + 20 + rng.normal(0, 1.5, room.shape))).mean() < 0.005


def test_the_first_image_a_new_size_and_a_cut_give_nothing() -> None:
    motion = Motion(ROWS, COLUMNS)
    assert not motion.push(image(texture(4))).any()
    assert not motion.push(image(texture(4)[::2, ::2])).any()
    assert not motion.push(image(texture(5)[::2, ::2])).any()
    moved = motion.push(image(with_patch(texture(5), 0)[::2, ::2]))
    assert moved.any()
    assert moved.shape == (ROWS, COLUMNS)
    assert moved.dtype == np.float32


def test_flat_images_are_no_trouble() -> None:
    motion = Motion(ROWS, COLUMNS)
    for level in (0, 0, 128, 255):
        assert not motion.push(np.full((48, 64, 3), level, np.uint8)).any()
    dotted = np.full((48, 64, 3), 255, np.uint8)
    dotted[20:24, 30:36] = 0
    assert motion.push(dotted).max() > 0.5
