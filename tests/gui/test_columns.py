"""The spectrogram shows what was heard, by position and not by when it was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from gui.columns import BALANCE, BALANCE_NEUTRAL, Columns
from tests.gui.fake_host import sound_at

IDENTITY = np.tile(np.arange(256, dtype=np.uint32), (4, 1))
RATES = (8_000, 16_000, 44_100, 48_000, 96_000)


def tone(sample_rate: int, hz: float, samples: int, gains: tuple[float, float, float]) -> np.ndarray:
    wave = np.sin(2 * np.pi * hz / sample_rate * np.arange(samples))
    return (np.array(gains)[:, None] * wave).astype(np.float32)


def newest(columns: Columns) -> np.ndarray:
    """(4, rows) of the last column, the lowest frequency first."""
    return columns.ring[:, ::-1, (columns.next - 1) % columns.capacity]


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("hz", [500.0, 1_000.0, 3_100.0])
def test_a_tone_is_at_its_row(sample_rate, hz):
    columns = Columns(sample_rate, IDENTITY)
    columns.push(sample_rate, tone(sample_rate, hz, sample_rate, (0.1, 0.1, 0.1)))
    rows = newest(columns)[:3].argmax(axis=1)
    # The nearest row is at most half a row away.
    np.testing.assert_allclose(rows * columns.row_hz, hz, atol=columns.row_hz / 2 + 1e-6)


def test_levels_are_in_db():
    columns = Columns(48_000, IDENTITY)
    gains = (10 ** (-10 / 20), 10 ** (-55 / 20), 10 ** (-100 / 20))
    columns.push(48_000, tone(48_000, 64 * columns.row_hz, 48_000, gains))
    # -10 dB is the top, -100 dB the bottom, -55 dB half way; one step is 0.35 dB.
    np.testing.assert_allclose(newest(columns)[:3, 64].astype(int), (255, 127, 0), atol=1)


def test_balance_tells_left_from_right_and_is_dark_in_silence():
    columns = Columns(48_000, IDENTITY)
    for gains, expected in (((0.1, 0.2, 0.0), 255), ((0.1, 0.0, 0.2), 1), ((0.1, 0.1, 0.1), BALANCE_NEUTRAL)):
        columns.clear()
        columns.push(48_000, tone(48_000, 64 * columns.row_hz, 48_000, gains))
        assert newest(columns)[BALANCE, 64] == expected
    columns.clear()
    columns.push(48_000, np.zeros((3, 48_000), np.float32))
    assert (columns.ring[BALANCE] == BALANCE_NEUTRAL).all()


@pytest.mark.parametrize("step", [1, 64, 65, 479, 480, 481, 8193, 20_000])
def test_the_picture_does_not_depend_on_the_polls(step):
    rate, total = 48_000, 30_000
    sound = sound_at(np.arange(total), rate)
    whole, pieces = Columns(rate, IDENTITY), Columns(rate, IDENTITY)
    whole.push(total, sound)
    ends = [*range(step * (4_000 // step + 1), total, step if step > 60 else 480 + step), total]
    for end in ends:
        pieces.push(end, sound[:, :end])
    assert pieces.next == whole.next
    shown = slice(whole.n_fft // whole.hop, whole.next)
    # The same numbers through another FFT batch: at most one level of rounding apart.
    difference = pieces.ring[:, :, shown].astype(int) - whole.ring[:, :, shown].astype(int)
    assert abs(difference).max() <= 1


def test_polls_that_were_left_out_lose_nothing():
    rate = 48_000
    sound = sound_at(np.arange(5 * rate), rate)
    often, seldom = Columns(rate, IDENTITY), Columns(rate, IDENTITY)
    for end in range(4_800, 5 * rate + 1, 1_600):
        often.push(end, sound[:, max(0, end - 4_800) : end])
    for end in (4_800, 40_000, 5 * rate):
        seldom.push(end, sound[:, :end])
    np.testing.assert_allclose(often.ring.astype(int), seldom.ring.astype(int), atol=1)


def test_both_halves_of_the_ring_agree_after_it_went_round():
    columns = Columns(16_000, IDENTITY, seconds=1.0)
    sound = sound_at(np.arange(50_000), 16_000)
    for end in range(1_000, 50_001, 1_000):
        columns.push(end, sound[:, max(0, end - 4_000) : end])
    assert columns.next > 3 * columns.capacity
    np.testing.assert_array_equal(columns.ring[..., : columns.capacity], columns.ring[..., columns.capacity :])


def test_what_was_never_handed_over_is_silent():
    columns = Columns(16_000, IDENTITY, seconds=2.0)
    loud = tone(16_000, 1_000, 8_000, (0.3, 0.3, 0.3))
    columns.push(8_000, loud)
    columns.push(24_000, loud[:, :2_000])
    assert columns.next == 150
    missing = columns.ring[0, :, 60:130]
    assert not missing.any()
    assert columns.ring[0, :, 149].max() > 200


def test_a_position_that_goes_back_begins_anew():
    columns = Columns(16_000, IDENTITY)
    columns.push(64_000, tone(16_000, 1_000, 64_000, (0.3, 0.3, 0.3)))
    columns.push(1_600, np.zeros((3, 1_600), np.float32))
    assert columns.next == 10
    assert not columns.ring[:3].any()


def test_nan_and_infinity_do_not_break_it():
    columns = Columns(48_000, IDENTITY)
    sound = tone(48_000, 1_000, 9_600, (0.1, 0.1, 0.1))
    sound[:, 5_000] = np.nan
    sound[1, 6_000] = np.inf
    columns.push(9_600, sound)
    columns.push(48_000, tone(48_000, 1_000, 30_000, (0.1, 0.1, 0.1)))
    assert newest(columns)[0].max() > 200


def test_more_than_is_kept_is_refused():
    columns = Columns(48_000, IDENTITY, seconds=1.0)
    with pytest.raises(ValueError, match="100 are kept"):
        columns.first(200, 100)
