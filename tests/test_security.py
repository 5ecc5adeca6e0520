"""What no file of the project does: run code that came as data, start a shell, listen to a network."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from realtime.host import Host
from realtime.remote.osc import Osc
from realtime.settings import Settings
from tests.models.side_model import make_side_model

ROOT = Path(__file__).parents[1]
OURS = ("realtime", "models", "export", "gui", "benchmarks")

NEVER_CALLED = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "compile": "makes code of text",
    "__import__": "runs whatever is called so",
    "os.system": "starts a shell",
    "os.popen": "starts a shell",
    "subprocess.getoutput": "starts a shell",
    "subprocess.getstatusoutput": "starts a shell",
    "asyncio.create_subprocess_shell": "starts a shell",
    "tempfile.mktemp": "gives a name that another may take first",
}
NEVER_IMPORTED = ("marshal", "shelve", "dill", "cloudpickle", "joblib", "socketserver", "http", "xmlrpc", "requests")
"""They run what they read, or are there to listen or to send."""
ONLY_IN = {"socket": ("realtime/remote/wire.py",), "pickle": ("models/checkpoint_file.py",)}
"""The one socket, and the name of torch's error for a damaged file."""
PICKLE = {"UnpicklingError"}


class Found(NamedTuple):
    where: str
    name: str
    call: ast.Call | None = None


def dotted(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def look(text: str, file: str) -> tuple[list[Found], list[Found], list[Found]]:
    """Calls by their full name, imported modules, and attributes of modules, of one file."""
    tree = ast.parse(text)
    long: dict[str, str] = {}
    modules: list[Found] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules.append(Found(f"{file}:{node.lineno}", alias.name))
                long[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom):
            modules.append(Found(f"{file}:{node.lineno}", node.module or ""))
            long |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    def full(name: str) -> str:
        head, dot, rest = name.partition(".")
        return f"{long.get(head, head)}{dot}{rest}"

    calls = [
        Found(f"{file}:{node.lineno}", full(dotted(node.func)), node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]
    attributes = [
        Found(f"{file}:{node.lineno}", full(dotted(node))) for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    ]
    return calls, modules, attributes


def broken_rules(text: str, file: str) -> Iterator[str]:
    """What a file does that none should."""
    calls, modules, attributes = look(text, file)
    for where, name, call in calls:
        assert call is not None
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        shell = given.get("shell")
        if name in NEVER_CALLED:
            yield f"{where}: {name} {NEVER_CALLED[name]}"
        if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
            yield f"{where}: {name} starts a shell"
        if name == "torch.load" and not is_constant(given.get("weights_only"), True):
            yield f"{where}: torch.load without weights_only=True runs what it reads"
        if name == "numpy.load" and "allow_pickle" in given and not is_constant(given["allow_pickle"], False):
            yield f"{where}: numpy.load with pickles runs what it reads"
    for where, name, _ in modules:
        top = name.partition(".")[0]
        if top in NEVER_IMPORTED:
            yield f"{where}: imports {name}"
        if file not in ONLY_IN.get(top, (file,)):
            yield f"{where}: imports {name}, which is for {', '.join(ONLY_IN[top])}"
    for where, name, _ in attributes:
        if name.startswith("pickle.") and name.partition(".")[2] not in PICKLE:
            yield f"{where}: {name} runs what it reads"


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


@cache
def sources() -> dict[str, str]:
    files = sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))
    assert len(files) > 200
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize("package", OURS)
def test_no_file_does_what_none_should(package: str) -> None:
    broken = [
        line for file, text in sources().items() if file.startswith(f"{package}/") for line in broken_rules(text, file)
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    "bad",
    [
        "eval('1')",
        "exec(text)",
        "import os\nos.system('ls')",
        "from os import system as s\ns('ls')",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "import subprocess as sp\nsp.Popen('ls', shell=chosen)",
        "import torch\ntorch.load(path)",
        "import torch\ntorch.load(path, weights_only=False)",
        "from torch import load\nload(path)",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "import pickle",
        "from pickle import loads",
        "import shelve",
        "import socket",
        "from http.server import HTTPServer",
    ],
)
def test_the_rules_notice(bad: str) -> None:
    assert list(broken_rules(bad, "realtime/some.py"))


def test_the_one_file_with_a_name_of_pickle_s_uses_no_more_of_it() -> None:
    (file,) = ONLY_IN["pickle"]
    assert not list(broken_rules("import pickle\npickle.UnpicklingError", file))
    assert list(broken_rules("import pickle\npickle.loads(b'')", file))


def listening() -> set[str]:
    """Inodes of this process's sockets that take what a network brings: TCP that listens, UDP that is bound."""
    own = set[str]()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            own.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    found = set[str]()
    for kind, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        table = Path("/proc/self/net") / kind
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == state and fields[9] in own:
                found.add(fields[9])
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sockets are listed in Linux's way")
def test_nothing_listens_unless_it_is_asked_for(tmp_path: Path) -> None:
    before = listening()
    host = Host(Settings(driver="null", model=make_side_model(tmp_path / "side.onnx")))
    host.start()
    try:
        assert listening() == before
        osc = Osc()
        assert len(listening() - before) == 1, "what listens would have been seen"
        osc.close()
    finally:
        host.stop()
    assert listening() == before
