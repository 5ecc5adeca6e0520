"""Two devices on two clocks: the sound between them neither runs dry nor piles up, and stays what it was."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from realtime.clock_bridge import ClockBridge, sinc_table
from realtime.clock_bridge_kernel import hand_out, take_in

RATE = 48_000


@njit(nogil=True)
def simulate(header, data, writer, record, given, taken, ppm, late_s, rng, tone_hz, seconds, delays, heard):
    """Two devices by their own clocks, each call late by up to `late_s`; the delay of each call, and the last sound."""
    rate_in = 48_000.0 * (1.0 + ppm * 1e-6)
    block = np.zeros((1, given), np.float32)
    out = np.zeros((1, taken), np.float32)
    written, calls = 0, 0
    next_in, next_out = given / rate_in, 0.0123
    while next_out < seconds:
        if next_in <= next_out:
            for i in range(given):
                block[:, i] = 0.5 * np.sin(2.0 * np.pi * tone_hz * (written + i) / 48_000.0)
            take_in(header, data, writer, block, given, int(1e9 * (next_in + late_s * rng.random())))
            written += given
            next_in = (written + given) / rate_in
        else:
            hand_out(record, out, taken, int(1e9 * (next_out + late_s * rng.random())))
            delays[calls % len(delays)] = record.delay
            at = (calls * taken) % heard.shape[1]
            heard[:, at : at + taken] = out
            calls += 1
            next_out = 0.0123 + calls * taken / 48_000.0
    return calls


def run(
    ppm: float, seconds: float, *, given: int = 128, taken: int = 128, late_s: float = 2e-4, tone_hz: float = 997.0
):
    bridge = ClockBridge(1, RATE, given, taken)
    delays = np.zeros(int(5 * RATE / taken))
    heard: NDArray[np.float32] = np.zeros((1, 1024 * taken), np.float32)
    calls = simulate(
        bridge.ring.header, bridge.ring.data, bridge.writer, bridge.record[0],
        given, taken, ppm, late_s, np.random.default_rng(1), tone_hz, seconds, delays, heard,
    )  # fmt: skip
    at = calls * taken % heard.shape[1]
    return bridge, delays, np.concatenate((heard[:, at:], heard[:, :at]), axis=1)


def residue_db(sound: NDArray[np.float32], tone_hz: float) -> float:
    """What is not the tone, against the tone: its frequency is fitted, for a resampler of the right speed moves it."""
    time = np.arange(len(sound)) / RATE

    def residue(shift: float) -> float:
        angle = 2 * np.pi * tone_hz * (1 + shift) * time
        basis = np.stack((np.cos(angle), np.sin(angle)), axis=1)
        fitted, *_ = np.linalg.lstsq(basis, sound, rcond=None)
        return float(np.square(sound - basis @ fitted).mean() / np.square(sound).mean())

    best = min(np.linspace(-400e-6, 400e-6, 161), key=residue)
    for width in (1e-5, 1e-6, 1e-7):
        best = min(best + np.linspace(-width, width, 41), key=residue)
    return 10 * np.log10(residue(best))


@pytest.mark.parametrize(("ppm", "seconds"), [(200.0, 1200.0), (-200.0, 120.0)])
def test_two_hundred_millionths_for_twenty_minutes(ppm: float, seconds: float) -> None:
    bridge, delays, _ = run(ppm, seconds)
    assert bridge.underruns == 0
    assert bridge.drift == pytest.approx(ppm * 1e-6, abs=5e-6)
    assert np.abs(delays - bridge.latency).max() < 10  # samples, 0.2 ms, of which the threads' lateness is most


@pytest.mark.parametrize(("given", "taken"), [(64, 1024), (1024, 64), (441, 128)])
def test_blocks_of_different_lengths(given: int, taken: int) -> None:
    bridge, _, _ = run(150.0, 60.0, given=given, taken=taken)
    assert bridge.underruns == 0
    assert bridge.drift == pytest.approx(150e-6, abs=3e-5)


@pytest.mark.parametrize(("tone_hz", "most_db"), [(997.0, -90.0), (10_007.0, -80.0)])
def test_a_tone_stays_a_tone(tone_hz: float, most_db: float) -> None:
    _, _, heard = run(200.0, 120.0, late_s=0.0, tone_hz=tone_hz)
    assert np.abs(heard).max() == pytest.approx(0.5, rel=1e-3)
    assert residue_db(heard[0, :16_384], tone_hz) < most_db


def test_late_threads_do_not_make_the_tone_waver() -> None:
    _, _, heard = run(200.0, 120.0, late_s=1e-3)
    assert residue_db(heard[0, :16_384], 997.0) < -50.0


def test_nothing_is_heard_before_there_is_enough_and_a_gap_is_counted_once() -> None:
    bridge = ClockBridge(2, RATE, 128, 128)
    assert not bridge.read(128, 0).any()
    ones, time_ns = np.ones((2, 128), np.float32), 0
    heard: list[NDArray[np.float32]] = []
    for number in range(400):
        time_ns += round(1e9 * 128 / RATE)
        if not 200 <= number < 220:  # the writing device pauses
            bridge.write(ones, time_ns)
        heard.append(bridge.read(128, time_ns))
    sound = np.concatenate(heard, axis=1)
    assert bridge.underruns == 1
    np.testing.assert_allclose(sound[:, -128 * 100 :], 1.0, atol=1e-5)
    assert (sound == 0.0).mean() < 0.1


def test_the_table_passes_what_is_heard_and_stops_what_would_fold() -> None:
    table = sinc_table()
    np.testing.assert_allclose(table.sum(axis=1), 1.0, atol=1e-6)
    interleaved = table[:-1, ::-1].T.ravel()  # the filter at PHASES times the rate
    response = np.abs(np.fft.rfft(interleaved, 1 << 18)) / len(table[:-1])
    hz = np.arange(len(response)) / (1 << 18) * RATE * (len(table) - 1)
    np.testing.assert_allclose(response[hz < 0.83 * RATE / 2], 1.0, atol=2e-3)
    assert response[(hz > 1.12 * RATE / 2)].max() < 1e-4
