"""The equaliser has the cookbook's responses, and none of its parameters is heard to move."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.contract import SAMPLE_RATE, check_plugin, noise, prepared, run
from realtime.effects.equaliser import Equaliser
from realtime.plugin import Format
from tests.realtime.effects.levels import BLOCK, swing
from tests.realtime.effects.sounds import largest_step, sine

FREQUENCIES = np.geomspace(20.0, 23_000.0, 300)


def equaliser(**values: float) -> Equaliser:
    made = Equaliser()
    for name, value in values.items():
        made.set(name, value)
    prepared(lambda: made, BLOCK)
    return made


def cookbook(kind: str, frequency: float, q: float, gain_db: float = 0.0) -> NDArray[np.complex128]:
    """Response at FREQUENCIES of the Audio EQ Cookbook's biquad."""
    a, w = 10 ** (gain_db / 40), 2 * math.pi * frequency / SAMPLE_RATE
    c, alpha = math.cos(w), math.sin(w) / (2 * q)
    root = 2 * math.sqrt(a) * alpha
    numerator, denominator = {
        "low_pass": (((1 - c) / 2, 1 - c, (1 - c) / 2), (1 + alpha, -2 * c, 1 - alpha)),
        "high_pass": (((1 + c) / 2, -(1 + c), (1 + c) / 2), (1 + alpha, -2 * c, 1 - alpha)),
        "peak": ((1 + alpha * a, -2 * c, 1 - alpha * a), (1 + alpha / a, -2 * c, 1 - alpha / a)),
        "low_shelf": (
            (a * (a + 1 - (a - 1) * c + root), 2 * a * (a - 1 - (a + 1) * c), a * (a + 1 - (a - 1) * c - root)),
            (a + 1 + (a - 1) * c + root, -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - root),
        ),
        "high_shelf": (
            (a * (a + 1 + (a - 1) * c + root), -2 * a * (a - 1 + (a + 1) * c), a * (a + 1 + (a - 1) * c - root)),
            (a + 1 - (a - 1) * c + root, 2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - root),
        ),
    }[kind]
    delay = np.exp(-2j * np.pi * FREQUENCIES / SAMPLE_RATE)
    powers = np.stack([delay**0, delay, delay**2])
    return np.asarray(np.array(numerator) @ powers / (np.array(denominator) @ powers), np.complex128)


def response_db(plugin: Equaliser) -> NDArray[np.float64]:
    """Measured with an impulse long enough to ring out."""
    sound = np.zeros((2, 1 << 16), np.float32)
    sound[:, 0] = 1.0
    left, right = run(plugin, sound, 8192)
    np.testing.assert_array_equal(left, right)
    times = np.arange(len(left)) / SAMPLE_RATE
    heard = np.flatnonzero(np.abs(left) > 1e-9)[-1] + 1
    return 20 * np.log10(np.abs(np.exp(-2j * np.pi * np.outer(FREQUENCIES, times[:heard])) @ left[:heard]))


def test_it_keeps_the_contract() -> None:
    check_plugin(Equaliser)


def test_flat_is_bit_for_bit() -> None:
    np.testing.assert_array_equal(run(equaliser(), noise(4800), BLOCK), noise(4800))


@pytest.mark.parametrize("frequency, q, gain_db", [(1000.0, 0.7071, 12.0), (150.0, 2.0, -24.0), (15_000.0, 0.3, 6.0)])
@pytest.mark.parametrize("name", ["low_shelf", "peak_1", "peak_4", "high_shelf"])
def test_bands_are_the_cookbooks(name: str, frequency: float, q: float, gain_db: float) -> None:
    plugin = equaliser(**{f"{name}_hz": frequency, f"{name}_db": gain_db, f"{name}_q": q})
    wanted = 20 * np.log10(np.abs(cookbook(name.split("_")[0] if "peak" in name else name, frequency, q, gain_db)))
    np.testing.assert_allclose(response_db(plugin), wanted, atol=0.01)


@pytest.mark.parametrize("frequency, q", [(1000.0, 0.7071), (200.0, 4.0), (16_000.0, 0.5)])
@pytest.mark.parametrize("name", ["high_pass", "low_pass"])
def test_passes_are_the_cookbooks(name: str, frequency: float, q: float) -> None:
    plugin = equaliser(**{name: 1.0, f"{name}_hz": frequency, f"{name}_q": q})
    wanted = 20 * np.log10(np.abs(cookbook(name, frequency, q)))
    there = wanted > -80.0  # float32 leaves no more of an impulse
    np.testing.assert_allclose(response_db(plugin)[there], wanted[there], atol=0.01)


def test_bands_add_up() -> None:
    plugin = equaliser(high_pass=1.0, low_shelf_db=6.0, peak_2_db=-9.0, high_shelf_db=-4.0)
    parts = (
        cookbook("high_pass", 80.0, math.sqrt(0.5)),
        cookbook("low_shelf", 120.0, math.sqrt(0.5), 6.0),
        cookbook("peak", 800.0, 1.0, -9.0),
        cookbook("high_shelf", 8000.0, math.sqrt(0.5), -4.0),
    )
    np.testing.assert_allclose(response_db(plugin), 20 * np.log10(np.abs(np.prod(parts, axis=0))), atol=0.02)


def test_a_band_above_half_the_rate_stays_below_it() -> None:
    plugin = Equaliser()
    for name in ("peak_1", "high_shelf", "low_pass"):
        plugin.set(f"{name}_hz", 20_000.0)
    plugin.set("peak_1_db", 24.0)
    plugin.set("low_pass", 1.0)
    plugin.prepare(Format(16_000, BLOCK))
    assert np.abs(run(plugin, noise(16_000), BLOCK)).max() < 20.0


def off_the_sine_db(plugin: Equaliser, name: str, targets: NDArray[np.float64]) -> float:
    """Send a sine of 1 kHz in as many blocks as targets; the largest line 2 kHz or more from it, re the sine's."""
    sound = sine(1000.0, BLOCK * len(targets) / SAMPLE_RATE, 0.1)
    out = np.empty_like(sound)
    for number, target in enumerate(targets):
        plugin.set(name, float(target))
        block = slice(BLOCK * number, BLOCK * (number + 1))
        out[:, block] = run(plugin, sound[:, block], BLOCK)
    spectrum = np.abs(np.fft.rfft(out[0] * np.kaiser(out.shape[1], 20.0)))
    far = np.fft.rfftfreq(out.shape[1], 1 / SAMPLE_RATE) > 3000.0
    return 20 * math.log10(spectrum[far].max() / spectrum.max())


@pytest.mark.parametrize(
    "name, start, end",
    [("peak_2_db", -18.0, 18.0), ("peak_2_db", 18.0, -18.0), ("peak_2_hz", 200.0, 8000.0), ("peak_2_q", 0.1, 10.0)],
)
def test_there_is_no_zipper_noise(name: str, start: float, end: float) -> None:
    """Lines at multiples of the rate of the steps (3 kHz) around the sine are where steps would be heard."""
    values = {"peak_2_hz": 1000.0, "peak_2_db": 18.0} | {name: start}
    slow = np.geomspace(start, end, 375) if start * end > 0 else np.linspace(start, end, 375)
    assert off_the_sine_db(equaliser(**values), name, np.full(375, start)) < -130.0
    assert off_the_sine_db(equaliser(**values), name, slow) < -110.0
    # The whole way at once, within 20 ms or so; coefficients that step would leave -60 dB.
    assert off_the_sine_db(equaliser(**values), name, np.repeat([start, end], 188)) < -95.0


@pytest.mark.parametrize("parameter", Equaliser.parameters, ids=lambda parameter: parameter.name)
def test_every_parameter_moves_without_a_click(parameter) -> None:
    """A band that can be heard, at the sine's own frequency unless that is what moves.

    2 % more than the sine's own at its largest: a band that goes from 20 Hz to 20 kHz in 20 ms turns the sine's phase
    on its way past, that is, raises its pitch for a moment.
    """
    band = parameter.name.removesuffix("_hz").removesuffix("_db").removesuffix("_q")
    values = {f"{band}_hz": 1000.0, band if "pass" in band else f"{band}_db": 1.0 if "pass" in band else 12.0}
    sound = sine(1000.0, 0.8, 0.1) * np.minimum(1.0, np.arange(38_400) / 2000).astype(np.float32)
    out = swing(equaliser(**values), parameter.name, sound)
    assert not np.allclose(out[:, 4800:9600], out[:, 9600:14_400], atol=1e-3)
    assert largest_step(out) <= 1.02 * max(np.abs(out).max() / 0.1, 1.0) * largest_step(sound)
