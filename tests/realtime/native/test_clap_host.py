"""What a CLAP plugin is told, asked and promised: seen from a plugin that watches its host."""

from __future__ import annotations

import base64
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realtime.contract import check_plugin, noise, prepared, run
from realtime.errors import PluginError
from realtime.native.clap import ClapPlugin, describe
from realtime.plugin import Format, Plugin

Build = Callable[..., Path]


@pytest.fixture
def probe(build: Build) -> Path:
    return build("probe.c", "probe.clap", "-DINPUTS=2")


def make(path: Path) -> ClapPlugin:
    return ClapPlugin(path, "test.probe")


def run_elsewhere(plugin: Plugin, sound: np.ndarray) -> np.ndarray:
    """Process on another thread, as an audio device would."""
    out: list[np.ndarray] = []
    thread = threading.Thread(target=lambda: out.append(run(plugin, sound, 64)))
    thread.start()
    thread.join()
    return out[0]


def test_it_keeps_the_contract(probe: Path) -> None:
    check_plugin(lambda: make(probe))


def test_every_function_is_called_on_its_thread(probe: Path) -> None:
    plugin = make(probe)
    plugin.prepare(Format(48_000, 64))
    run_elsewhere(plugin, noise(1000))
    plugin.reset()
    run_elsewhere(plugin, noise(1000))
    plugin.load(plugin.save())
    assert plugin.readings["Wrong"] == 0
    plugin.close()


def test_parameters_are_named_told_apart_and_whole(probe: Path) -> None:
    gain, steps = make(probe).parameters
    assert (gain.name, gain.label, gain.unit, gain.scale) == ("gain_db", "Gain", "dB", "linear")
    assert (steps.name, steps.label, steps.scale) == ("stairs_gain", "Stairs: Gain", "choice")
    assert steps.choices == ("none", "one", "two", "three", "four")


def test_only_what_changed_is_told_and_once(probe: Path) -> None:
    plugin = make(probe)
    plugin.set("gain_db", 0.5)
    plugin.prepare(Format(48_000, 64))
    told = plugin.readings["Events"]
    assert told == 2  # both, before the first sound
    assert run(plugin, np.ones((2, 64), np.float32), 64)[0, -1] == 0.5
    assert plugin.readings["Events"] == told
    plugin.set("stairs_gain", 3.4)
    assert plugin.get("stairs_gain") == 3.0
    run(plugin, np.ones((2, 256), np.float32), 64)
    assert plugin.readings["Events"] == told + 1


def test_state_goes_round(probe: Path) -> None:
    plugin = make(probe)
    saved = {"state": base64.b64encode(struct.pack("ff", 0.5, 0.25)).decode()}
    plugin.load(saved)
    assert plugin.get("gain_db") == 0.5
    assert plugin.save() == saved
    plugin.prepare(Format(48_000, 64))
    np.testing.assert_array_equal(run(plugin, np.ones((2, 64), np.float32), 64)[:, -1], 0.75)
    for wrong in ({"state": "AAAA"}, {"state": "no base64"}, {"state": 3}, {"other": ""}):
        with pytest.raises(PluginError, match="Probe does not take the state that was saved"):
            plugin.load(wrong)


def test_what_it_asks_for_on_the_main_thread_is_done_there(probe: Path) -> None:
    plugin = make(probe)
    plugin.prepare(Format(48_000, 64))
    run_elsewhere(plugin, np.full((2, 64), 9.0, np.float32))
    assert plugin.readings["Callbacks"] == 0
    plugin.idle()
    plugin.idle()
    assert plugin.readings["Callbacks"] == 1


def test_a_block_that_it_cannot_process_is_silent_and_counted(probe: Path) -> None:
    plugin = prepared(lambda: make(probe), 64)
    assert isinstance(plugin, ClapPlugin)
    sound = np.ones((2, 128), np.float32)
    sound[:, 64] = -9.0
    out = run(plugin, sound, 64)
    assert out[0, 32] == 1.0
    assert not out[:, 64:].any()
    assert plugin.failed_blocks == 1


def test_what_does_not_fit_is_refused_in_one_line(build: Build) -> None:
    path = build("probe.c", "mono.clap", "-DINPUTS=1")
    line = (
        "Probe has inputs of 1 and outputs of 2 channels;"
        " accepted: a first input and a first output of 1 or of 2 channels"
    )
    (described,) = describe(path)
    assert described.trouble == line
    with pytest.raises(PluginError, match=line):
        make(path)
    with pytest.raises(PluginError, match=r"has no plugin 'test.other'; it has: test.probe"):
        ClapPlugin(path, "test.other")
