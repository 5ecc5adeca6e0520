"""Remote control: OSC packets over a real port, and MIDI messages, both to a host that plays."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target
from tests.fuzz.values import strange

ADDRESSES = (
    *("/slot/trim/gain_db", "/slot/trim/bypass", "/slot/trim/wet", "/branch/left/mute", "/slot/spatialiser/gain"),
    *("/list", "/subscribe", "/unsubscribe", "/undo", "/redo", "/counters/reset", "/stop", "/midi/learn"),
    *("/midi/forget", "/play", "/pause", "/seek", "/loop", "/listen", "/error", "/", "//", "/slot", "/slot/%00/%ff"),
)
LONGEST_PACKET = 60_000


class _Playing(Target):
    """A host without a device, with a chain that has something of each kind."""

    def prepare(self, folder: Path) -> None:
        from realtime.chain.plan import SPATIALISER, Branch, Plan, Slot, Split
        from realtime.host import Host
        from realtime.settings import Settings
        from tests.models.side_model import make_side_model

        sides = Split("sides", (Branch("left", (Slot("soft", "trim"),)), Branch("right")))
        plan = Plan((Slot("trim", "trim"), sides, Slot("spatialiser", SPATIALISER)))
        model = make_side_model(folder / "side.onnx")
        self._host = Host(Settings(driver="null", model=model, plan=plan, provider="cpu"))
        self._host.start()

    def close(self) -> None:
        self._host.stop()


class OscPackets(_Playing):
    """One packet each, and what is answered."""

    name = "osc"
    suffix = ".osc"
    share = 2000.0

    def prepare(self, folder: Path) -> None:
        from realtime.remote.osc import Osc
        from tests.realtime.remote.client import Client

        super().prepare(folder)
        self._osc = Osc()
        self._port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._client = Client(self._port, self._osc.endpoint)

    def good(self) -> bytes:
        return _padded(b"/slot/trim/gain_db") + _padded(b",d") + struct.pack(">d", -3.0)

    def generate(self, rng: np.random.Generator) -> bytes:
        packets = [_message(rng) for _ in range(1 + int(rng.integers(3)))]
        if rng.random() < 0.3:
            packets = [_bundle(packets)]
        return (mutated(rng, packets, (b"#bundle\0", b",ifs\0\0\0\0")) if rng.random() < 0.5 else packets[0])[
            :LONGEST_PACKET
        ]

    def read(self, place: Place) -> Iterable[str]:
        from realtime.errors import SettingsError

        self._client.send_packet(place.given.read_bytes())
        self._osc.poll(self._host)
        for text in self._client.errors():
            raise SettingsError(text)
        assert self._host.chain is not None, "the host has stopped"
        return ()

    def close(self) -> None:
        self._osc.close()
        self._port.close()
        super().close()


def _message(rng: np.random.Generator) -> bytes:
    """A message, right but for what it says."""
    values: list[Any] = [float(abs(rng.normal(0, 1)))]
    if rng.random() < 0.4:
        values = [strange(rng) for _ in range(int(rng.integers(4)))]
    types, content = ",", b""
    for value in values:
        if isinstance(value, bool) or value is None:
            types += {True: "T", False: "F", None: "N"}[value]
        elif isinstance(value, int):
            types, content = types + "h", content + struct.pack(">q", max(-(2**63), min(value, 2**63 - 1)))
        elif isinstance(value, float):
            types, content = types + "d", content + struct.pack(">d", value)
        elif isinstance(value, str):
            types, content = types + "s", content + _padded(value.encode("utf-8", "surrogatepass")[:2000])
    return _padded(str(rng.choice(ADDRESSES)).encode()) + _padded(types.encode()) + content


def _bundle(packets: list[bytes]) -> bytes:
    return b"#bundle\0" + bytes(7) + b"\1" + b"".join(struct.pack(">i", len(one)) + one for one in packets)


def _padded(text: bytes) -> bytes:
    return text + bytes(4 - len(text) % 4)


class _Device:
    """A MIDI device with events to be read."""

    def __init__(self) -> None:
        self.events: list[list[int]] = []

    def get_message(self) -> Any:
        return (self.events.pop(0), 0.0) if self.events else None

    def close_port(self) -> None:
        """As rtmidi's."""

    def delete(self) -> None:
        """As rtmidi's."""


class MidiMessages(_Playing):
    """Some events of a device each."""

    name = "midi"
    suffix = ".mid"
    share = 900.0

    def prepare(self, folder: Path) -> None:
        import mido

        from realtime.remote.bindings import Binding
        from realtime.remote.midi import Midi, _SystemPort

        super().prepare(folder)
        self._device = _Device()
        bindings = (Binding("trim", "gain_db", 1, 21), Binding("trim", "bypass", 1, 22), Binding("gone", "wet", 1, 23))
        self._midi = Midi(_SystemPort(self._device, mido.Message.from_bytes), bindings)

    def good(self) -> bytes:
        return bytes((0xB0, 21, 64))

    def generate(self, rng: np.random.Generator) -> bytes:
        good = b"".join(bytes((0xB0, int(rng.integers(20, 24)), int(rng.integers(128)))) for _ in range(6))
        return mutated(rng, [good, b"\xf0\x7d\x01\xf7\x90\x40\x40"])

    def read(self, place: Place) -> Iterable[str]:
        content = place.given.read_bytes()
        size = 1 + len(content) % 4
        self._device.events += [list(content[start : start + size]) for start in range(0, len(content), size)]
        if content[:1] == b"\xb0" and self._host.chain is not None:
            self._midi.learn(self._host.chain, "trim", "wet")
        before = len(self._midi.notices)
        self._midi.poll(self._host)
        return self._midi.notices[before:]
