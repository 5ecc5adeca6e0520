"""VST3 plugins as Debian ships them: described, loaded in time or not at all, true to the contract beside the sound."""

from __future__ import annotations

import importlib
import json
import threading
from pathlib import Path

import numpy as np
import pytest

from realtime.block_bridge import BlockBridge
from realtime.contract import check_plugin, noise, prepared, run
from realtime.described import Described
from realtime.errors import PluginError
from realtime.native import vst3
from realtime.native.vst3 import Vst3, describe, open_described
from realtime.plugin import Format, parameter_of

FOLDER = Path("/usr/lib/vst3")


@pytest.fixture
def zam() -> Path:
    """The folder of the zam plugins."""
    pytest.importorskip("pedalboard", reason="VST3: pedalboard is not installed; pip install 'earsight[vst3]'")
    if not (FOLDER / "ZaMaximX2.vst3").exists():
        pytest.skip(f"VST3: no zam plugins in {FOLDER}; sudo apt-get install zam-plugins")
    return FOLDER


def test_a_stereo_plugin_keeps_the_contract(zam: Path) -> None:
    # Its filters run in another order where a block is cut.
    check_plugin(lambda: Vst3(zam / "ZaMaximX2.vst3"), same=1e-5)


def test_a_plugin_of_one_channel_runs_on_each_side_by_itself(zam: Path) -> None:
    sound = noise(12_000)
    equaliser = Vst3(zam / "ZamEQ2.vst3")
    equaliser.set("master_gain_db", -6.0)
    equaliser.prepare(Format(48_000, 512))
    both = run(equaliser, sound, 512)
    equaliser.reset()
    swapped = run(equaliser, sound[::-1], 512)
    np.testing.assert_array_equal(swapped, both[::-1])
    # Its level is flat below the bands, which are at 0 dB.
    np.testing.assert_allclose(both, sound * 10 ** (-6 / 20), atol=1e-4)


def test_its_latency_is_stated_and_true_beside_the_sound(zam: Path) -> None:
    for rate in (44_100, 48_000, 96_000):
        limiter = Vst3(zam / "ZaMaximX2.vst3")
        bridge = BlockBridge(limiter, live=False)
        bridge.prepare(Format(rate, 64))
        assert limiter.latency == 480  # its look-ahead
        impulse = np.zeros((2, bridge.latency + 2000), np.float32)
        impulse[:, 1000] = 0.5
        assert np.abs(run(bridge, impulse, 64)).max(0).argmax() == 1000 + bridge.latency
        assert bridge.trouble == ""


def test_parameters_have_ranges_and_units(zam: Path) -> None:
    gate = Vst3(zam / "ZamGateX2.vst3")
    threshold = parameter_of(gate, "threshold_db")
    assert (threshold.low, threshold.high, threshold.unit, threshold.scale) == (-60.0, 0.0, "dB", "linear")
    assert parameter_of(gate, "sidechain").scale == "switch"
    assert len(parameter_of(Vst3(zam / "ZamTube.vst3"), "tone_stack_model").choices) == 25
    loud, shut = prepared(lambda: gate, 512), Vst3(zam / "ZamGateX2.vst3")
    shut.set("threshold_db", 0.0)
    shut.prepare(Format(48_000, 512))
    sound = noise(48_000)
    assert np.abs(run(shut, sound, 512)[:, -5000:]).max() < 0.1 * np.abs(run(loud, sound, 512)[:, -5000:]).max()


def test_its_state_is_kept_as_text(zam: Path) -> None:
    first, second = Vst3(zam / "ZamGateX2.vst3"), Vst3(zam / "ZamGateX2.vst3")
    first.set("threshold_db", -12.5)
    first.set("sidechain", 1.0)
    first.prepare(Format(48_000, 512))
    second.load(json.loads(json.dumps(first.save())))
    assert second.get("threshold_db") == pytest.approx(-12.5, abs=1e-4)
    assert second.get("sidechain") == 1.0
    with pytest.raises(PluginError, match="state of ZamGateX2 is damaged"):
        second.load({"raw_state": "?"})


def test_a_file_is_described_and_opened_again(zam: Path) -> None:
    (described,) = describe(zam / "ZaMaximX2.vst3")
    assert described.identifier == "vst3:ZaMaximX2:fdfd6c5"
    assert (described.maker, described.latency, described.trouble) == ("Damien Zammit", 480, "")
    assert Described.of_plain(json.loads(json.dumps(described.plain()))) == described
    assert open_described(described).parameters == described.parameters


def test_a_path_that_is_no_plugin_gives_one_line(zam: Path, tmp_path: Path) -> None:
    text = tmp_path / "song.vst3"
    text.write_text("la la")
    for path in (text, tmp_path / "nowhere.vst3", tmp_path):
        with pytest.raises(PluginError, match="is no VST3 plugin for this system; give a") as told:
            Vst3(path)
        assert "\n" not in str(told.value)
    with pytest.raises(PluginError, match="holds no plugin 'Bass'; it holds: ZaMaximX2"):
        Vst3(zam / "ZaMaximX2.vst3", "Bass")


def test_a_plugin_that_takes_too_long_gives_one_line(zam: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(vst3, "_load", lambda path, name: gate.wait(30))
    with pytest.raises(PluginError, match=r"slow.vst3' takes longer than 0.05 s to load"):
        Vst3("slow.vst3", timeout_s=0.05)
    gate.set()
    monkeypatch.undo()
    assert Vst3(zam / "ZamGateX2.vst3").name == "ZamGateX2"


def test_without_pedalboard_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = importlib.import_module

    def missing(name: str, package: str | None = None) -> object:
        if name.startswith("pedalboard"):
            raise ModuleNotFoundError(name)
        return found(name, package)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(PluginError, match=r"need pedalboard; type: pip install 'earsight\[vst3\]'"):
        Vst3(tmp_path / "any.vst3")
