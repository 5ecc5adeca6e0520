"""What all tests share: a JACK server of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from benchmarks.jack import dummy_server, missing_programs


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
