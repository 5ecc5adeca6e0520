"""What all tests share: a JACK server of their own, and the paper's network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.jack import dummy_server, missing_programs

GUI = Path(__file__).parent / "gui"
SOUNDING = (
    "test_demo.py",
    "test_device_guard.py",
    "test_device_returns.py",
    "test_programs.py",
    "test_virtual_microphone.py",
)

if TYPE_CHECKING:
    from tests.paper_network import PaperNetwork


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests, those of a file stay together, and so do those that need the same thing.

    Audio servers mind each other's load, and windows take the keyboard from each other.
    """
    for item in items:
        needed = getattr(item, "fixturenames", ())
        if item.path.is_relative_to(GUI):
            group = "window"
        elif "jack" in needed or item.path.name in SOUNDING:
            group = "sound"
        else:
            group = str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def jack() -> Iterator[Callable[[int], dict[str, str]]]:
    """`jack(block_size)` starts a server and gives the environment for a new process that is to find it.

    PortAudio looks for servers once per process, so the sound itself has to run in a process of its own.
    """
    missing = missing_programs()
    if missing:
        pytest.skip(f"JACK: {missing}")
    with ExitStack() as stack:
        yield lambda block_size: stack.enter_context(dummy_server(block_size))


@pytest.fixture(scope="session")
def paper_network(tmp_path_factory: pytest.TempPathFactory) -> PaperNetwork:
    """The paper's network with random weights; made once, since exporting takes a while."""
    from tests.paper_network import make_paper_network

    return make_paper_network(tmp_path_factory.mktemp("paper"))
