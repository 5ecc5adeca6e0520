"""What all tests share: a JACK server of their own, and the paper's network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from benchmarks.jack import dummy_server, missing_programs

if TYPE_CHECKING:
    from tests.paper_network import PaperNetwork


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
