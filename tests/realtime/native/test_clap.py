"""CLAP plugins do inside the callback what their authors say, by numbers, with parameters that travel as events."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from realtime import contract
from realtime.contract import check_plugin, noise, prepared, run
from realtime.native.clap import ClapPlugin
from realtime.plugin import Format

Zam = Callable[[str], Callable[[], ClapPlugin]]
RATE = 48_000


@pytest.mark.parametrize("name", ["ZamComp", "ZamCompX2", "ZamEQ2", "ZaMaximX2"])
def test_they_keep_the_contract(zam: Zam, name: str) -> None:
    check_plugin(zam(name))


def test_they_keep_what_they_can_of_the_contract(zam: Zam) -> None:
    """The delay smooths its time once per block, so that a block's size is heard."""
    make = zam("ZamDelay")
    contract.check_parameters(make)
    contract.check_reset(make)
    contract.check_channels(make)
    contract.check_allocation(make)


def response(plugin: ClapPlugin) -> np.ndarray:
    """Magnitude at 0, 1, 2, ... Hz, of the left channel."""
    impulse = np.zeros((2, RATE), np.float32)
    impulse[:, 0] = 0.5
    return 2 * np.abs(np.fft.rfft(run(plugin, impulse, 512)[0].astype(float)))


def test_an_equaliser_equalises(zam: Zam) -> None:
    """A peak of 12 dB at 1 kHz and a gain of 3 dB: 15 dB there, 3 dB far below it."""
    plugin = zam("ZamEQ2")()
    for name, value in (("boost_cut_1", 12.0), ("bandwidth_1", 1.0), ("frequency_1", 1000.0), ("master_gain", 3.0)):
        plugin.set(name, value)
    plugin.prepare(Format(RATE, 512))
    level_db = 20 * np.log10(response(plugin)[[50, 1000]])
    np.testing.assert_allclose(level_db, [3.0, 15.0], atol=0.1)


def test_a_compressor_compresses(zam: Zam) -> None:
    """Above -20 dB, 4 dB more in are 1 dB more out: from -8 dB that is -17 dB."""
    plugin = zam("ZamComp")()
    for name, value in (("threshold", -20.0), ("ratio", 4.0), ("attack", 1.0), ("release", 500.0)):
        plugin.set(name, value)
    plugin.prepare(Format(RATE, 64))
    sine = 10 ** (-8 / 20) * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    out = run(plugin, np.stack([sine, 0.01 * sine]).astype(np.float32), 64)[:, RATE // 2 :]
    level_db = 20 * np.log10(np.abs(out).max(1))
    # It hears the ripple of the sine's square a little below its peak.
    np.testing.assert_allclose(level_db, [-17.0, -48.0], atol=0.3)
    assert plugin.readings["Gain Reduction"] == pytest.approx(9.0, abs=0.3)


def test_a_mono_plugin_keeps_the_channels_apart(zam: Zam) -> None:
    sound = noise(6000)
    sound[1] *= 0.1

    def outcome(left: int, right: int) -> np.ndarray:
        plugin = zam("ZamComp")()
        plugin.set("threshold", -40.0)
        plugin.prepare(Format(RATE, 512))
        return run(plugin, np.stack([sound[left], sound[right]]), 512)

    both = outcome(0, 1)
    np.testing.assert_array_equal(outcome(1, 0), both[::-1])
    np.testing.assert_array_equal(outcome(0, 0)[0], both[0])


def test_a_change_travels_with_the_next_block(zam: Zam) -> None:
    plugin = prepared(zam("ZamEQ2"), 64)
    ones = np.ones((2, RATE), np.float32)
    assert run(plugin, ones, 64)[0, -1] == pytest.approx(1.0, abs=1e-4)
    plugin.set("master_gain", -6.0)
    assert run(plugin, ones, 64)[0, -1] == pytest.approx(10 ** (-6 / 20), abs=1e-4)


def test_a_side_chain_hears_what_goes_in(zam: Zam) -> None:
    """With its switch on side chain, a stereo compressor that hears a channel's mean with itself compresses."""
    plugin = zam("ZamCompX2")()
    for name, value in (("threshold", -40.0), ("ratio", 10.0), ("sidechain", 1.0)):
        plugin.set(name, value)
    plugin.prepare(Format(RATE, 512))
    sound = np.full((2, RATE), 0.3, np.float32)
    assert 0 < np.abs(run(plugin, sound, 512)[:, -100:]).max() < 0.15


def test_choices_are_named_by_the_plugin(zam: Zam) -> None:
    model = next(p for p in zam("ZamTube")().parameters if p.name == "tone_stack_model")
    assert (model.scale, model.choices[0], len(model.choices)) == ("choice", "1959 Bassman 5F6-A", 25)


def test_the_latency_is_what_the_plugin_says(zam: Zam) -> None:
    assert prepared(zam("ZaMaximX2"), 64).latency == 480
