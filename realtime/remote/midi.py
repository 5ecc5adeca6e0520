"""MIDI: controllers that turn the chain's controls, each from when it passes the present value, so that nothing jumps.

mido and python-rtmidi (the extra `midi`) are needed to open a device only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from realtime.chain.chain import Chain
from realtime.errors import DeviceError, EarsightError
from realtime.plugin import Parameter
from realtime.remote.bindings import CONTROLS, Binding
from realtime.remote.control import Running, control_of, position_of, value_at

MIDDLE, HIGHEST = 64, 127
MOST_MESSAGES = 1000
"""That are read in one poll; the others wait."""
NEAR = 1 / HIGHEST
"""Of the range: a controller this near to the present value is at it."""


class Port(Protocol):
    """An input, of the system's or in memory; as mido's are."""

    def poll(self) -> Any:
        """The next of mido's messages, or None at once."""
        ...

    def close(self) -> None: ...


@dataclass
class _Knob:
    """What is known of a bound controller."""

    position: float | None = None
    """Where it stood last."""
    value: float | None = None
    """What it set last; None as long as it has no hold."""


class Midi:
    """Takes a device's controllers to the chain. All on the thread that owns the host.

    Parameters
    ----------
    port
        Of the device; this owns it from now on.
    bindings
        To begin with; those of slots that the chain does not have wait for them.
    keep
        Called with all bindings when they have changed.

    Attributes
    ----------
    notices
        One line for each thing that was learnt or went wrong, oldest first.
    """

    def __init__(
        self,
        port: Port,
        bindings: Iterable[Binding] = (),
        keep: Callable[[tuple[Binding, ...]], None] = lambda bindings: None,
    ) -> None:
        self.notices: list[str] = []
        self._port = port
        self._keep = keep
        self._knobs = {binding: _Knob() for binding in bindings}
        self._wanted: tuple[str, str] | None = None

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """Those that there are now."""
        return tuple(self._knobs)

    @property
    def learning(self) -> bool:
        """Whether the next controller that moves will be bound."""
        return self._wanted is not None

    def learn(self, chain: Chain, part: str, name: str) -> None:
        """Bind the next controller that moves to a control of a slot or branch, in place of what they were bound to.

        Raises
        ------
        SettingsError
            When there is no such control.
        """
        control_of(chain, part, name)
        self._wanted = part, name

    def forget(self, part: str, name: str) -> None:
        """Unbind a control, or stop to learn it."""
        if self._wanted == (part, name):
            self._wanted = None
        self._change([binding for binding in self._knobs if (binding.slot, binding.parameter) != (part, name)])

    def poll(self, running: Running | None) -> None:
        """Do what controllers have asked for since the last time."""
        chain = running.chain if running is not None else None
        for _ in range(MOST_MESSAGES):
            message = self._port.poll()
            if message is None:
                return
            if message.type != "control_change" or message.control > CONTROLS[1] or chain is None:
                continue
            channel, control = message.channel + 1, message.control
            if self._wanted is not None:
                self._bind(Binding(*self._wanted, channel, control))
            for binding, knob in self._knobs.items():
                if (binding.channel, binding.control) == (channel, control):
                    self._move(chain, binding, knob, _position(message.value))

    def close(self) -> None:
        """Let go of the device."""
        self._port.close()

    def _bind(self, new: Binding) -> None:
        others = [
            binding
            for binding in self._knobs
            if (binding.channel, binding.control) != (new.channel, new.control)
            and (binding.slot, binding.parameter) != (new.slot, new.parameter)
        ]
        self._wanted = None
        self.notices.append(f"channel {new.channel}, controller {new.control} turns {new.slot}/{new.parameter}")
        self._change([*others, new])

    def _change(self, bindings: list[Binding]) -> None:
        if bindings == list(self._knobs):
            return
        self._knobs = {binding: self._knobs.get(binding, _Knob()) for binding in bindings}
        try:
            self._keep(self.bindings)
        except EarsightError as error:
            self.notices.append(str(error))

    def _move(self, chain: Chain, binding: Binding, knob: _Knob, position: float) -> None:
        before, knob.position = knob.position, position
        try:
            control = control_of(chain, binding.slot, binding.parameter)
            present = control.read(chain)
            wanted = value_at(control.parameter, position)
            if knob.value != present and not _reaches(control.parameter, before, position, present):
                knob.value = None
                return
            control.turn(chain, wanted)
            knob.value = control.read(chain)
        except EarsightError:
            # The slot is not in this chain; the binding waits for one that has it.
            knob.value = None
        except Exception as error:  # noqa: BLE001 - a plugin is anybody's code; it must not end the run
            knob.value = None
            reason = " ".join(str(error).split()) or type(error).__name__
            self._say(f"{binding.slot}/{binding.parameter} cannot be turned: {reason}")

    def _say(self, notice: str) -> None:
        if notice not in self.notices:
            self.notices.append(notice)


class _SystemPort:
    """An input of the system's, opened through python-rtmidi.

    Not through mido's own ports: those have Python called on the device's thread, and closing one while a controller
    moves never returns (mido 1.3.3 with JACK), since `close` holds the interpreter's lock that this thread waits for.
    """

    def __init__(self, device: Any, parse: Callable[[list[int]], Any]) -> None:
        self._device: Any = device
        self._parse = parse

    def poll(self) -> Any:
        while (event := self._device.get_message()) is not None:
            # What a device sends wrongly is passed over.
            with suppress(ValueError, IndexError):
                return self._parse(event[0])
        return None

    def close(self) -> None:
        if self._device is not None:
            self._device.close_port()
            self._device.delete()
            self._device = None


def open_port(name: str) -> Port:
    """The first MIDI input with this in its name, of whatever the system has for MIDI: on Linux ALSA, then JACK.

    Raises
    ------
    DeviceError
        When there is none, or MIDI cannot be used here.
    """
    try:
        import mido
        import rtmidi
    except ImportError as error:
        raise DeviceError(
            f"MIDI needs mido and python-rtmidi ('{error.name}' is missing); run: pip install 'earsight[midi]'"
        ) from error
    library: Any = rtmidi  # typed in part only
    systems: list[int] = library.get_compiled_api()
    known: list[str] = []
    troubles: list[str] = []
    for system in systems:
        try:
            device: Any = library.MidiIn(system)
            names: list[str] = device.get_ports()
            match = next((number for number, there in enumerate(names) if name.casefold() in there.casefold()), None)
            if match is not None:
                device.open_port(match)
                return _SystemPort(device, mido.Message.from_bytes)
            device.delete()
            known += names
        except (OSError, RuntimeError) as error:
            troubles.append(str(error))
    if len(troubles) == len(systems):
        raise DeviceError(f"MIDI cannot be used here ({'; '.join(troubles)}); connect a controller")
    raise DeviceError(f"no MIDI input matches '{name}'; there are: {', '.join(known) or 'none'}")


def _position(value: int) -> float:
    """Of a controller, 0 to 1, and a half at 64, which MIDI calls the middle."""
    if value <= MIDDLE:
        return value / (2 * MIDDLE)
    return 0.5 + (value - MIDDLE) / (2 * (HIGHEST - MIDDLE))


def _reaches(parameter: Parameter, before: float | None, position: float, present: float) -> bool:
    """Whether a controller that has moved is at the present value now, or has passed it. A switch needs no reaching."""
    if parameter.scale == "switch" or value_at(parameter, position) == present:
        return True
    there = position_of(parameter, present)
    return abs(position - there) <= NEAR or (before is not None and (before - there) * (position - there) < 0)
