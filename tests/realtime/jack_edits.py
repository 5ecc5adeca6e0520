"""Run by test_chain_jack: a thousand edits of the chain, by its methods and by OSC, while a clip plays to JACK.

The clip's samples say where they belong, and no edit changes the sound: what is lost or doubled shows in the recording.
Arguments: the clip, a model, and where to record to. Prints one JSON object.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split
from realtime.host import Host
from realtime.remote.osc import Osc
from realtime.settings import Settings
from tests.realtime.remote.client import Client

BLOCK_SIZE = 1024
EDITS = 1000
PLAN = Plan((Slot("first", "trim"), Slot("network", SPATIALISER, bypassed=True)))
EXTRA = Slot("extra", "trim")
Edit = Callable[[Plan], Plan]
ROUND: tuple[Edit | tuple[str, float], ...] = (
    lambda plan: plan.add(EXTRA),
    lambda plan: plan.move("extra", 0),
    ("/slot/first/wet", 0.3),
    lambda plan: plan.change("extra", bypassed=True),
    lambda plan: plan.add(Split("ways", (Branch("way", (Slot("within", "width"),)),))),
    ("/slot/extra/bypass", 0),
    lambda plan: plan.move("extra", 0, "way"),
    ("/slot/first/wet", 1.0),
    lambda plan: plan.remove("ways"),
    ("/undo", 1),
)
"""One after the other, and again; the first undoes what the last has left."""


def main(clip: str, model: str, record: str) -> None:
    settings = Settings(
        output="system",
        clip=Path(clip),
        loop=True,
        block_size=BLOCK_SIZE,
        model=Path(model),
        plan=PLAN,
        record=Path(record),
    )
    host, osc = Host(settings), Osc()
    host.start()
    try:
        _until(host, 0.5)
        host.reset_counters()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
            client = Client(port, osc.endpoint)
            begin_s = time.perf_counter()
            for number in range(EDITS):
                _edit(host, osc, client, number)
            took_s = time.perf_counter() - begin_s
            errors = client.errors()
        _until(host, took_s + 0.5)
        snapshot = host.snapshot()
        facts = {"xruns": snapshot.xruns, "blocks": snapshot.blocks, "edits_s": took_s, "errors": errors}
    finally:
        host.stop()
        osc.close()
    print(json.dumps(facts))


def _edit(host: Host, osc: Osc, client: Client, number: int) -> None:
    assert host.chain is not None
    edit = ROUND[number % len(ROUND)]
    if not callable(edit):
        address, value = edit
        client.send(address, value)
        osc.poll(host)
    else:
        if number % len(ROUND) == 0:
            host.chain.edit(PLAN)
        host.chain.edit(edit(host.chain.plan))
    host.chain.settle()


def _until(host: Host, played_s: float) -> None:
    """Wait until so much sound has been played since the counters began."""
    while host.snapshot().duration_s < played_s:
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
