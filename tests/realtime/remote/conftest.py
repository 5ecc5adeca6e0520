"""What the tests of remote control share: a host that plays without a device, and a program that sends to it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split
from realtime.host import Host
from realtime.remote.osc import Osc
from realtime.settings import Settings
from tests.models.side_model import make_side_model
from tests.realtime.remote.client import Client

PLAN = Plan(
    (
        Slot("trim", "trim"),
        Split("sides", (Branch("left", (Slot("soft/er #1", "trim"),)), Branch("right"))),
        Slot("spatialiser", SPATIALISER),
        Slot("lost", "python:no-such-plugin", values={"depth": 3.0}),
    )
)


@pytest.fixture(scope="module")
def only_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    model = make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")
    host = Host(Settings(driver="null", model=model, plan=PLAN))
    host.start()
    yield host
    host.stop()


@pytest.fixture
def host(only_host: Host) -> Host:
    """At its plan's values, playing."""
    assert only_host.chain is not None
    only_host.chain.edit(PLAN)
    return only_host


@pytest.fixture
def clock() -> list[float]:
    """Its one number is what the clock says."""
    return [100.0]


@pytest.fixture
def osc(clock: list[float]) -> Iterator[Osc]:
    server = Osc(clock=lambda: clock[0])
    yield server
    server.close()


@pytest.fixture
def client(osc: Osc) -> Iterator[Client]:
    """A program on this computer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        yield Client(port, osc.endpoint)
