"""Packets: what is OSC is taken apart, and what is not is one error, whatever it is."""

from __future__ import annotations

import logging
import socket
import struct

import numpy as np
import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from realtime.errors import SettingsError
from realtime.remote.wire import LOOPBACK, Wire, pack, parse_endpoint, unpack

SIZE_AT = 16
"""Of the first element's size in a bundle."""


def bundle(*contents: bytes) -> bytes:
    return b"#bundle\0" + bytes(8) + b"".join(struct.pack(">i", len(content)) + content for content in contents)


def test_what_is_packed_is_unpacked() -> None:
    values = (1, 2**40, 0.5, "héllo", True, 1e300)
    assert unpack(pack("/a/b", *values)) == [("/a/b", values)]
    assert unpack(pack("/a")) == [("/a", ())]


def test_what_is_no_text_is_sent_all_the_same() -> None:
    assert unpack(pack("/notice", "file\udcff"))[0][1] == ("file?",)


def test_a_bundle_of_the_library_gives_its_messages_in_their_order_whatever_its_time() -> None:
    inner, outer = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(2_000_000_000)
    for builder, address in ((inner, "/a"), (inner, "/b"), (outer, "/c")):
        builder.add_content(OscMessageBuilder(address).build())
    outer.add_content(inner.build())
    assert [address for address, _ in unpack(outer.build().dgram)] == ["/c", "/a", "/b"]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0",
        b"hello",
        b"/a",
        b"/\xff\xff\0",
        b"/a\0\0,i\0\0",
        b"/a\0\0,s\0\0abc",
        b"/a\0\0,b\0\0\xff\xff\xff\xf0",
        b"/a\0\0,[[\0",
        b"/a\0\0,zz\0",
        b"#bundle\0",
        b"#bundle\0" + bytes(9),
        bundle(b"xxxx"),
        bundle(b""),
    ],
)
def test_rubbish_is_one_error(packet: bytes) -> None:
    with pytest.raises(SettingsError) as refusal:
        unpack(packet)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("size", [-4, -2_147_483_648, 0, 2_147_483_647])
def test_a_bundle_with_an_impossible_size_comes_to_an_end(size: int) -> None:
    packet = bytearray(bundle(pack("/a", 1)))
    packet[SIZE_AT : SIZE_AT + 4] = struct.pack(">i", size)
    with pytest.raises(SettingsError):
        unpack(bytes(packet))


def test_bundles_in_bundles_end_somewhere() -> None:
    packet = pack("/a")
    for _ in range(2000):
        packet = bundle(packet)
    with pytest.raises(SettingsError, match="deep"):
        unpack(packet)


def test_packets_with_wrong_bytes_are_refused_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    rng = np.random.default_rng(5)
    seeds = [pack("/slot/trim/gain_db", 1.0), pack("/x", "text", 3), bundle(pack("/a", 1), pack("/b", "c"))]
    refused = 0
    with caplog.at_level(logging.DEBUG):
        for number in range(6000):
            packet = bytearray(seeds[number % len(seeds)])
            for _ in range(rng.integers(1, 6)):
                packet[rng.integers(len(packet))] = rng.integers(256)
            try:
                unpack(bytes(packet[: rng.integers(len(packet) + 1)]))
            except SettingsError:
                refused += 1
    assert refused > 1000
    assert not caplog.records


@pytest.mark.parametrize(
    ("text", "endpoint"), [("9000", ("127.0.0.1", 9000)), ("0.0.0.0:9", ("0.0.0.0", 9)), (":1", ("127.0.0.1", 1))]
)
def test_without_a_host_only_this_computer_is_meant(text: str, endpoint: tuple[str, int]) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize("text", ["", "x", "host:", "1.5", "-1", "65536", "127.0.0.1", "²"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="accepted: PORT"):
        parse_endpoint(text)


def test_a_taken_port_is_one_line_with_the_cure() -> None:
    first = Wire()
    try:
        with pytest.raises(SettingsError, match=r"cannot listen at 127.0.0.1:\d+ \(.*in use\); choose another"):
            Wire(*first.endpoint)
    finally:
        first.close()


def test_who_sends_to_another_address_of_this_computer_is_not_heard() -> None:
    wire = Wire()
    try:
        assert wire.endpoint[0] == LOOPBACK
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
            port.sendto(pack("/a"), ("127.0.0.2", wire.endpoint[1]))
            assert list(wire.receive(10)) == []
            port.sendto(pack("/a"), wire.endpoint)
            assert [packet for _, packet in wire.receive(10)] == [pack("/a")]
    finally:
        wire.close()
