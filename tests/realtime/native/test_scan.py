"""A scan finds what is installed, survives what crashes or hangs, and remembers both."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from realtime.described import Described
from realtime.errors import PluginError
from realtime.native import scan_process
from realtime.native.clap import ClapPlugin
from realtime.native.kinds import KINDS
from realtime.native.ladspa import LadspaPlugin
from realtime.native.scan import open_native, scan
from realtime.native.scan_cache import ScanCache, stamp
from realtime.plugin import Parameter
from tests.realtime.native.conftest import CLAP_FOLDER, LADSPA_FOLDER, installed

Build = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "plugins.json"


def test_it_finds_and_opens_what_is_installed(cache: Path) -> None:
    files = [
        installed(LADSPA_FOLDER / "amp_1181.so", "swh-plugins"),
        installed(LADSPA_FOLDER / "fast_lookahead_limiter_1913.so", "swh-plugins"),
        installed(LADSPA_FOLDER / "xfade_1915.so", "swh-plugins"),
        installed(CLAP_FOLDER / "ZaMaximX2.clap", "zam-plugins"),
    ]
    found = {described.identifier: described for described in scan(files, cache=cache)}
    assert list(found) == [
        "ladspa:amp_1181:amp",
        "ladspa:fast_lookahead_limiter_1913:fastLookaheadLimiter",
        "ladspa:xfade_1915:xfade",
        "ladspa:xfade_1915:xfade4",
        "clap:com.zamaudio.ZaMaximX2",
    ]
    gain = found["ladspa:amp_1181:amp"]
    assert (gain.name, gain.maker) == ("Simple amplifier", "Steve Harris <steve@plugin.org.uk>")
    assert [parameter.name for parameter in gain.parameters] == ["amps_gain_db"]
    assert found["ladspa:fast_lookahead_limiter_1913:fastLookaheadLimiter"].latency == 240
    assert found["clap:com.zamaudio.ZaMaximX2"].latency == 480
    assert isinstance(open_native(gain), LadspaPlugin)
    assert isinstance(open_native(found["clap:com.zamaudio.ZaMaximX2"]), ClapPlugin)
    with pytest.raises(PluginError, match="Crossfade has 4 inputs and 2 outputs"):
        open_native(found["ladspa:xfade_1915:xfade"])


def test_what_crashes_and_what_hangs_end_only_the_child_and_are_left_alone(
    build: Build, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = build("misbehaving.c", "a_crash.clap", "-DMISBEHAVE=abort()")
    hang = build("misbehaving.c", "b_hang.clap", "-DMISBEHAVE=for(;;)pause()")
    good = build("probe.c", "c_good.clap", "-DINPUTS=2")
    looked: list[Path] = []

    def look(*, again: bool = False) -> dict[str, str]:
        looked.clear()
        found = scan([good.parent], again=again, timeout_s=1.0, cache=cache, progress=looked.append)
        return {described.identifier: described.trouble for described in found}

    rest = "; it is left alone until it changes or the scan is told to look again"
    wanted = {
        "clap:a_crash": f"{crash} crashed while it was looked into (SIGABRT){rest}",
        "clap:b_hang": f"{hang} did not answer within 1 s{rest}",
        "clap:test.probe": "",
    }
    assert look() == wanted
    assert looked == [crash, hang, good]
    assert look() == wanted
    assert looked == []
    monkeypatch.setenv("CLAP_PATH", str(good.parent))
    assert open_native(str(good), cache=cache).name == "Probe"
    hang.unlink()
    crash.write_bytes(good.read_bytes())
    assert look() == {"clap:test.probe": ""}
    assert looked == [crash]
    look(again=True)
    assert looked == [crash, good]


def test_a_file_is_not_blamed_for_what_an_earlier_one_did(
    build: Build, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends while the second file is asked for, because of the first; alone the second is well."""
    files = [build("probe.c", f"{name}.clap", "-DINPUTS=2") for name in "ab"]
    answer, asked = scan_process.ScanProcess._answer, []

    def fails_on_the_second(self: scan_process.ScanProcess, path: Path) -> object:
        asked.append(path)
        if len(asked) == 2:
            assert self._process is not None
            self._process.kill()
        return answer(self, path)

    monkeypatch.setattr(scan_process.ScanProcess, "_answer", fails_on_the_second)
    assert [described.trouble for described in scan(files, cache=cache)] == [""]
    assert asked == [files[0], files[1], files[1]]


def test_a_damaged_cache_counts_as_none(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "some.clap"
    path.write_bytes(b"some")
    parameter = Parameter("mode", "Mode", 0, 1, 0, scale="choice", choices=("a", "b"))
    wanted = [Described("clap:some", "Some", "Nobody", "clap", str(path), (parameter,), 3)]
    memory = ScanCache(cache)
    memory.remember("clap", path, wanted)
    memory.save()
    assert ScanCache(cache).find("clap", path) == wanted
    whole = cache.read_text()
    for damage in ("", "{", "[]", '{"layout": 1}', whole[:-9], whole.replace('"Some"', "3, "), '{"layout": 9}'):
        cache.write_text(damage)
        assert ScanCache(cache).find("clap", path) is None
    for damage in (3, {"stamp": stamp(path)}, {"stamp": stamp(path), "found": [{}]}, {"stamp": 0, "found": []}):
        cache.write_text(json.dumps({"layout": 1, "files": {f"clap:{path}": damage}}))
        assert ScanCache(cache).find("clap", path) is None
    cache.write_text(whole)
    path.write_bytes(b"other")
    assert ScanCache(cache).find("clap", path) is None


def test_the_variables_name_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LADSPA_PATH stands instead of the usual folders, CLAP_PATH beside them."""
    monkeypatch.setenv("LADSPA_PATH", f"{tmp_path}:{tmp_path / 'missing'}")
    monkeypatch.setenv("CLAP_PATH", str(tmp_path))
    assert KINDS["ladspa"].places() == [tmp_path]
    assert KINDS["clap"].places()[0] == tmp_path
    monkeypatch.delenv("CLAP_PATH")
    assert tmp_path not in KINDS["clap"].places()


def test_what_is_no_plugin_is_said_in_one_line(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("no plugin")

    def line(name: str) -> str:
        with pytest.raises(PluginError) as raised:
            open_native(name, cache=cache)
        return str(raised.value)

    monkeypatch.setenv("CLAP_PATH", str(tmp_path))
    for name, reason in (
        ("notes.txt", "is not a plugin; accepted: files that end in .so, .clap"),
        ("gone.clap", "does not exist; accepted: a plugin's identifier or file"),
    ):
        assert line(f"{tmp_path}/{name}").startswith(f"{tmp_path}/{name} {reason}")
    for kind in KINDS:
        monkeypatch.setitem(KINDS, kind, replace(KINDS[kind], folders=(), variable="NO_SUCH_VARIABLE"))
    assert line("clap:no.such") == "no plugin 'clap:no.such' is installed; install it, or set NO_SUCH_VARIABLE"
    monkeypatch.setitem(KINDS, "vst3", replace(KINDS["vst3"], needs="no_such_package"))
    assert line("vst3:some") == "'vst3:some' needs no_such_package; run: pip install 'earsight[vst3]'"
