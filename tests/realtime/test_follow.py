"""The tracker in the pipeline: sound goes to where something moves with it, and stays whole in the middle otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from realtime.errors import ProviderError
from realtime.follow import Follow, FollowMasks
from realtime.networks import at_work, open_network
from realtime.pictures import Image
from realtime.pipeline import Pipeline
from realtime.sessions import Network
from realtime.settings import FOLLOW

RATE = 16_000
HOP = RATE // 100
SECONDS = 7
STRENGTH = np.repeat(np.random.default_rng(3).random((2, 5 * SECONDS)) < 0.4, 2, axis=1)
"""Of two things, whether each moves in a tenth of a second; only the first is heard."""


def texture(seed: int, height: int, width: int) -> NDArray[np.float64]:
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(height, width)), 1.5)
    return 125 + np.clip(noise / noise.std(), -2, 2) * 40


ROOM, THINGS = texture(0, 80, 160), [texture(seed, 40, 16) for seed in (1, 2)]


def picture(slot: int, side: float) -> Image:
    """A room; at `side` (fraction of the width) the thing that is heard, and the other opposite."""
    grey = ROOM.copy()
    lifts = np.cumsum(STRENGTH * np.where(np.arange(STRENGTH.shape[1]) % 2, 1.5, -1.5), axis=1)
    for number, column in enumerate((side, 1 - side)):
        rows = np.arange(24.0) + 8 + lifts[number, slot]
        left = round(column * 160) - 8
        grey[30:54, left : left + 16] = np.stack(
            [np.interp(rows, np.arange(40), THINGS[number][:, k]) for k in range(16)], axis=1
        )
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def sound() -> NDArray[np.float32]:
    noise = np.random.default_rng(5).standard_normal(SECONDS * RATE).astype(np.float32)
    loud = np.where(STRENGTH[0], 1.0, 0.005).repeat(RATE // 10)
    return (0.1 * loud * noise).astype(np.float32)


def ears_of(mono: NDArray[np.float32], side: float | None) -> tuple[NDArray[np.float32], Pipeline]:
    """Left and right, without the pipeline's delay, and the pipeline as it ended."""
    pipeline = Pipeline(open_network(FOLLOW), RATE, HOP, "filter", live=False)
    blocks: list[NDArray[np.float32]] = []
    for start in range(0, len(mono), HOP):
        if side is not None and start % (RATE // 10) == 0:
            pipeline.vision.look(picture(start * 10 // RATE, side), start)
        out = np.empty((HOP, 2), np.float32)
        pipeline.engine.process(mono[start : start + HOP, None], out)
        pipeline.advance()
        blocks.append(out.T)
    return np.concatenate(blocks, axis=1)[:, pipeline.latency :], pipeline


@pytest.mark.parametrize("side", [0.2, 0.8])
def test_the_sound_goes_to_what_moves_with_it(side: float) -> None:
    ears, pipeline = ears_of(sound(), side)
    late = ears[:, 5 * RATE :].astype(np.float64)
    level_db = 10 * np.log10((late[0] ** 2).mean() / (late[1] ** 2).mean())
    assert level_db * (0.5 - side) > 0
    assert abs(level_db) > 3
    stream = pipeline.stream
    assert isinstance(stream, FollowMasks)
    # A lens of 90 degrees: the thing stands at 31.
    assert stream.azimuth_deg == pytest.approx(np.sign(0.5 - side) * 31, abs=8)
    assert stream.attention is not None
    assert abs((stream.attention.sum(0).argmax() + 0.5) / stream.attention.shape[1] - side) < 0.1


def test_no_click_where_it_turns() -> None:
    """The largest step of a low sine stays that of the sine, but for what a change of level in 100 ms adds."""
    sine = (0.2 * np.sin(2 * np.pi * 200 * np.arange(SECONDS * RATE) / RATE)).astype(np.float32)
    loud = np.where(STRENGTH[0], 1.0, 0.3).repeat(RATE // 10)
    smooth = np.convolve(loud, np.hanning(800) / np.hanning(800).sum(), "same")
    ears, pipeline = ears_of((sine * smooth).astype(np.float32), 0.2)
    assert isinstance(pipeline.stream, FollowMasks)
    own = np.abs(np.diff(sine)).max()
    peak = np.abs(ears).max() / np.abs(sine).max()
    assert np.abs(np.diff(ears)).max() < 1.05 * own * max(peak, 1.0)


def test_without_a_picture_the_sound_stays_as_it_is() -> None:
    mono = sound()[: 2 * RATE]
    ears, _ = ears_of(mono, None)
    np.testing.assert_array_equal(ears[0], ears[1])
    np.testing.assert_array_equal(ears[0], mono[: ears.shape[1]])


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_picture_in_which_nothing_moves_leaves_the_sound_in_the_middle(noise: float) -> None:
    mono = sound()
    pipeline = Pipeline(open_network(FOLLOW), RATE, HOP, "filter", live=False)
    rng = np.random.default_rng(8)
    for start in range(0, len(mono), HOP):
        if start % (RATE // 10) == 0:
            still = np.clip(ROOM + noise * rng.standard_normal(ROOM.shape), 0, 255).astype(np.uint8)
            pipeline.vision.look(np.repeat(still[:, :, None], 3, axis=2), start)
        pipeline.engine.process(mono[start : start + HOP, None], np.empty((HOP, 2), np.float32))
        pipeline.advance()
    assert isinstance(pipeline.stream, FollowMasks)
    assert abs(pipeline.stream.azimuth_deg) < 4


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(ProviderError, match="leave it out"):
        open_network(FOLLOW, "tensorrt")


def test_the_word_follow_opens_the_tracker_and_nothing_the_network_that_ships() -> None:
    assert isinstance(open_network(FOLLOW), Follow)
    shipped = open_network(None, "cpu")
    assert isinstance(shipped, Network)
    vision, stream = at_work(Follow(), 48_000)
    assert stream.vision is vision
    assert "follows" in stream.pace
