"""What people and the program write down: sessions, presets, bindings, the notes of a folder, the choices of a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from tests.fuzz.target import Place, Target
from tests.fuzz.values import as_json, as_toml

SLOT = {"plugin": "limiter", "bypassed": False, "wet": 1.0, "gain_db": 0.0, "values": {"ceiling_db": -1.0}}
SESSION: dict[str, Any] = {
    "version": 1,
    "settings": {"input": "USB", "camera": "0", "sample_rate": 48_000, "block_size": 128, "mode": "filter"},
    "chain": [
        {"id": "first", **SLOT},
        {"id": "spatialiser", "plugin": "spatialiser"},
        {
            "id": "both",
            "branches": [
                {"id": "dry", "gain_db": -3.0, "muted": False, "slots": [{"id": "inner", **SLOT}]},
                {"id": "wet", "slots": [{"id": "room", "plugin": "convolution", "state": {"file": "room.wav"}}]},
            ],
        },
    ],
}


class Sessions(Target):
    """Session files: read, taken as settings, and written again."""

    name = "sessions"
    suffix = ".toml"
    share = 2000.0

    def good(self) -> bytes:
        return tomli_w.dumps(SESSION).encode()

    def generate(self, rng: np.random.Generator) -> bytes:
        return as_toml(rng, SESSION)

    def read(self, place: Place) -> Iterable[str]:
        from realtime.chain.session import Session, read_session, write_session
        from realtime.settings import Settings

        session = read_session(place.given)
        settings = Settings(**session.chosen(), plan=session.plan)
        again = place.made / "again.toml"
        write_session(again, Session.of(settings.plan, settings))
        # As text, for what is not a number does not equal itself.
        assert repr(read_session(again).plan) == repr(session.plan), "it is not the same when it is read again"
        return ()


class Presets(Target):
    """Presets, in the folder where they are looked for."""

    name = "presets"
    suffix = ".toml"
    share = 700.0

    def good(self) -> bytes:
        return b'version = 1\nplugin = "limiter"\n[values]\nceiling_db = -3.0\n'

    def generate(self, rng: np.random.Generator) -> bytes:
        values = {"ceiling_db": -3.0, "release_ms": 80.0}
        return as_toml(rng, {"version": 1, "plugin": "limiter", "values": values, "state": {"own": [1, {"deep": "x"}]}})

    def read(self, place: Place) -> Iterable[str]:
        from realtime.presets import folder_of, read_preset, write_preset

        folder_of("limiter").mkdir(parents=True, exist_ok=True)
        shutil.copy(place.given, folder_of("limiter") / "given.toml")
        preset = read_preset("limiter", "given")
        write_preset("again", preset)
        assert repr(read_preset("limiter", "again")) == repr(preset), "it is not the same when it is read again"
        return ()


class Bindings(Target):
    """Bindings of MIDI controllers."""

    name = "bindings"
    suffix = ".toml"
    share = 500.0

    def good(self) -> bytes:
        return b'[[midi]]\nslot = "limiter"\nparameter = "ceiling_db"\nchannel = 1\ncontrol = 21\n'

    def generate(self, rng: np.random.Generator) -> bytes:
        binding = {"slot": "limiter", "parameter": "ceiling_db", "channel": 1, "control": 21}
        return as_toml(rng, {"midi": [binding, binding | {"control": 22}]})

    def read(self, place: Place) -> Iterable[str]:
        from realtime.remote.bindings import read_bindings, write_bindings

        bindings = read_bindings(place.given)
        write_bindings(place.made / "again.toml", bindings)
        assert read_bindings(place.made / "again.toml") == bindings, "it is not the same when it is read again"
        return ()


class Notes(Target):
    """JSON that the program keeps: notes of recordings, recent sessions, the window's looks, found plugins."""

    name = "notes"
    suffix = ".json"
    share = 800.0
    _NOTES: tuple[Any, ...] = (
        {"picture_lag_ms": 12.5, "splits": "made"},
        ["/home/somebody/one.toml", "two.toml"],
        {"theme": "dark", "restore": "choice", "models": ["/home/somebody/my.onnx"]},
        {"layout": 1, "files": {"clap:/usr/lib/clap/a.clap": {"stamp": "1-2", "found": [{"identifier": "clap:a"}]}}},
    )

    def good(self) -> bytes:
        return b'{"picture_lag_ms": 12.5, "theme": "dark"}'

    def generate(self, rng: np.random.Generator) -> bytes:
        return as_json(rng, self._NOTES[int(rng.integers(len(self._NOTES)))])

    def read(self, place: Place) -> Iterable[str]:
        from gui.memory import Memory
        from realtime.chain.session import RECENT_FILE, recent_sessions
        from realtime.folders import config_folder
        from realtime.native.scan_cache import ScanCache
        from realtime.take_folder import NOTES, TakeFolder

        config_folder().mkdir(parents=True, exist_ok=True)
        shutil.copy(place.given, config_folder() / RECENT_FILE)
        recent_sessions()
        ScanCache(place.given).find("clap", Path("/usr/lib/clap/a.clap"))
        folder = place.made / "takes"
        folder.mkdir()
        shutil.copy(place.given, folder / NOTES)
        shutil.copy(place.given, folder / "window.json")
        window = Memory(folder)
        assert np.isfinite(TakeFolder(folder).picture_lag_ms)
        return window.troubles


class Wishes(Target):
    """The choices of one run, as the window and the command line hand them over."""

    name = "wishes"
    suffix = ".json"
    share = 400.0

    def good(self) -> bytes:
        return b'{"sample_rate": 44100, "osc": "127.0.0.1:9000"}'

    def generate(self, rng: np.random.Generator) -> bytes:
        return as_json(
            rng,
            {
                "sample_rate": 48_000,
                "block_size": 128,
                "mode": "filter",
                "provider": "cpu",
                "driver": "null",
                "clip_length_s": 10.0,
                "picture_lag_ms": 0.0,
                "osc": "127.0.0.1:0",
            },
        )

    def read(self, place: Place) -> Iterable[str]:
        import json

        from realtime.remote.wire import parse_endpoint
        from realtime.settings import Settings

        try:
            wishes = json.loads(place.given.read_bytes())
        except (ValueError, RecursionError):
            return ()
        kinds = {"mode": str, "provider": str, "driver": str}
        numbers = ("sample_rate", "block_size", "clip_length_s", "picture_lag_ms")
        if isinstance(wishes, dict):
            chosen = {name: wishes[name] for name in kinds if isinstance(wishes.get(name), str)}
            chosen |= {name: wishes[name] for name in numbers if isinstance(wishes.get(name), int | float)}
            if isinstance(wishes.get("osc"), str):
                parse_endpoint(wishes["osc"])
            Settings(**chosen, record_folder=Path("takes"))
        return ()
