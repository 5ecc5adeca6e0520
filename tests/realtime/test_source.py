"""A source is held, goes on and jumps without a click, to the sample, and says what of it was played when."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.engine import Engine
from realtime.source import Source

RATE = 48_000
FADE = 480
TONE_HZ = 500.0
CAPACITY = 96_000


def tone(positions: NDArray[np.int64] | int, frequency_hz: float = TONE_HZ) -> NDArray[np.float32]:
    at = np.arange(positions) if isinstance(positions, int) else positions
    return (0.5 * np.sin(2 * np.pi * frequency_hz * at / RATE)).astype(np.float32)


def playing(sound: NDArray[np.float32]) -> tuple[Engine, Source]:
    source = Source(1, CAPACITY, FADE)
    source.ring.write(sound[None])
    return Engine(RATE, 128, source=source), source


def heard(engine: Engine, samples: int, block_size: int = 128) -> NDArray[np.float32]:
    """What comes on the left."""
    out = np.empty((samples, 2), np.float32)
    for start in range(0, samples, block_size):
        engine.process(None, out[start : start + block_size])
    return out[:, 0].copy()


STEEPEST = float(np.abs(np.diff(tone(2000))).max())
# A fade moves by at most 1.5 / FADE a sample, between -0.5 and 0.5.
FADED = STEEPEST + 1.5 / FADE


def test_what_is_played_without_a_command_is_the_sound_itself() -> None:
    engine, source = playing(tone(10_000))
    assert np.array_equal(heard(engine, 9_984), tone(9_984))
    assert [source.at(position) for position in (0, 1, 9_000)] == [0, 1, 9_000]


def test_a_pause_fades_out_holds_the_place_and_fades_in() -> None:
    engine, source = playing(tone(20_000))
    before = heard(engine, 1280)
    source.pause()
    paused = heard(engine, 2560)
    source.play()
    after = heard(engine, 2560)
    assert np.abs(np.diff(np.concatenate((before, paused, after)))).max() < FADED
    assert not paused[FADE:].any()
    # Nothing is left out: what fades in comes after what has faded out.
    assert np.array_equal(after[FADE:], tone(20_000)[1280 + 2 * FADE : 1280 + FADE + 2560])
    assert engine.starved_blocks == engine.xruns == 0
    assert source.at(1280 + FADE + 900) == source.at(1280 + FADE + 100) == 1280 + FADE
    assert source.at(1280 + 2560 + 5) == 1280 + FADE + 5


def test_a_jump_fades_from_one_place_to_the_other() -> None:
    sound = np.concatenate((tone(20_000), tone(20_000) * np.float32(-0.8)))
    engine, source = playing(sound)
    before = heard(engine, 1280)
    assert not source.jumping
    source.jump(20_000)
    assert source.jumping
    after = heard(engine, 1280)
    assert not source.jumping
    assert np.abs(np.diff(np.concatenate((before, after)))).max() < FADED
    assert np.array_equal(after[FADE:], sound[20_000 + FADE : 21_280])
    assert source.at(1279) == 1279
    assert source.at(1280) == 20_000


def test_a_jump_to_the_same_sound_is_not_heard() -> None:
    """Written again from position 2000 on at 20000, while it plays on."""
    sound = np.concatenate((tone(np.arange(20_000)), tone(np.arange(2_000, 22_000))))
    engine, source = playing(sound)
    before = heard(engine, 2_560)
    source.jump(20_000, since=2_000)
    after = heard(engine, 5_120)
    assert np.array_equal(np.concatenate((before, after)), tone(7_680))
    assert source.at(2_560) == 20_560


def test_a_jump_while_held_is_taken_at_once() -> None:
    engine, source = playing(np.concatenate((tone(9_600), np.full(9_600, 0.25, np.float32))))
    source.pause()
    heard(engine, 1280)
    source.jump(9_600)
    assert not heard(engine, 128).any()
    assert source.ring.released == 9_600
    source.play()
    after = heard(engine, 1280)
    assert np.all(np.diff(after[:FADE]) > 0)
    assert np.array_equal(after[FADE:], np.full(1280 - FADE, 0.25, np.float32))


def test_jumps_that_follow_closely_do_not_click() -> None:
    sound = np.concatenate([tone(9_600) * np.float32(sign) for sign in (1, -1, 1, -1)])
    engine, source = playing(sound)
    parts = [heard(engine, 256)]
    for number in (1, 2, 3):
        source.jump(9_600 * number)
        parts.append(heard(engine, 256))
        source.pause() if number % 2 else source.play()
    source.play()
    parts.append(heard(engine, 2560))
    # A jump within a fade multiplies the two.
    assert np.abs(np.diff(np.concatenate(parts))).max() < FADED + 1.5 / FADE
    assert source.ring.released > 3 * 9_600


def test_a_jump_after_a_fade_that_a_pause_cut_short_is_taken() -> None:
    engine, source = playing(tone(40_000))
    heard(engine, 256)
    source.jump(10_000)
    heard(engine, 128)
    source.pause()
    heard(engine, 1280)
    source.jump(20_000)
    heard(engine, 128)
    assert source.ring.released == 20_000


@pytest.mark.parametrize("block_size", [1, 64, 65, 480, 512, 2560])
def test_results_do_not_depend_on_the_block_size(block_size: int) -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, 60_000).astype(np.float32)
    parts: list[list[NDArray[np.float32]]] = []
    for size in (128, block_size):
        engine, source = playing(sound)
        got = [heard(engine, 2560, size)]
        source.jump(30_000)
        got.append(heard(engine, 2560, size))
        source.pause()
        got.append(heard(engine, 2560, size))
        source.play()
        got.append(heard(engine, 2560, size))
        parts.append(got)
    assert np.array_equal(np.concatenate(parts[0]), np.concatenate(parts[1]))


def test_at_the_end_there_is_silence_and_after_it_a_new_beginning() -> None:
    engine, source = playing(np.full(1_000, 0.25, np.float32))
    source.end()
    out = heard(engine, 2_560)
    assert np.all(out[:1_000] == 0.25)
    assert not out[1_000:].any()
    assert source.ended(source.ring.released)
    assert source.at(2_000) == 1_000
    source.ring.write(np.full((1, 4_000), 0.5, np.float32))
    source.go_on()
    source.jump(1_000)
    again = heard(engine, 1_280)
    assert np.abs(np.diff(np.append(0.0, again))).max() < 1.5 / FADE
    assert np.all(again[FADE:] == 0.5)
    assert not source.ended(source.ring.released)
    assert engine.starved_blocks == 0


def test_running_dry_is_counted_and_fades_in_again() -> None:
    engine, source = playing(np.full(64, 0.25, np.float32))
    heard(engine, 256)
    assert engine.starved_blocks == 2
    source.ring.write(np.full((1, 2_000), 0.25, np.float32))
    assert np.abs(np.diff(np.append(0.0, heard(engine, 1280)))).max() < 1.5 / FADE
    assert engine.starved_blocks == 2


def test_long_ago_is_still_known() -> None:
    engine, source = playing(tone(90_000))
    for _ in range(40):
        source.pause()
        heard(engine, 640)
        source.play()
        heard(engine, 640)
    places = [source.at(position) for position in range(0, engine.position, 3)]
    assert set(np.diff(places)) <= {0, 1, 2, 3}
    assert source.at(639) == FADE


@pytest.mark.parametrize("block_size", [64, 128, 960])
def test_a_jump_to_the_end_fades_out(block_size: int) -> None:
    engine, source = playing(tone(20_000))
    before = heard(engine, 1280 + 31)
    source.end()
    source.jump(source.ring.written)
    after = heard(engine, 1920, block_size)
    assert np.abs(np.diff(np.concatenate((before, after)))).max() < FADED
    assert not after[FADE:].any()
    assert engine.starved_blocks == 0
    source.ring.write(tone(5_000)[None])
    source.go_on()
    assert np.array_equal(heard(engine, 1920, block_size)[FADE:], tone(5_000)[FADE:1920])


def test_a_pause_while_a_jump_to_the_end_fades_out_does_not_click() -> None:
    engine, source = playing(tone(20_000))
    before = heard(engine, 1280 + 31)
    source.end()
    source.jump(source.ring.written)
    during = heard(engine, 128)
    source.pause()
    after = heard(engine, 1920)
    assert np.abs(np.diff(np.concatenate((before, during, after)))).max() < 2 * FADED
    assert not after[FADE:].any()
