"""Wire: OSC packets over UDP. What is no OSC is an error of one line, whatever it is."""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message import ParseError as MessageError
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.parsing import osc_types

from realtime.errors import SettingsError

LOOPBACK = "127.0.0.1"
Endpoint = tuple[str, int]
"""IPv4 address and port."""
Messages = list[tuple[str, tuple[Any, ...]]]
"""Address and values of each."""

_BUNDLE = b"#bundle\0"
_TYPES = frozenset(",ihfdsTFN")
"""Numbers and texts; nothing here takes anything else."""
_TIME_TAG = 8
_DEEPEST = 8
LARGEST_FLOAT = 3.4e38
"""Beyond it a number needs 64 bits."""
_LARGEST = 65_535


def parse_endpoint(text: str) -> Endpoint:
    """What `[HOST:]PORT` names; without HOST only this computer, port 0 for any that is free.

    Raises
    ------
    SettingsError
        When it is no such thing.
    """
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise SettingsError(f"'{text}' is no port; accepted: PORT or HOST:PORT, a port of 1 to 65535, or 0 for any")
    return host or LOOPBACK, int(port)


def unpack(packet: bytes, depth: int = 0) -> Messages:
    """The messages of a packet, those of a bundle in their order; time tags are not waited for.

    Bundles are taken apart here because python-osc (1.10.2) does not return from one with a negative size in it, and
    the types are checked first because it logs each that it does not know.

    Raises
    ------
    SettingsError
        When it is not OSC.
    """
    if not packet.startswith(_BUNDLE):
        return [_message(packet)]
    if depth == _DEEPEST:
        raise SettingsError(f"bundles in bundles; accepted: {_DEEPEST} deep")
    messages: Messages = []
    at = len(_BUNDLE) + _TIME_TAG
    if len(packet) < at:
        raise SettingsError("this packet is a broken OSC bundle; its sizes do not add up")
    while at < len(packet):
        size = struct.unpack_from(">i", packet, at)[0] if at + 4 <= len(packet) else -1
        if not 0 < size <= len(packet) - at - 4:
            raise SettingsError("this packet is a broken OSC bundle; its sizes do not add up")
        messages += unpack(packet[at + 4 : at + 4 + size], depth + 1)
        at += 4 + size
    return messages


def pack(address: str, *values: Any) -> bytes:
    """A message of numbers and texts."""
    builder = OscMessageBuilder(address)
    for value in values:
        if isinstance(value, str):
            # A file's name may hold what is no text.
            builder.add_arg(value.encode("utf-8", "replace").decode("utf-8"))
        else:
            wide = isinstance(value, float) and LARGEST_FLOAT < abs(value) < math.inf
            builder.add_arg(value, OscMessageBuilder.ARG_TYPE_DOUBLE if wide else None)
    return builder.build().dgram


def _message(packet: bytes) -> tuple[str, tuple[Any, ...]]:
    try:
        if not packet.startswith(b"/"):
            raise SettingsError("this packet is not OSC; an address begins with '/'")
        address, end = osc_types.get_string(packet, 0)
        types = osc_types.get_string(packet, end)[0] if end < len(packet) else ","
        if unknown := set(types) - _TYPES:
            raise SettingsError(f"{address[:80]!r} has values of unknown type {min(unknown)!r}; send a number or text")
        message = OscMessage(packet)
    except (MessageError, osc_types.ParseError, UnicodeDecodeError, struct.error) as error:
        raise SettingsError(
            "this packet is broken OSC; accepted: an address, types and values, each padded to 4 bytes"
        ) from error
    return message.address, tuple(message.params)


class Wire:
    """A UDP port that never waits. One thread.

    Parameters
    ----------
    host, port
        Where to listen; port 0 for any that is free.

    Raises
    ------
    SettingsError
        When one cannot listen there.
    """

    def __init__(self, host: str = LOOPBACK, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            where = f"{host}:{port} ({error.strerror or error})"
            raise SettingsError(f"OSC cannot listen at {where}; choose another: --osc [HOST:]PORT") from error

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return self._socket.getsockname()

    def receive(self, most: int) -> Iterator[tuple[Endpoint, bytes]]:
        """Sender and content of the packets that have come, oldest first; no more than `most`."""
        for _ in range(most):
            try:
                packet, sender = self._socket.recvfrom(_LARGEST)
            except BlockingIOError:
                return
            except OSError:  # Windows: something that was sent before has not been taken
                continue
            yield sender, packet

    def send(self, to: Endpoint, packet: bytes) -> None:
        """Send, if it can be sent: who listens and who does not is not known to UDP."""
        with suppress(OSError):
            self._socket.sendto(packet, to)

    def close(self) -> None:
        """Listen no more; idempotent."""
        self._socket.close()
