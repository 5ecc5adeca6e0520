"""The live where-map: clock, memory and refusals with a model made by hand; the shipped one on a small scene."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from realtime.errors import ModelError
from realtime.hearing import BANDS, EDGES_HZ
from realtime.modelfile import shipped_model
from realtime.pictures import Image
from realtime.watcher import Watcher
from realtime.where import LEAST_SLOTS, Map, Where
from tests.realtime.where_model import COLUMNS, ROWS, write_model

RATE = 48_000
HOP = RATE // 100
SLOT = RATE // 10


class Live(Where):
    """With the watcher that it has live."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, RATE)
        self._watcher = Watcher(self.rows, self.columns, RATE)

    def see(self, image: Image, position: int) -> bool:
        sight = self._watcher.look(image, position)
        return sight is not None and self.watch(sight)


@pytest.fixture
def where(tmp_path: Path) -> Live:
    return Live(write_model(tmp_path / "hand.onnx"))


def room(seed: int = 0, height: int = 80, width: int = 160) -> NDArray[np.float64]:
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(height, width)), 1.5)
    return 125 + np.clip(noise / noise.std(), -2, 2) * 40


def image(*moved: tuple[float, float]) -> Image:
    """A room with a patch at each column (fraction of the width), lifted by some pixels."""
    grey = room()
    rows = np.arange(24.0)
    for number, (column, lift) in enumerate(moved):
        patch = room(number + 1)[:40, :16]
        left = round(column * 160) - 8
        lifted = [np.interp(rows + 8 + lift, np.arange(40), patch[:, k]) for k in range(16)]
        grey[30:54, left : left + 16] = np.stack(lifted, axis=1)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def spectrum(level: float = 1.0, band: int | None = None) -> NDArray[np.complex64]:
    bins = np.arange(257) * 31.25
    low, high = (EDGES_HZ[0], EDGES_HZ[-1]) if band is None else EDGES_HZ[band : band + 2]
    return (level * ((bins >= low) & (bins < high))).astype(np.complex64)


def play(
    where: Live,
    slots: range,
    lift: Callable[[int], float],
    *,
    column: float = 0.75,
    level: float = 1.0,
    images_per_s: int = 10,
) -> list[Map]:
    """Sound and images of some slots, in the order in which they come live; a new map each time there is one."""
    maps: list[Map] = []
    step = RATE // images_per_s
    for hop in range(slots.start * 10, slots.stop * 10):
        where.hear(hop * HOP, spectrum(level))
        if hop * HOP % step < HOP:
            position = hop * HOP // step * step
            if where.see(image((column, lift(position // SLOT))), position) and where.map is not None:
                maps.append(where.map)
    return maps


def wobble(slot: int) -> float:
    return float(np.random.default_rng(slot).uniform(-2, 2))


@pytest.mark.parametrize("images_per_s", [5, 10, 30])
def test_the_map_stands_where_it_moves_at_any_rate_of_images(where: Live, images_per_s: int) -> None:
    maps = play(where, range(40), wobble, images_per_s=images_per_s)
    assert len(maps) <= 40 - LEAST_SLOTS
    assert len(maps) > (10 if images_per_s < 10 else 20)
    newest = maps[-1]
    assert newest.places.shape == (BANDS, ROWS, COLUMNS)
    assert abs(newest.column() - 0.75) < 0.08
    assert abs(newest.column(2) - 0.75) < 0.08
    np.testing.assert_allclose(newest.places.sum((1, 2)) + newest.nowhere, 1, atol=1e-5)
    assert newest.shares.sum() == pytest.approx(1)
    assert newest.loudness > 0.9
    assert 37 * SLOT <= newest.position <= 40 * SLOT
    assert [found.position for found in maps] == sorted({found.position for found in maps})


def test_nothing_is_said_before_there_is_enough(where: Live) -> None:
    assert not play(where, range(LEAST_SLOTS), wobble)
    assert where.map is None
    assert play(where, range(LEAST_SLOTS, LEAST_SLOTS + 3), wobble)


def test_images_without_sound_and_sound_without_images_say_nothing(where: Live) -> None:
    for slot in range(30):
        assert not where.see(image((0.5, wobble(slot))), slot * SLOT)
    for hop in range(3000):
        where.hear(hop * HOP, spectrum())
    assert where.map is None


def test_a_pause_does_not_make_it_forget_but_another_player_does(where: Live) -> None:
    before = play(where, range(40), wobble)[-1]
    paused = play(where, range(40, 80), lambda _: 0.0, level=1e-6)[-1]
    assert paused.position > before.position
    # While the sound dies, within the slots after its end, something is still heard.
    assert np.abs(paused.places - before.places).max() < 0.15
    assert paused.column() == before.column()
    assert paused.loudness < 0.1
    after = play(where, range(80, 125), wobble, column=0.25)[-1]
    assert abs(after.column() - 0.25) < 0.08


def test_a_band_that_is_silent_keeps_its_place(where: Live) -> None:
    play(where, range(40), wobble)
    for hop in range(400, 900):
        where.hear(hop * HOP, spectrum(band=0))
        if hop % 10 == 0:
            where.see(image((0.25, wobble(hop))), hop * HOP)
    assert where.map is not None
    assert abs(where.map.column(0) - 0.25) < 0.08
    assert abs(where.map.column(3) - 0.75) < 0.08
    assert where.map.shares.argmax() == 0


def test_a_jump_in_time_starts_anew(where: Live) -> None:
    play(where, range(40), wobble)
    assert where.map is not None
    assert not play(where, range(200, 200 + LEAST_SLOTS - 3), wobble, column=0.25)
    assert where.map is None
    maps = play(where, range(200 + LEAST_SLOTS - 3, 200 + LEAST_SLOTS + 20), wobble, column=0.25)
    assert maps
    assert maps[0].position > (200 + LEAST_SLOTS - 2) * SLOT
    assert abs(maps[-1].column() - 0.25) < 0.08


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="of kind 'window'"):
        Where(write_model(tmp_path / "kind.onnx", kind="window"), RATE)
    with pytest.raises(ModelError, match="other sound features"):
        Where(write_model(tmp_path / "bands.onnx", mask={"bands_hz": [60, 8000], "slots": 20, "features": 19}), RATE)


@pytest.mark.parametrize("side", [0.2, 0.8])
def test_the_shipped_network_finds_who_moves_in_time(side: float) -> None:
    """Two patches move alike and as much; the sound is loud when one of them moves."""
    rng = np.random.default_rng(3)
    strength = np.repeat((rng.random((2, 40)) < 0.4), 2, axis=1)
    lifts = np.cumsum(strength * np.where(np.arange(80) % 2, 1.5, -1.5), axis=1)
    where = Live(shipped_model("where.onnx"))
    for slot in range(80):
        for hop in range(10):
            level = 10.0 if strength[0, slot] else 0.05
            where.hear(slot * SLOT + hop * HOP, spectrum(level * rng.uniform(0.7, 1.3)))
        where.see(image((side, lifts[0, slot]), (1 - side, lifts[1, slot])), slot * SLOT)
    assert where.map is not None
    assert abs(where.map.column() - side) < 0.1
