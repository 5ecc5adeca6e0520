"""A program that speaks OSC. On the loopback a packet is there when `sendto` returns: nothing needs to be awaited."""

from __future__ import annotations

import socket
from typing import Any

from realtime.remote.wire import Endpoint, pack, unpack


class Client:
    """Sends to a server from a port of its own, and reads what has come back."""

    def __init__(self, port: socket.socket, server: Endpoint) -> None:
        port.bind(("127.0.0.1", 0))
        port.setblocking(False)
        self._port = port
        self._server = server

    @property
    def number(self) -> int:
        """Of its port."""
        return self._port.getsockname()[1]

    def send(self, address: str, *values: Any) -> None:
        self.send_packet(pack(address, *values))

    def send_packet(self, packet: bytes) -> None:
        self._port.sendto(packet, self._server)

    def read(self) -> list[tuple[str, tuple[Any, ...]]]:
        """Address and values of all that has come."""
        messages: list[tuple[str, tuple[Any, ...]]] = []
        while True:
            try:
                messages += unpack(self._port.recv(65_535))
            except BlockingIOError:
                return messages

    def errors(self) -> list[str]:
        """Texts of the errors among it."""
        return [values[0] for address, values in self.read() if address == "/error"]
