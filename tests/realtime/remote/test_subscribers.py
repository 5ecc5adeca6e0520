"""Subscribers: how often they are told, for how long, and that the meters miss no peak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime.chain.plan import Slot
from realtime.host import Host
from realtime.remote.osc import Osc
from realtime.remote.subscribers import FIGURES_PER_S, METERS_PER_S, MOST
from realtime.stats import Latency, Snapshot
from tests.realtime.remote.client import Client
from tests.realtime.remote.noted_host import NotedHost


class Playing(NotedHost):
    """A host whose sound and figures are what the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.sound = np.zeros((3, 0), np.float32)
        self.figures = Snapshot(running=True)

    def bring(self, sound: np.ndarray) -> None:
        self.sound = np.concatenate([self.sound, sound.astype(np.float32)], axis=1)

    def snapshot(self) -> Snapshot:
        return self.figures

    def scope(self, samples: int) -> tuple[int, np.ndarray]:
        there = self.sound[:, -samples:]
        out = np.zeros((3, samples), np.float32)
        out[:, samples - there.shape[1] :] = there
        return self.sound.shape[1], out


def meters(client: Client) -> dict[str, float]:
    return {address: values[0] for address, values in client.read() if address.startswith("/meter/")}


def test_meters_and_figures_come_at_their_rates_until_the_subscription_ends(
    osc: Osc, client: Client, clock: list[float]
) -> None:
    playing = Playing()
    client.send("/subscribe", client.number, 10.0)
    heard = []
    for _ in range(50 * 20):
        playing.bring(np.zeros((3, 1)))
        osc.poll(playing)
        heard += [address for address, _ in client.read()]
        clock[0] += 0.02
    # One more than the rate says may come, the first at once.
    assert heard.count("/meter/left") == pytest.approx(10 * METERS_PER_S, abs=1)
    assert heard.count("/xruns") == pytest.approx(10 * FIGURES_PER_S, abs=1)


def test_who_subscribes_again_stays(osc: Osc, client: Client, clock: list[float]) -> None:
    for _ in range(5):
        client.send("/subscribe")
        osc.poll(Playing())
        assert "/xruns" in [address for address, _ in client.read()]
        clock[0] += 59.0
    clock[0] += 2.0
    osc.poll(Playing())
    assert client.read() == []


def test_who_unsubscribes_is_told_no_more(osc: Osc, client: Client) -> None:
    client.send("/subscribe")
    client.send("/unsubscribe")
    client.send("/unsubscribe")
    osc.poll(Playing())
    (confirmed, _), *rest = client.read()
    assert confirmed == "/subscribed"
    assert rest == [("/error", (f"port {client.number} is not subscribed",))]


def test_there_is_an_end_to_subscribers_and_to_subscriptions(osc: Osc, client: Client) -> None:
    for port in range(50_001, 50_001 + MOST):
        client.send("/subscribe", port)
    client.send("/subscribe", 50_001 + MOST)
    client.send("/subscribe", 50_001, 3601)
    client.send("/subscribe", 50_001, 3600)
    osc.poll(None)
    assert client.errors() == [
        f"there are {MOST} subscribers already; unsubscribe one",
        "a subscription of 3601 s is not accepted; up to 3600 s",
    ]


def test_meters_show_the_largest_peak_since_the_last_time(osc: Osc, client: Client, clock: list[float]) -> None:
    playing = Playing()
    loud = np.zeros((3, 4000))
    loud[:, 5] = 0.5, -1.0, 0.001
    playing.bring(loud)
    client.send("/subscribe")
    osc.poll(playing)
    # float32 on the wire
    assert meters(client) == pytest.approx(
        {"/meter/mono": -6.0206, "/meter/left": 0.0, "/meter/right": -60.0}, abs=1e-3
    )
    clock[0] += 1.0
    osc.poll(playing)
    assert meters(client) == {}
    playing.bring(np.zeros((3, 10)))
    clock[0] += 1.0
    osc.poll(playing)
    assert meters(client) == pytest.approx(dict.fromkeys(("/meter/mono", "/meter/left", "/meter/right"), -120.0))


def test_figures_are_those_of_the_snapshot_and_a_notice_comes_once(
    osc: Osc, client: Client, clock: list[float]
) -> None:
    playing = Playing()
    playing.figures = Snapshot(
        running=True,
        duration_s=2.5,
        xruns=3,
        late_blocks=4,
        late_inferences=5,
        mask_age_now_ms=12.5,
        recording="out.wav",
        latency=Latency(100, 200, 180),
        notices=("first",),
    )
    client.send("/subscribe")
    notices = []
    for extra in ((), ("second",), ("second", "third")):
        playing.figures = replace(playing.figures, notices=("first", *extra))
        osc.poll(playing, ["of controllers"])
        messages = client.read()
        notices += [values[0] for address, values in messages if address == "/notice"]
        clock[0] += 1.0
    assert notices == ["first", "of controllers", "second", "third"]
    told = {address: values for address, values in messages if address != "/notice"}
    assert told == {
        "/running": (1,),
        "/position": (2.5,),
        "/recording": ("out.wav",),
        "/latency": (480, 10.0),
        "/xruns": (3,),
        "/late/blocks": (4,),
        "/late/inferences": (5,),
        "/mask/age": (12.5,),
        "/refused": (0,),
    }


def test_a_real_host_is_told_of(osc: Osc, client: Client, host: Host, clock: list[float]) -> None:
    client.send("/subscribe")
    osc.poll(host)
    told = dict(client.read())
    latency, latency_ms = told["/latency"]
    assert told["/running"] == (1,)
    assert latency == host.snapshot().latency.total
    assert latency_ms == pytest.approx(latency / 48)


def test_controls_that_somebody_turns_are_told_with_their_new_values(
    osc: Osc, client: Client, host: Host, clock: list[float]
) -> None:
    chain = host.chain
    assert chain is not None

    def told() -> dict[str, float]:
        clock[0] += 1 / METERS_PER_S
        osc.poll(host)
        return {address: values[0] for address, values in client.read() if address.startswith(("/slot/", "/branch/"))}

    client.send("/subscribe")
    assert told() == {}, "who wants to know what there is asks for the list"
    chain.set("trim", "gain_db", -3.0)
    chain.edit(chain.plan.change("left", muted=True))
    assert told() == {"/slot/trim/gain_db": -3.0, "/branch/left/mute": 1.0}
    assert told() == {}
    chain.undo()
    client.send("/slot/trim/wet", 0.5)
    assert told() == {"/branch/left/mute": 0.0, "/slot/trim/wet": 0.5}
    chain.edit(chain.plan.add(Slot("trim-2", "trim", {"gain_db": 1.0})))
    new = told()
    assert new["/slot/trim-2/gain_db"] == 1.0
    assert all(address.startswith("/slot/trim-2/") for address in new)
