"""Plugins: the states that they are given back, and files that say they are native plugins."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target
from tests.fuzz.values import as_json


class States(Target):
    """Values and state of each built-in plugin: taken and prepared for."""

    name = "states"
    suffix = ".json"
    share = 1000.0
    _STATES: tuple[dict[str, Any], ...] = ({}, {"file": "room.wav"}, {"sofa": "head.sofa"}, {"file": ".", "sofa": "."})

    def prepare(self, folder: Path) -> None:
        from realtime.registry import BUILT_IN, open_plugin

        self._known = {name: [parameter.name for parameter in open_plugin(name).parameters] for name in BUILT_IN}

    def good(self) -> bytes:
        return b'{"plugin": "limiter", "values": {"ceiling_db": -3.0}, "state": {}}'

    def generate(self, rng: np.random.Generator) -> bytes:
        name = str(rng.choice(list(self._known)))
        values = {parameter: float(rng.normal(0, 10)) for parameter in self._known[name][:4]}
        state = self._STATES[int(rng.integers(len(self._STATES)))]
        return as_json(rng, {"plugin": name, "values": values, "state": state, "sample_rate": 48_000})

    def read(self, place: Place) -> Iterable[str]:
        from realtime.plugin import Format
        from realtime.registry import open_plugin

        try:
            given = json.loads(place.given.read_bytes())
        except (ValueError, RecursionError):
            return ()
        if not (isinstance(given, dict) and isinstance(given.get("plugin"), str)):
            return ()
        plugin = open_plugin(given["plugin"] if given["plugin"] in self._known else "trim")
        if isinstance(state := given.get("state"), dict):
            plugin.load(state)
        for name, value in given["values"].items() if isinstance(given.get("values"), dict) else ():
            if type(value) in (int, float):
                plugin.set(name, value)
        plugin.prepare(Format(48_000, 64))
        json.dumps(plugin.save(), allow_nan=False)
        return ()


class LadspaFiles(Target):
    """Files that end like LADSPA plugins, looked into as a scan does."""

    name = "ladspa-files"
    suffix = ".so"
    share = 150.0
    kind = "ladspa"

    def prepare(self, folder: Path) -> None:
        from realtime.native.scan_process import ScanProcess

        self._seeds = [b"\x7fELF" + bytes(200), b"MZ" + bytes(200), b"not a library at all\n"]
        # Any small library will do; those of Python are everywhere.
        libraries = [path for place in sys.path if place.endswith("lib-dynload") for path in Path(place).glob("*.so")]
        small = sorted(libraries, key=lambda path: path.stat().st_size)[:2]
        self._seeds += [path.read_bytes() for path in small] * 3
        self._process = ScanProcess(timeout_s=5.0)
        self._read = 0

    def generate(self, rng: np.random.Generator) -> bytes:
        return mutated(rng, self._seeds, (b"\x7fELF\x02\x01\x01", b"ladspa_descriptor\0", b"clap_entry\0", b".dynamic"))

    def read(self, place: Place) -> Iterable[str]:
        # A name of its own each time: a library that is loaded must not change.
        self._read += 1
        path = place.made / f"plugin{self._read}{place.given.suffix}"
        shutil.copy(place.given, path)
        answer = self._process.ask(self.kind, path)
        return (answer,) if isinstance(answer, str) else ()

    def close(self) -> None:
        self._process.end()


class ClapFiles(LadspaFiles):
    """The same as CLAP plugins."""

    name = "clap-files"
    suffix = ".clap"
    kind = "clap"
