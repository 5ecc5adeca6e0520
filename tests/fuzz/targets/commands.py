"""Command lines: the real entry point, with arguments that nobody means; such as end at once."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target
from tests.fuzz.values import STRANGE

Rng = np.random.Generator
GOOD = {"clip": "clip.mp4", "model": "side.onnx", "chain": "session.toml", "number": "1"}
"""What each kind of argument is half of the time."""
FILES = ("damaged.mp4", "damaged.onnx", "damaged.toml", "notes.txt", "folder", "nothing", *GOOD.values())
TARGETS = ("out.wav", "out.mkv", "notes.txt", "folder", "missing/out.wav", "", ".", "out", "out.xyz", "a\nb.wav")
"""Nothing that is written leaves the folder."""
TEXTS = tuple(text for text in STRANGE if isinstance(text, str) and "\0" not in text and len(text) < 1000)
NUMBERS = ("0", "-1", "1", "48000", "128", "1e9", "nan", "inf", "99999999999999999999", "0x10", "1,5", "")
_LIVE = {
    "--sample-rate": "number",
    "--block-size": "number",
    "--mode": "text",
    "--chain": "chain",
    "--model": "model",
    "--record": "write",
    "--stats": "write",
    "--osc": "text",
    "--provider": "text",
    "--output": "text",
}
_OPTIONS: dict[str, dict[str, str]] = {
    "live": {
        **_LIVE,
        "--camera": "clip",
        "--input": "text",
        "--clip-length": "number",
        "--picture-lag": "number",
        "--clap": "",
    },
    "play": {**_LIVE, "--loop": ""},
    "render": {
        "-o": "write",
        "--audio": "clip",
        "--images": "clip",
        "--mode": "text",
        "--model": "model",
        "--chain": "chain",
        "--stats": "write",
        "--compat": "",
        "--provider": "text",
    },
    "separate": {"-o": "write", "--at": "number", "--model": "model"},
    "train": {"--devices": "number", "--nodes": "number", "--resume": ""},
    "evaluate": {
        "--data": "clip",
        "--audio-only": "model",
        "--ambisonics": "text",
        "--hrtf": "clip",
        "--json": "write",
    },
    "export": {"-o": "write", "--precision": "text"},
    "devices": {"--json": "", "--nothing": ""},
    "doctor": {"--nothing": ""},
    "plugins": {"--nothing": ""},
}
_ARGUMENT = {
    "play": "clip",
    "render": "clip",
    "separate": "clip",
    "train": "chain",
    "evaluate": "model",
    "export": "model",
}
_USUAL = {
    "live": ["--camera", "none", "--model", "side.onnx"],
    "play": ["--model", "side.onnx"],
    "render": ["-o", "out.wav", "--model", "side.onnx"],
    "separate": ["-o", "out"],
    "export": ["-o", "out.onnx"],
    "evaluate": ["--data", "folder"],
}
"""With which a command is complete; in half of the inputs."""
ALWAYS = {
    "live": ["--driver", "null", "--duration", "0"],
    "play": ["--driver", "null", "--duration", "0"],
    "doctor": ["--nothing"],
    "plugins": ["--nothing"],
    "devices": ["--nothing"],
}
"""Without which a command would take its time."""


class Commands(Target):
    """Arguments as a list in JSON."""

    name = "commands"
    suffix = ".json"
    share = 450.0

    def prepare(self, folder: Path) -> None:
        from tests.clips import level_image, make_clip, tone
        from tests.models.side_model import make_side_model

        rng = np.random.default_rng(0)
        self._files = {"session.toml": b"version = 1\n", "damaged.toml": b"version = [\n", "notes.txt": b"own\n"}
        self._files["clip.mp4"] = make_clip(folder / "clip.mp4", tone(0.2), [level_image(99)] * 5).read_bytes()
        self._files["side.onnx"] = make_side_model(folder / "side.onnx").read_bytes()
        for name in ("clip.mp4", "side.onnx"):
            self._files[name.replace(name.split(".")[0], "damaged")] = mutated(rng, [self._files[name]])

    def good(self) -> bytes:
        return json.dumps(["play", "clip.mp4", "--model", "side.onnx", *ALWAYS["play"]]).encode()

    def generate(self, rng: Rng) -> bytes:
        command = str(
            rng.choice([*_OPTIONS, *_OPTIONS, "live", "play", "play", "render", "render", "--version", "nothing"])
        )
        options = _OPTIONS.get(command, {})
        arguments = [command, *(_USUAL.get(command, []) if rng.random() < 0.5 else [])]
        for option in rng.permutation(sorted(options))[: int(rng.integers(4))] if options else ():
            arguments += [str(option), *([_value(rng, options[str(option)])] if options[str(option)] else [])]
        if command in _ARGUMENT:
            arguments += [_value(rng, _ARGUMENT[command]) for _ in range(min(int(rng.geometric(0.8)), 3))]
        if rng.random() < 0.1:
            arguments.append(TEXTS[int(rng.integers(len(TEXTS)))])
        # With these the window opens.
        kept = [argument for argument in arguments if not argument.startswith("--w")]
        return json.dumps([*kept, *ALWAYS.get(command, [])]).encode()

    def read(self, place: Place) -> Iterable[str]:
        from realtime.cli import main
        from realtime.errors import EarsightError

        arguments: list[Any] = json.loads(place.given.read_bytes())
        (place.made / "folder").mkdir()
        for name, content in self._files.items():
            (place.made / name).write_bytes(content)
        before = _digests(place.made)
        said, before_argv, home = io.StringIO(), sys.argv, Path.cwd()
        sys.argv = ["earsight", *map(str, arguments)]
        os.chdir(place.made)
        code: Any = 0
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
                main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            os.chdir(home)
            sys.argv = before_argv
        lines = [line for line in said.getvalue().split("\n") if line]
        assert code in (0, 1, 2), f"exit code {code}: {lines[-1:]}"
        assert all(_digests(place.made).get(name) == digest for name, digest in before.items()), (
            "a file was overwritten"
        )
        if code == 1:
            assert lines and lines[-1].startswith("earsight: "), f"no line for exit code 1: {lines[-1:]}"
            raise EarsightError(lines[-1].removeprefix("earsight: "))
        if code == 2:
            # Typer's own words fill a box of several lines.
            raise EarsightError("wrong usage; run: earsight --help")
        return lines


def _value(rng: Rng, kind: str) -> str:
    if rng.random() < 0.15 and kind != "write":
        return TEXTS[int(rng.integers(len(TEXTS)))]
    if kind in GOOD and rng.random() < 0.5:
        return GOOD[kind]
    choices = {"write": TARGETS, "number": NUMBERS, "text": ("filter", "overlap", "cpu", "int8", "0")}.get(kind, FILES)
    return choices[int(rng.integers(len(choices)))]


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
