"""LADSPA plugins do inside the callback what their authors say, by numbers, on two channels that stay apart."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import pytest

from realtime import contract
from realtime.contract import check_plugin, noise, prepared, run
from realtime.errors import PluginError, SettingsError
from realtime.native.ladspa import LadspaPlugin
from realtime.native.ladspa_abi import Run
from realtime.plugin import Format

Swh = Callable[[str, str], Callable[[], LadspaPlugin]]
RATE = 48_000


@pytest.mark.parametrize(
    ("stem", "label"),
    [
        ("amp_1181", "amp"),
        ("svf_1214", "svf"),
        ("sc4_1882", "sc4"),
        ("fast_lookahead_limiter_1913", "fastLookaheadLimiter"),
    ],
)
def test_they_keep_the_contract(swh: Swh, stem: str, label: str) -> None:
    check_plugin(swh(stem, label))


def test_they_keep_what_they_can_of_the_contract(swh: Swh) -> None:
    """The equaliser states its filters' group delay, so its onset is earlier. The reverb glides once per block."""
    equaliser, reverb = swh("dj_eq_1901", "dj_eq"), swh("gverb_1216", "gverb")
    check_plugin(equaliser, onset_tolerance=3)
    for check in (contract.check_reset, contract.check_channels, contract.check_state, contract.check_allocation):
        check(reverb)


def test_a_gain_is_exact(swh: Swh) -> None:
    plugin = swh("amp_1181", "amp")()
    plugin.set("amps_gain_db", -6.0)
    plugin.prepare(Format(RATE, 512))
    np.testing.assert_allclose(run(plugin, noise(2000), 512), noise(2000) * 10 ** (-6 / 20), rtol=1e-5)


def test_a_change_is_heard_in_the_next_block(swh: Swh) -> None:
    plugin = prepared(swh("amp_1181", "amp"), 64)
    run(plugin, noise(64), 64)
    plugin.set("amps_gain_db", -20.0)
    np.testing.assert_allclose(run(plugin, noise(64), 64), noise(64) * 0.1, rtol=1e-5)


def test_a_delay_delays(swh: Swh) -> None:
    plugin = swh("delay_1898", "delay_n")()
    plugin.set("max_delay_s", 0.1)
    plugin.set("delay_time_s", 0.01)
    plugin.prepare(Format(RATE, 64))
    run(plugin, np.zeros((2, 512), np.float32), 64)  # it glides to its delay from none
    out = run(plugin, noise(4000), 64)
    np.testing.assert_array_equal(out[:, 480:], noise(4000)[:, :-480])
    assert not out[:, :480].any()


def test_a_filter_filters(swh: Swh) -> None:
    """A Butterworth low-pass of two poles by the bilinear transform, here with the cut-off prewarped."""
    plugin = swh("butterworth_1902", "buttlow_iir")()
    plugin.set("cutoff_frequency_hz", 1000.0)
    plugin.set("resonance", 1.41)
    plugin.prepare(Format(RATE, 512))
    impulse = np.zeros((2, 8192), np.float32)
    impulse[:, 0] = 1.0
    given = np.abs(np.fft.rfft(run(plugin, impulse, 512)[0]))
    hz = np.fft.rfftfreq(8192, 1 / RATE)
    band = (hz > 50) & (hz < 8000)
    wanted = 1 / np.sqrt(1 + (np.tan(np.pi * hz / RATE) / np.tan(np.pi * 1000 / RATE)) ** 4)
    # Resonance 1.41 stands for the square root of two, which is 0.3 % more.
    np.testing.assert_allclose(given[band], wanted[band], rtol=0.005)


def test_a_mono_plugin_keeps_the_channels_apart(swh: Swh) -> None:
    make = swh("sc4m_1916", "sc4m")
    sound = noise(6000)
    sound[1] *= 0.1

    def outcome(left: int, right: int) -> np.ndarray:
        plugin = make()
        plugin.set("threshold_level_db", -30.0)
        plugin.set("ratio", 10.0)
        plugin.prepare(Format(RATE, 512))
        return run(plugin, np.stack([sound[left], sound[right]]), 512)

    both = outcome(0, 1)
    np.testing.assert_array_equal(outcome(1, 0), both[::-1])
    np.testing.assert_array_equal(outcome(0, 0)[0], both[0])


def test_one_in_and_two_out_hears_the_mean(swh: Swh) -> None:
    plugin = prepared(swh("split_1406", "split"), 512)
    out = run(plugin, noise(1000), 512)
    np.testing.assert_allclose(out, np.broadcast_to(noise(1000).mean(0), (2, 1000)), atol=1e-7)


def test_a_side_chain_hears_what_goes_in(swh: Swh) -> None:
    """A compressor that is steered by a second input works as if it had none."""
    keyed, plain = swh("sc2_1426", "sc2")(), swh("sc1_1425", "sc1")()
    for plugin in (keyed, plain):
        plugin.set("threshold_level_db", -30.0)
        plugin.set("ratio", 8.0)
        plugin.prepare(Format(RATE, 512))
    sound = noise(6000)
    compressed = run(keyed, sound, 512)
    np.testing.assert_allclose(compressed, run(plain, sound, 512), atol=1e-6)
    assert compressed.std() < 0.9 * sound.std()


def test_the_latency_is_what_the_plugin_says(swh: Swh) -> None:
    plugin = swh("latency_1914", "artificialLatency")()
    plugin.set("delay_ms", 10.0)
    plugin.prepare(Format(RATE, 64))
    assert plugin.latency == 480


def test_what_a_plugin_shows_can_be_read(swh: Swh) -> None:
    plugin = swh("sc4_1882", "sc4")()
    plugin.set("threshold_level_db", -30.0)
    plugin.set("ratio", 20.0)
    plugin.prepare(Format(RATE, 512))
    run(plugin, np.ones((2, RATE), np.float32) * 0.5, 512)
    assert set(plugin.readings) == {"Amplitude (dB)", "Gain reduction (dB)"}
    assert plugin.readings["Gain reduction (dB)"] < -5


def test_ranges_follow_the_sample_rate_and_what_was_set_stays_inside(swh: Swh) -> None:
    plugin = swh("ls_filter_1908", "lsFilter")()
    cutoff = next(p for p in plugin.parameters if p.name == "cutoff_frequency_hz")
    assert (cutoff.low, cutoff.high, cutoff.scale) == (96.0, 24_000.0, "log")
    plugin.set("cutoff_frequency_hz", 20_000.0)
    plugin.set("filter_type", 1.6)
    plugin.prepare(Format(16_000, 64))
    cutoff = next(p for p in plugin.parameters if p.name == "cutoff_frequency_hz")
    assert (cutoff.low, cutoff.high) == (32.0, 8000.0)
    assert plugin.get("cutoff_frequency_hz") == 8000.0
    assert plugin.get("filter_type") == 2.0
    with pytest.raises(SettingsError):
        plugin.set("cutoff_frequency_hz", 20_000.0)


def test_a_decay_never_leaves_denormals(swh: Swh) -> None:
    """The plugin's own function does; around its call in the kernel they are zero, and the mode is restored after."""
    make = swh("comb_1190", "comb")
    impulse = np.zeros((2, 60_000), np.float32)
    impulse[:, 0] = 1e-34

    def smallest(out: np.ndarray) -> float:
        return float(np.abs(out[out != 0]).min())

    plugin = make()
    plugin.set("feedback", 0.9)
    plugin.prepare(Format(RATE, 512))
    assert smallest(run(plugin, impulse, 512)) >= np.finfo(np.float32).tiny
    assert np.float32(1e-40) * np.float32(0.5) != 0
    plugin.reset()
    bare = plugin._sound
    plain: list[np.ndarray] = []
    call = ctypes.cast(int(plugin._state["run"][0]), Run)
    for start in range(0, 60_000 - 512, 512):
        bare[0] = impulse[0, start : start + 512]
        call(int(plugin._state["handles"][0, 0]), 512)
        plain.append(bare[4].copy())
    assert 0 < smallest(np.concatenate(plain)) < np.finfo(np.float32).tiny


@pytest.mark.parametrize(
    ("stem", "label", "line"),
    [
        (
            "analogue_osc_1416",
            "analogueOsc",
            "Analogue Oscillator has 0 inputs and 1 outputs of sound; accepted: 1 and 1",
        ),
        ("xfade_1915", "xfade", "Crossfade has 4 inputs and 2 outputs of sound; accepted: 1 and 1"),
        ("amp_1181", "nothing", "amp_1181.so has no plugin 'nothing'; it has: amp"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(swh: Swh, stem: str, label: str, line: str) -> None:
    with pytest.raises(PluginError, match=line) as raised:
        swh(stem, label)()
    assert "\n" not in str(raised.value)


def test_a_closed_plugin_begins_anew(swh: Swh) -> None:
    plugin = swh("comb_1190", "comb")()
    plugin.prepare(Format(RATE, 512))
    first = run(plugin, noise(2000), 512)
    plugin.close()
    plugin.reset()
    np.testing.assert_array_equal(run(plugin, noise(2000), 512), first)
