"""A clip is played, held and wound by OSC, as the page says; what is no place, or no clip, is one line back."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.host import Host
from realtime.playback import Playback
from realtime.remote.osc import Osc
from realtime.remote.transport import TRANSPORT
from tests.realtime.remote.client import Client
from tests.realtime.remote.noted_host import NotedHost
from tests.realtime.remote.test_page import TAKEN, typed


@pytest.fixture
def deck() -> NotedHost:
    made = NotedHost()
    made.playback = Playback(12.5, 60.0, playing=True, ended=False, region=None)
    return made


EXAMPLES = {
    "/play": ("play",),
    "/pause": ("pause",),
    "/seek": ("seek", 12.5),
    "/loop": ("loop", (10.0, 12.5)),
    "/listen": ("listen_to", "mono"),
}


@pytest.mark.parametrize("address", TRANSPORT)
def test_the_page_s_examples_do_what_it_says(address: str, osc: Osc, client: Client, deck: NotedHost) -> None:
    name, *words = TAKEN[address]
    client.send(name, *map(typed, words))
    osc.poll(deck)
    assert (client.errors(), deck.told) == ([], [EXAMPLES[address]])


def test_a_loop_ends_without_values_and_a_button_acts_when_it_goes_down(
    osc: Osc, client: Client, deck: NotedHost
) -> None:
    client.send("/loop")
    client.send("/play", 0.0)
    client.send("/pause", 1.0)
    osc.poll(deck)
    assert (client.errors(), deck.told) == ([], [("loop", None), ("pause",)])


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (("/seek",), "/seek takes one number; given: nothing"),
        (("/seek", "end"), "/seek takes one number; given: 'end'"),
        (("/loop", 1.0), "/loop takes two times in seconds, or nothing; given: 1.0"),
        (("/loop", "a", "b"), "/loop takes two times in seconds, or nothing; given: 'a', 'b'"),
        (("/listen", 1), "/listen takes what to listen to; given: 1"),
    ],
)
def test_what_is_not_understood_is_one_line(
    message: tuple[Any, ...], said: str, osc: Osc, client: Client, deck: NotedHost
) -> None:
    client.send(*message)
    osc.poll(deck)
    assert (client.errors(), deck.told) == ([said], [])


def test_live_there_is_no_clip_but_something_to_listen_to(osc: Osc, client: Client, host: Host) -> None:
    for address in ("/play", "/pause"):
        client.send(address)
        osc.poll(host)
        assert client.errors() == ["no clip is played; open one, or start with: earsight play CLIP"]
    client.send("/listen", "mono")
    osc.poll(host)
    assert (client.errors(), host.listening) == ([], "mono")
    client.send("/listen", "recorded")
    client.send("/listen", "binaural")
    osc.poll(host)
    assert client.errors() == ["there is no 'recorded' to listen to; accepted: binaural, mono"]
    assert host.listening == "binaural"


def test_subscribers_are_told_where_the_clip_is(osc: Osc, client: Client, deck: NotedHost) -> None:
    client.send("/subscribe")
    osc.poll(deck)
    assert ("/clip", (12.5, 60.0, 1)) in client.read()
