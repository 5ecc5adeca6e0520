"""OSC: the address space by which other programs turn a running host's controls, and what they are told of it.

docs/remote-control.md is the reference for those who send; its tables are tested against this file.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from realtime.errors import EarsightError, SettingsError
from realtime.plugin import Parameter
from realtime.remote.control import Running, all_controls, chain_of, control_at, started
from realtime.remote.gate import Gate, check_reach
from realtime.remote.message import Message, shown
from realtime.remote.midi import Midi
from realtime.remote.subscribers import Subscribers
from realtime.remote.transport import TRANSPORT
from realtime.remote.wire import LOOPBACK, Endpoint, Wire, pack, unpack

SUBSCRIPTION_S = 60.0
"""For those who do not say how long."""
MOST_PACKETS = 200
"""That are read in one poll; the others wait."""
_LONGEST_TEXT = 1000


class Osc:
    """Answers OSC messages with the host's methods. All on the thread that owns the host.

    Parameters
    ----------
    host, port
        Where to listen; beyond this computer only if `host` says so.
    midi
        Controllers that `/midi/learn` is for.
    clock
        Seconds, steady.
    token
        That whoever sends has to send first; None where only this computer can send.

    Attributes
    ----------
    gate
        Who has sent it.
    stop_wanted
        Somebody asked the run to end, which is for the owner of the host to do; False again once there is no host.

    Raises
    ------
    SettingsError
        When one cannot listen there, or others could send there without a token.
    """

    def __init__(
        self,
        host: str = LOOPBACK,
        port: int = 0,
        midi: Midi | None = None,
        clock: Callable[[], float] = time.monotonic,
        token: str | None = None,
    ) -> None:
        self.stop_wanted = False
        self.gate = Gate(token, clock)
        self._wire = Wire(host, port)
        try:
            check_reach(self._wire.endpoint[0], token)
        except SettingsError:
            self._wire.close()
            raise
        self._midi = midi
        self._subscribers = Subscribers(self._wire, clock)
        self._commands: dict[str, Callable[[Message, Running | None], None]] = {
            "/token": self._accept,
            "/list": self._list,
            "/subscribe": self._subscribe,
            "/unsubscribe": self._unsubscribe,
            "/undo": self._undo,
            "/redo": self._redo,
            "/counters/reset": self._reset_counters,
            "/stop": self._stop,
            **TRANSPORT,
            "/midi/learn": self._learn,
            "/midi/forget": self._forget,
        }

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return self._wire.endpoint

    def poll(self, running: Running | None, notices: Iterable[str] = ()) -> None:
        """Do what has been asked for since the last time, and tell subscribers what is due.

        Parameters
        ----------
        running
            The host; None while there is none.
        notices
            To be told beside the host's own.
        """
        if running is None:
            self.stop_wanted = False
        for message in _newest(self._received(), self._commands):
            try:
                self._do(message, running)
            except EarsightError as error:
                self._refuse(message.sender, str(error))
            except Exception as error:  # noqa: BLE001 - a plugin is anybody's code; it must not end the run
                self._refuse(message.sender, f"{message.address}: {str(error) or type(error).__name__}")
        self._subscribers.tell(running, tuple(notices), self.gate.refused)

    def close(self) -> None:
        """Listen no more; idempotent."""
        self._wire.close()

    def _received(self) -> Iterator[Message]:
        for sender, packet in self._wire.receive(MOST_PACKETS):
            try:
                messages = unpack(packet)
            except SettingsError as error:
                if self.gate.lets(sender):
                    self._refuse(sender, str(error))
                else:
                    self.gate.refuse(sender)
                continue
            for address, values in messages:
                if address == "/token":
                    allowed = self.gate.shown(sender, values)
                elif not (allowed := self.gate.lets(sender)):
                    self.gate.refuse(sender)
                # Two programs that answer each other's errors would never come to an end.
                if allowed and address != "/error":
                    yield Message(sender, address, values)

    def _do(self, message: Message, running: Running | None) -> None:
        command = self._commands.get(message.address)
        if command is not None:
            command(message, running)
            return
        chain = chain_of(running)
        control = control_at(chain, message.address)
        if message.values:
            control.turn(chain, _end_or_value(control.parameter, message.number()))
        else:
            self._answer(message.sender, message.address, control.read(chain))

    def _accept(self, message: Message, running: Running | None) -> None:
        del running
        self._answer(message.sender, "/token/accepted")

    def _list(self, message: Message, running: Running | None) -> None:
        if not message.pressed:
            return
        chain = chain_of(running)
        controls = all_controls(chain)
        for control in controls:
            parameter = control.parameter
            numbers = (control.read(chain), float(parameter.low), float(parameter.high))
            words = (parameter.scale, parameter.unit, parameter.label, *parameter.choices)
            self._answer(message.sender, "/list", control.address, *numbers, *words)
        for address in self._commands:
            self._answer(message.sender, "/list", address)
        self._answer(message.sender, "/list/end", len(controls) + len(self._commands))

    def _subscribe(self, message: Message, running: Running | None) -> None:
        del running
        port, seconds, *more = (*message.values, *(message.sender[1], SUBSCRIPTION_S)[len(message.values) :])
        if more or not (_is_port(port) and isinstance(seconds, int | float)):
            raise SettingsError(f"/subscribe takes a port of 1 to 65535 and seconds; given: {shown(message.values)}")
        self._subscribers.add((message.sender[0], int(port)), seconds)
        self._answer(message.sender, "/subscribed", int(port), float(seconds))

    def _unsubscribe(self, message: Message, running: Running | None) -> None:
        del running
        port = message.number() if message.values else message.sender[1]
        if not _is_port(port):
            raise SettingsError(f"/unsubscribe takes a port of 1 to 65535; given: {shown(message.values)}")
        self._subscribers.remove((message.sender[0], int(port)))

    def _undo(self, message: Message, running: Running | None) -> None:
        if message.pressed:
            chain_of(running).undo()

    def _redo(self, message: Message, running: Running | None) -> None:
        if message.pressed:
            chain_of(running).redo()

    def _reset_counters(self, message: Message, running: Running | None) -> None:
        if message.pressed:
            started(running).reset_counters()

    def _stop(self, message: Message, running: Running | None) -> None:
        if message.pressed:
            started(running)
            self.stop_wanted = True

    def _learn(self, message: Message, running: Running | None) -> None:
        self._controllers().learn(chain_of(running), *message.part_and_name())

    def _forget(self, message: Message, running: Running | None) -> None:
        del running
        self._controllers().forget(*message.part_and_name())

    def _controllers(self) -> Midi:
        if self._midi is None:
            raise SettingsError("there are no MIDI controllers here; start with --midi NAME")
        return self._midi

    def _refuse(self, sender: Endpoint, reason: str) -> None:
        self._answer(sender, "/error", " ".join(reason.split())[:_LONGEST_TEXT])

    def _answer(self, sender: Endpoint, *message: Any) -> None:
        """To the port the question came from, and to the subscribers on the same computer."""
        packet = pack(*message)
        for to in {sender, *self._subscribers.at(sender[0])}:
            self._wire.send(to, packet)


def _newest(messages: Iterable[Message], commands: Iterable[str]) -> Iterator[Message]:
    """Of several values that one address was sent without a command between them, the last."""
    values: dict[str, Message] = {}
    for message in messages:
        if message.values and message.address not in commands:
            values.pop(message.address, None)
            values[message.address] = message
            continue
        yield from values.values()
        values.clear()
        yield message
    yield from values.values()


def _end_or_value(parameter: Parameter, value: float) -> float:
    """The value, but an end of the range where that is meant: 32 bits may put it beyond, 0.1 comes as 0.100000001."""
    return next((end for end in (parameter.low, parameter.high) if math.isclose(value, end, rel_tol=1e-6)), value)


def _is_port(value: Any) -> bool:
    return isinstance(value, int | float) and 1 <= value <= 65_535 and value == int(value)
