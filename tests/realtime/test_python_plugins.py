"""Plugins of other packages: the example of docs/ as a user installs it, and packages that are broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.errors import PluginError
from realtime.python_plugins import installed

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example-plugin"
PAGE = ROOT / "docs" / "write-a-plugin.md"

LIST = """
import sys
from realtime.python_plugins import installed
found = {name: plugin for name, plugin in installed().items() if "example" in plugin.package}
assert "earsight_example" not in sys.modules, "imported before it was asked for"
for name, plugin in found.items():
    print(name, plugin.package, plugin.make().name, sep=" | ")
"""


def test_the_example_is_installed_found_and_keeps_the_contract(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", "--target", tmp_path, EXAMPLE], check=True, timeout=60)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    listed = subprocess.run(
        [sys.executable, "-c", LIST], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert listed.stdout.splitlines() == [
        "python:drive | earsight-example 1.0 | Drive",
        "python:tremolo | earsight-example 1.0 | Tremolo",
    ]
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "2 passed" in tested.stdout, tested.stdout + tested.stderr


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("python", "earsight_example/tremolo.py"),
        ("python", "earsight_example/drive.py"),
        ("python", "test_example.py"),
        ("toml", "pyproject.toml"),
    ],
)
def test_the_page_shows_the_example_as_it_is(kind: str, file: str) -> None:
    assert f"```{kind}\n{(EXAMPLE / file).read_text()}```\n" in PAGE.read_text()


def test_the_page_shows_nothing_else_in_python() -> None:
    assert PAGE.read_text().count("```python\n") == 3


def bring(folder: Path, entries: str) -> None:
    """Make a package of one module, `bad_plugins`, as pip would leave it."""
    (folder / "bad_plugins.py").write_text(
        "class Half:\n    name = 'Half'\n"
        "def shop():\n    raise ValueError('no shop today\\ntry tomorrow')\n"
        "def made():\n    return Half\n"
        "def leaves():\n    raise SystemExit(2)\n"
    )
    metadata = folder / "bad_plugins-2.1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-plugins\nVersion: 2.1\n")
    (metadata / "entry_points.txt").write_text(f"[earsight.plugins]\n{entries}")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("bad_plugins:shop", "does not load (no shop today); update or remove its package"),
        ("bad_plugins:leaves", "does not load (2); update or remove its package"),
        ("bad_plugins:nothing", "does not load (module 'bad_plugins' has no attribute 'nothing'); update or"),
        ("no_such_module:it", "does not load (No module named 'no_such_module'); update or remove its package"),
        ("bad_plugins:made", "gives the class Half; name the class itself as the entry"),
        (
            "bad_plugins:Half",
            "gives a Half, no plugin: it lacks parameters, latency, prepare, reset, get, set, save, load, process",
        ),
    ],
)
def test_a_broken_package_gives_one_line_and_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, reason: str
) -> None:
    bring(tmp_path, f"bad = {entry}\ngood = realtime.effects.trim:Trim\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bad_plugins", raising=False)
    found = installed()
    with pytest.raises(PluginError) as told:
        found["python:bad"].make()
    assert str(told.value).startswith(f"plugin 'python:bad' of bad-plugins 2.1 {reason}")
    assert "\n" not in str(told.value)
    assert found["python:good"].make().name == "Trim"
