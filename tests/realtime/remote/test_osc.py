"""OSC over a real port with a host that plays: what is asked for is done, and what is wrong gets one line back."""

from __future__ import annotations

import logging
import socket

import numpy as np
import pytest

from realtime.host import Host
from realtime.plugin import Parameter
from realtime.remote.control import all_controls
from realtime.remote.osc import MOST_PACKETS, Osc
from realtime.remote.wire import pack
from tests.realtime.remote.client import Client


def trim(host: Host, name: str = "gain_db") -> float:
    plugin = host.chain and host.chain.plugin("trim")
    assert plugin is not None
    return plugin.get(name)


@pytest.mark.parametrize("value", [-6, -6.0, 2**40, True])
def test_any_kind_of_number_is_one(osc: Osc, client: Client, host: Host, value: float) -> None:
    client.send("/slot/trim/gain_db", value)
    osc.poll(host)
    if value == 2**40:
        assert client.errors() == ["gain_db 1.09951e+12 is out of range; accepted: -60 to 24"]
    else:
        assert client.errors() == []
        assert trim(host) == value


@pytest.mark.parametrize("values", [("loud",), (1.0, 2.0), (None,), ("",)])
def test_what_is_no_number_is_refused(osc: Osc, client: Client, host: Host, values: tuple[object, ...]) -> None:
    client.send("/slot/trim/gain_db", *values)
    osc.poll(host)
    (error,) = client.errors()
    assert error.startswith("/slot/trim/gain_db takes one number; given: ")
    assert trim(host) == 0.0


@pytest.mark.parametrize("value", [25.0, -61.0, float("nan"), float("inf")])
def test_what_is_out_of_range_is_refused_with_the_range(osc: Osc, client: Client, host: Host, value: float) -> None:
    client.send("/slot/trim/gain_db", value)
    osc.poll(host)
    (error,) = client.errors()
    assert error.endswith("accepted: -60 to 24")
    assert trim(host) == 0.0


def test_the_ends_of_a_range_are_accepted_though_32_bits_put_them_beyond(
    osc: Osc, client: Client, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = host.chain and host.chain.plugin("trim")
    narrow = Parameter("gain_db", "Gain", -0.1, 0.1, 0.0, "dB")
    monkeypatch.setattr(type(plugin), "parameters", (narrow, narrow))
    for end in (0.1, -0.1):
        client.send("/slot/trim/gain_db", end)
        osc.poll(host)
        assert client.errors() == []
        assert trim(host) == end


def test_of_many_values_for_one_control_the_last_counts_but_no_command_is_overtaken(
    osc: Osc, client: Client, host: Host
) -> None:
    client.send("/slot/trim/gain_db", -50.0)
    client.send("/slot/trim/gain_db", -1.0)
    client.send("/undo")
    for value in range(30):
        client.send("/slot/trim/gain_db", -float(value))
    client.send("/undo")
    client.send("/redo")
    osc.poll(host)
    assert trim(host) == -29.0
    client.send("/undo")
    osc.poll(host)
    assert trim(host) == 0.0


def test_a_bundle_is_done_in_one_poll(osc: Osc, client: Client, host: Host) -> None:
    elements = [pack("/slot/trim/gain_db", -3.0), pack("/slot/trim/bypass", 1), pack("/slot/trim/wet")]
    client.send_packet(b"#bundle\0" + bytes(8) + b"".join(len(e).to_bytes(4, "big") + e for e in elements))
    osc.poll(host)
    assert client.read() == [("/slot/trim/wet", (1.0,))]
    assert trim(host) == -3.0
    assert host.chain is not None and host.chain.plan.slot("trim").bypassed


def test_a_flood_of_rubbish_breaks_nothing_and_logs_nothing(
    osc: Osc, client: Client, host: Host, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    with caplog.at_level(logging.DEBUG):
        for _ in range(20):
            for _ in range(20):
                client.send_packet(rng.bytes(int(rng.integers(0, 200))))
            osc.poll(host)
            assert len(client.errors()) == 20
    client.send("/slot/trim/gain_db", -9.0)
    osc.poll(host)
    assert trim(host) == -9.0
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_one_poll_reads_so_many_packets_and_the_next_the_others(osc: Osc, client: Client, host: Host) -> None:
    for _ in range(MOST_PACKETS + 1):
        client.send("/slot/trim/wet")
    osc.poll(host)
    assert len(client.read()) == MOST_PACKETS
    osc.poll(host)
    assert len(client.read()) == 1


def test_an_error_is_not_answered_so_that_two_programs_do_not_answer_each_other_for_ever(
    osc: Osc, client: Client, host: Host
) -> None:
    client.send("/error", "unknown address '/meter/left'")
    osc.poll(host)
    assert client.read() == []


def test_a_plugin_that_raises_is_one_line(
    osc: Osc, client: Client, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("all\nwrong")

    assert host.chain is not None
    monkeypatch.setattr(host.chain.plugin("trim"), "set", broken)
    client.send("/slot/trim/gain_db", -9.0)
    osc.poll(host)
    assert client.errors() == ["/slot/trim/gain_db: all wrong"]


def test_without_a_host_every_request_is_answered(osc: Osc, client: Client) -> None:
    for address in ("/slot/trim/gain_db", "/undo", "/redo", "/list", "/stop", "/counters/reset"):
        client.send(address)
        osc.poll(None)
        assert client.errors() == ["nothing runs now; start first"], address
    assert not osc.stop_wanted


def test_a_button_that_is_let_go_does_nothing(osc: Osc, client: Client, host: Host) -> None:
    client.send("/slot/trim/gain_db", -9.0)
    client.send("/undo", 1.0)
    client.send("/redo", 0.0)
    client.send("/stop", 0)
    osc.poll(host)
    assert client.errors() == []
    assert trim(host) == 0.0
    assert not osc.stop_wanted


def test_the_list_has_every_control_with_its_range_and_says_how_many_there_are(
    osc: Osc, client: Client, host: Host
) -> None:
    client.send("/slot/trim/gain_db", -9.0)
    client.send("/list")
    osc.poll(host)
    *rows, (end, (count,)) = client.read()
    assert host.chain is not None
    assert end == "/list/end"
    assert {address for address, _ in rows} == {"/list"}
    assert len(rows) == count
    listed = {values[0]: values[1:] for _, values in rows}
    assert set(listed) >= {control.address for control in all_controls(host.chain)} | {"/undo", "/subscribe"}
    assert listed["/slot/trim/gain_db"] == (-9.0, -60.0, 24.0, "linear", "dB", "Gain")
    assert listed["/slot/trim/bypass"] == (0.0, 0.0, 1.0, "switch", "", "Bypass")


def test_an_answer_also_goes_to_the_subscribers_of_the_same_computer(osc: Osc, client: Client, host: Host) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        other = Client(port, osc.endpoint)
        client.send("/subscribe", other.number)
        osc.poll(host)
        assert ("/subscribed", (other.number, 60.0)) in other.read()
        client.send("/nonsense")
        osc.poll(host)
        said = ["unknown address '/nonsense'; send /list for those there are"]
        assert (client.errors(), other.errors()) == (said, said)


@pytest.mark.parametrize("values", [("9000",), (0,), (65_536,), (1.5,), (float("nan"),), (9000, "long"), (1, 2, 3)])
def test_a_subscription_needs_a_port(osc: Osc, client: Client, host: Host, values: tuple[object, ...]) -> None:
    client.send("/subscribe", *values)
    osc.poll(host)
    (error,) = client.errors()
    assert "takes a port of 1 to 65535" in error


def test_midi_without_midi_is_one_line(osc: Osc, client: Client, host: Host) -> None:
    client.send("/midi/learn", "trim", "gain_db")
    osc.poll(host)
    assert client.errors() == ["there are no MIDI controllers here; start with --midi NAME"]
