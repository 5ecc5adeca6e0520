"""Who may import whom: every import of the project, also the lazy ones inside functions, against one table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("realtime", "models", "export", "gui", "benchmarks")


class Import(NamedTuple):
    file: str
    line: int
    module: str
    lazy: bool
    """Inside a function."""


ONLY_IN = {
    "torch": ("models/*", "export/*", "benchmarks/paper.py", "benchmarks/window.py"),
    "sounddevice": ("realtime/drivers/library.py",),
    "cv2": ("realtime/camera.py", "realtime/motion.py", "realtime/people.py", "realtime/pictures.py"),
    "onnxruntime": ("realtime/providers.py", "realtime/bound.py", "export/int8.py", "export/fp16.py"),
    "av": (
        "realtime/media.py",
        "realtime/clip_writer.py",
        "realtime/film_writer.py",
        "realtime/picture_writer.py",
        "realtime/tracks.py",
        "models/scenes/video.py",
    ),
    "PySide6": ("gui/*", "benchmarks/endurance.py"),
    "pyqtgraph": ("gui/*",),
    "pedalboard": ("realtime/native/vst3.py", "benchmarks/chain.py"),
    "pythonosc": ("realtime/remote/wire.py",),
    "mido": ("realtime/remote/midi.py",),
    "rtmidi": ("realtime/remote/midi.py",),
    "h5py": ("realtime/hdf5.py", "models/*"),
    "matplotlib": ("benchmarks/*", "realtime/demo_picture.py"),
}
"""Third-party boundary -> the files that may import it."""

MAY_IMPORT_OURS = {
    "realtime": ("realtime",),
    "models": ("models", "realtime"),
    "export": ("export", "models", "realtime"),
    "gui": (
        "gui",
        "realtime.chain",
        "realtime.clip",
        "realtime.demo",
        "realtime.described",
        "realtime.devices",
        "realtime.effects.meter",
        "realtime.errors",
        "realtime.folders",
        "realtime.host",
        "realtime.overview",
        "realtime.playback",
        "realtime.plugin",
        "realtime.presets",
        "realtime.registry",
        "realtime.render_process",
        "realtime.settings",
        "realtime.stats",
        "realtime.whole_file",
    ),
    "benchmarks": ("benchmarks", "gui.app", "gui.window", "realtime", "export", "models"),
}
"""Package -> what of ours it may import."""

COMPOSING = ("realtime/cli.py", "realtime/commands/*", "realtime/demo.py")
"""Files that know everybody; what lies outside `realtime` they import inside functions, so that start-up is quick."""


def imports_of(path: Path) -> Iterator[Import]:
    """Every absolute module that a file imports; `from realtime import host` counts as `realtime.host`."""
    file = path.relative_to(ROOT).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    lazy = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            module = node.module or ""
            modules = [f"{module}.{alias.name}" for alias in node.names] if module in OURS else [module]
        else:
            continue
        for module in modules:
            yield Import(file, node.lineno, module, node in lazy or node in typing_only)


@cache
def project_imports() -> list[Import]:
    files = sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))
    assert files
    return [found for path in files for found in imports_of(path)]


def within(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def matches(file: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(file, pattern) for pattern in patterns)


def shown(broken: list[Import]) -> str:
    return "\n".join(f"{found.file}:{found.line}: imports {found.module}" for found in broken)


@pytest.mark.parametrize("boundary", sorted(ONLY_IN))
def test_third_party_boundary_is_crossed_in_its_own_files_only(boundary: str) -> None:
    broken = [
        found
        for found in project_imports()
        if within(found.module, (boundary,)) and not matches(found.file, ONLY_IN[boundary])
    ]
    assert not broken, shown(broken)


@pytest.mark.parametrize("package", OURS)
def test_package_imports_only_what_it_may_know(package: str) -> None:
    broken = [
        found
        for found in project_imports()
        if found.file.startswith(f"{package}/")
        and within(found.module, OURS)
        and not within(found.module, MAY_IMPORT_OURS[package])
        and not (matches(found.file, COMPOSING) and found.lazy)
    ]
    assert not broken, shown(broken)


def test_the_command_line_imports_nothing_heavy_before_a_command_runs() -> None:
    light = ("typer", "realtime.errors", "realtime.commands", "realtime.cli")
    broken = [
        found
        for found in project_imports()
        if matches(found.file, ("realtime/cli.py", "realtime/commands/*"))
        and not found.lazy
        and not within(found.module, light)
        and found.module.partition(".")[0] in {*OURS, *ONLY_IN, "numpy", "rich", "numba", "onnx"}
    ]
    assert not broken, shown(broken)
