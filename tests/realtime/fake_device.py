"""An audio device that can be unplugged, frozen and refused, and calls the engine as a real one does."""

from __future__ import annotations

import ctypes
import threading
import time

import numpy as np
from numpy.typing import NDArray

from realtime.caller import Caller
from realtime.engine import Engine
from realtime.errors import DeviceError, NoDeviceError

RATE = 48_000
BLOCK = 128
LEVEL = 0.5
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
)


def call(caller: Caller, sound: NDArray[np.float32], outputs: int = 2) -> NDArray[np.float32]:
    """What a device hears that calls once with float32 (n, inputs): float32 (n, outputs)."""
    out = np.full((len(sound), outputs), 9.0, np.float32)
    function = CALLBACK(caller.callback_address)
    assert function(sound.ctypes.data, out.ctypes.data, len(sound), None, 0, caller.address) == 0
    return out


class FakeDevice:
    """Calls from a thread of its own at a device's pace, with a constant for an input."""

    name_input = "microphone"
    sample_rate, block_size = RATE, BLOCK
    input_latency = output_latency = BLOCK

    def __init__(self, engine: Engine, socket: FakeOpening, name: str, plugged: threading.Event) -> None:
        self.name_output = name
        self.says_when_gone = socket.says_when_gone
        self.stopped = threading.Event()
        self.heard_s = 0.0
        """When it last heard the engine."""
        self._socket = socket
        self._plugged = plugged
        self._caller = engine.caller(1, 2)
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def calls(self) -> int:
        return self._caller.calls

    @property
    def inside(self) -> bool:
        return self._caller.inside

    @property
    def active(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._caller.admit()
        self._begin()

    def standby(self) -> None:
        self._caller.dismiss()
        self._begin()

    def _begin(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def hand_over(self, engine: Engine) -> bool:
        return self._caller.hand_over(engine)

    def stop(self) -> None:
        self._caller.dismiss()
        self.stopped.set()

    def _run(self) -> None:
        sound = np.full((BLOCK, 1), LEVEL, np.float32)
        due_s = time.monotonic()
        while self._plugged.is_set() and not (self.stopped.is_set() and not self._socket.wakes_late):
            if not self._socket.frozen.is_set() and call(self._caller, sound).any():
                self.heard_s = time.monotonic()
            due_s = max(due_s + BLOCK / RATE, time.monotonic())
            time.sleep(max(0.0, due_s - time.monotonic()))


class FakeOpening:
    """Where such devices are plugged in.

    Attributes
    ----------
    refusal
        Why a device cannot be opened, although it is there.
    spare
        Name of an output that may be used meanwhile and is always there; "" for none.
    wakes_late
        A device that was closed goes on calling, as one does that did not answer.
    """

    def __init__(
        self, engine: Engine, *, says_when_gone: bool = True, wakes_late: bool = False, spare: str = ""
    ) -> None:
        self.says_when_gone = says_when_gone
        self.wakes_late = wakes_late
        self.spare = spare
        self.plugged, self.frozen = threading.Event(), threading.Event()
        self.plugged.set()
        self.refusal = ""
        self.made: list[FakeDevice] = []
        self.device: FakeDevice | None = None
        self.engine = engine

    def open(self) -> FakeDevice:
        self.device = self.reopen()
        return self.device

    def reopen(self) -> FakeDevice:
        if not self.plugged.is_set():
            raise NoDeviceError("no output device matches 'headphones'; run: earsight devices")
        if self.refusal:
            raise DeviceError(self.refusal)
        return self._made("headphones", self.plugged)

    @property
    def has_fallback(self) -> bool:
        return bool(self.spare)

    def fall_back(self) -> FakeDevice:
        always = threading.Event()
        always.set()
        return self._made(self.spare, always)

    def _made(self, name: str, plugged: threading.Event) -> FakeDevice:
        self.made.append(FakeDevice(self.engine, self, name, plugged))
        return self.made[-1]
