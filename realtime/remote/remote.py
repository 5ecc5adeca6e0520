"""Remote: OSC and MIDI behind one object, for whoever owns a host and calls its methods."""

from __future__ import annotations

from realtime.remote.bindings import bindings_file, read_bindings, write_bindings
from realtime.remote.control import Running
from realtime.remote.midi import Midi, open_port
from realtime.remote.osc import Osc
from realtime.remote.wire import parse_endpoint

POLL_INTERVAL_S = 0.02
"""Between two polls: what turns a knob hears it within this time."""


class Remote:
    """Remote control of one host after another. All on the thread that owns them.

    Parameters
    ----------
    osc, midi
        What there is of the two.
    """

    def __init__(self, osc: Osc | None = None, midi: Midi | None = None) -> None:
        self.osc = osc
        self.midi = midi
        self._said: list[str] = []
        self._taken = [0, 0]

    @classmethod
    def open(cls, osc: str | None = None, midi: str | None = None, token: str | None = None) -> Remote:
        """Of what the user chose.

        Parameters
        ----------
        osc
            `[HOST:]PORT` to listen at, without HOST for this computer alone; None for no OSC.
        midi
            Part of the name of a MIDI input; None for none. Its bindings are those of the run before.
        token
            That OSC asks for, see `realtime.remote.gate`.

        Raises
        ------
        EarsightError
            When one of them cannot be had.
        """
        endpoint = None if osc is None else parse_endpoint(osc)
        controllers = None
        if midi is not None:
            file = bindings_file()
            bindings = read_bindings(file)
            controllers = Midi(open_port(midi), bindings, lambda changed: write_bindings(file, changed))
        remote = cls(None, controllers)
        try:
            remote.osc = None if endpoint is None else Osc(*endpoint, controllers, token=token)
        except BaseException:
            remote.close()
            raise
        return remote

    @property
    def stop_wanted(self) -> bool:
        """Whether somebody has asked the run to end since the last `poll` that saw no host."""
        return self.osc is not None and self.osc.stop_wanted

    @property
    def address(self) -> str:
        """Where to turn it from, in words; "" without OSC."""
        return "" if self.osc is None else "OSC listens at {}:{}".format(*self.osc.endpoint)

    @property
    def notices(self) -> tuple[str, ...]:
        """One line for each thing that the user should know, oldest first; `address` is the first."""
        sources = (
            () if self.osc is None else self.osc.gate.notices,
            () if self.midi is None else self.midi.notices,
        )
        for number, lines in enumerate(sources):
            self._said += lines[self._taken[number] :]
            self._taken[number] = len(lines)
        return (*((self.address,) if self.address else ()), *self._said)

    def poll(self, running: Running | None) -> None:
        """Do what has been asked for since the last time; about every `POLL_INTERVAL_S`, or once a picture.

        Parameters
        ----------
        running
            The host, started and not stopped; None while there is none.
        """
        if self.midi is not None:
            self.midi.poll(running)
        if self.osc is not None:
            self.osc.poll(running, self.notices)

    def close(self) -> None:
        """Let go of port and device; idempotent."""
        for part in (self.osc, self.midi):
            if part is not None:
                part.close()
