"""The page on remote control: every address of its tables works as it says, and no address is missing there."""

from __future__ import annotations

import re
import socket
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import pytest
from mido.ports import EchoPort

from realtime.chain.chain import Chain
from realtime.chain.plan import Branch
from realtime.host import Host
from realtime.remote.bindings import Binding
from realtime.remote.gate import SHORTEST, VARIABLE, chosen_token
from realtime.remote.midi import Midi
from realtime.remote.osc import SUBSCRIPTION_S, Osc
from realtime.remote.subscribers import FIGURES_PER_S, LONGEST_S, METERS_PER_S, MOST
from realtime.remote.transport import TRANSPORT
from tests.realtime.remote.client import Client

PAGE = (Path(__file__).parents[3] / "docs" / "remote-control.md").read_text(encoding="utf-8")
TRIM = "trim"


def table(heading: str) -> list[list[str]]:
    """Cells of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    assert rows
    return [[cell.strip().strip("`") for cell in row] for row in rows]


def typed(word: str) -> int | float | str:
    """A value as the page writes it: 1, 1.0 or text."""
    return int(word) if re.fullmatch(r"-?\d+", word) else float(word) if re.fullmatch(r"-?[\d.]+", word) else word


TAKEN = {row[0]: row[3].split() for row in table("Addresses that Earsight takes")}
"""Address -> example, word by word."""
SENT = {row[0]: row[3] for row in table("Addresses that Earsight sends")}
"""Address -> when."""


def parameter(chain: Chain) -> float:
    plugin = chain.plugin(TRIM)
    assert plugin is not None
    return plugin.get("gain_db")


def branch(chain: Chain) -> Branch:
    part = chain.plan.part("left")
    assert isinstance(part, Branch)
    return part


STATES: dict[str, Callable[[Chain], object]] = {
    "/slot/ID/PARAMETER": parameter,
    "/slot/ID/bypass": lambda chain: chain.plan.slot(TRIM).bypassed,
    "/slot/ID/wet": lambda chain: chain.plan.slot(TRIM).wet,
    "/slot/ID/gain": lambda chain: chain.plan.slot(TRIM).gain_db,
    "/branch/ID/mute": lambda chain: branch(chain).muted,
    "/branch/ID/gain": lambda chain: branch(chain).gain_db,
}
"""Address -> what it sets."""


@pytest.fixture
def knobs(osc: Osc) -> tuple[EchoPort, Midi]:
    port = EchoPort()
    osc._midi = Midi(port, [Binding(TRIM, "gain_db", 16, 119)])
    return port, osc._midi


def send_example(client: Client, osc: Osc, host: Host, address: str) -> list[tuple[str, tuple[Any, ...]]]:
    """Send what the page shows and give the answers, none of them an error."""
    name, *words = TAKEN[address]
    client.send(name, *map(typed, words))
    osc.poll(host)
    answers = client.read()
    assert "/error" not in dict(answers)
    return answers


@pytest.mark.parametrize("address", STATES)
def test_an_address_sets_what_the_page_says_and_answers_with_it(
    address: str, osc: Osc, client: Client, host: Host
) -> None:
    assert host.chain is not None
    name, word = TAKEN[address]
    assert STATES[address](host.chain) != typed(word)
    send_example(client, osc, host, address)
    assert STATES[address](host.chain) == typed(word)
    client.send(name)
    osc.poll(host)
    assert client.read() == [(name, (float(word),))]


def test_undo_and_redo(osc: Osc, client: Client, host: Host) -> None:
    assert host.chain is not None
    send_example(client, osc, host, "/slot/ID/PARAMETER")
    send_example(client, osc, host, "/undo")
    assert parameter(host.chain) == 0.0
    send_example(client, osc, host, "/redo")
    assert parameter(host.chain) == -6.0


def test_counters_are_reset(osc: Osc, client: Client, host: Host, wait_for: Callable[..., bool]) -> None:
    assert wait_for(lambda: host.snapshot().duration_s > 0.3)
    before_s = host.snapshot().duration_s
    send_example(client, osc, host, "/counters/reset")
    assert host.snapshot().duration_s < before_s


def test_stop_is_asked_for(osc: Osc, client: Client, host: Host) -> None:
    assert not osc.stop_wanted
    send_example(client, osc, host, "/stop")
    assert osc.stop_wanted


def test_controllers_are_bound_and_unbound(osc: Osc, client: Client, host: Host, knobs: tuple[EchoPort, Midi]) -> None:
    port, midi = knobs
    send_example(client, osc, host, "/midi/learn")
    port.send(mido.Message("control_change", control=7, value=1))
    midi.poll(host)
    assert midi.bindings == (Binding(TRIM, "gain_db", 1, 7),)
    send_example(client, osc, host, "/midi/forget")
    assert midi.bindings == ()


def test_a_subscription_begins_and_ends(osc: Osc, client: Client, host: Host) -> None:
    send_example(client, osc, host, "/subscribe")
    send_example(client, osc, host, "/unsubscribe")
    client.send(*TAKEN["/unsubscribe"][:1], 9001)
    osc.poll(host)
    assert client.errors() == ["port 9001 is not subscribed"]


def test_everything_that_is_sent_is_on_the_page_and_nothing_else(
    osc: Osc, client: Client, host: Host, clock: list[float], wait_for: Callable[..., bool]
) -> None:
    heard: dict[str, int] = {}
    client.send("/subscribe")
    client.send("/list")
    client.send("/token", "of nobody")
    client.send("/nonsense")

    def all_heard() -> bool:
        osc.poll(host, ["one line"])
        for address, _ in client.read():
            heard[address] = heard.get(address, 0) + 1
        clock[0] += 0.01
        return set(heard) >= set(SENT)

    assert wait_for(all_heard)
    assert set(heard) == set(SENT)


def test_the_list_is_the_page_s(osc: Osc, client: Client, host: Host) -> None:
    answers = send_example(client, osc, host, "/list")
    listed = {values[0] for address, values in answers if address == "/list"}
    commands = {address for address in TAKEN if "ID" not in address}
    assert {address for address in listed if not address.startswith(("/slot/", "/branch/"))} == commands
    own = {"/".join(("", *address.split("/")[1:2], "ID", address.split("/")[3])) for address in listed - commands}
    assert own - {"/slot/ID/gain_db", "/slot/ID/invert"} == set(TAKEN) - commands - {"/slot/ID/PARAMETER"}


def test_no_example_is_left_out_here() -> None:
    tested = {*STATES, *TRANSPORT, "/undo", "/redo", "/counters/reset", "/stop", "/midi/learn", "/midi/forget"}
    assert tested | {"/subscribe", "/unsubscribe", "/list", "/token"} == set(TAKEN)


def test_the_page_s_numbers_are_the_program_s() -> None:
    rates = {"/meter/left": METERS_PER_S, "/xruns": FIGURES_PER_S}
    assert {address: SENT[address] for address in rates} == {
        address: f"{rate:g} a second" for address, rate in rates.items()
    }
    assert f"lasts {SUBSCRIPTION_S:g} seconds" in PAGE
    assert f"up to {LONGEST_S:g};" in PAGE
    assert f"{MOST} programs can subscribe" in PAGE


def test_the_page_s_token_is_long_enough_and_is_taken(host: Host) -> None:
    address, token = TAKEN["/token"]
    assert f"of {SHORTEST} letters or more" in " ".join(PAGE.split())
    assert VARIABLE in PAGE
    assert chosen_token(None, {VARIABLE: token}) == token
    osc = Osc(token=token)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        asking = Client(port, osc.endpoint)
        asking.send(address, token)
        osc.poll(host)
        assert asking.read() == [("/token/accepted", ())]
    osc.close()


def test_the_page_s_oscsend_lines_are_understood(
    osc: Osc, client: Client, host: Host, knobs: tuple[EchoPort, Midi]
) -> None:
    """As liblo sends them: the types are given by the second word."""
    lines = re.findall(r"^oscsend 127\.0\.0\.1 9000 (.*)$", PAGE, flags=re.MULTILINE)
    assert len(lines) == 6
    kinds = {"i": int, "f": float, "s": str}
    for line in lines:
        address, types, *words = [*line.split(), ""] if " " not in line else line.split()
        client.send(address, *(kinds[kind](word) for kind, word in zip(types, words, strict=True)))
        osc.poll(host)
        assert client.errors() == [], line


def test_the_page_s_bindings_are_bindings() -> None:
    (content,) = re.findall(r"^```toml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert [Binding.of(entry).control for entry in tomllib.loads(content)["midi"]] == [21, 41]
