"""The driver for audio devices, through PortAudio.

PortAudio calls the engine's compiled function directly: no Python runs on the audio thread. PortAudio's "frames" are
samples per channel everywhere else in Earsight.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from realtime.drivers import library
from realtime.drivers.choice import LIST, AudioDevice, choose_devices
from realtime.drivers.library import alone, reason
from realtime.errors import DeviceError

if TYPE_CHECKING:
    from realtime.caller import Caller
    from realtime.engine import Engine

USUAL_RATES = (8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
CHANNELS = 2
"""At most so many channels of a device are opened, either way."""
CLOSE_TIMEOUT_S = 1.0
FIRST_CALL_TIMEOUT_S = 0.5
PRIORITY = 10
"""Of the audio thread among real-time ones, 1 to 99: above everything ordinary, below the audio servers' own."""

_open: list[tuple[Any, Caller]] = []
"""Streams not closed for certain, the abandoned ones among them: a callback may yet come and needs the others."""


def query_devices() -> list[AudioDevice]:
    """Devices as they were when PortAudio was initialised or last rescanned.

    Raises
    ------
    DeviceError
        When the PortAudio library is missing, or does not answer another thread either.
    """
    with alone() as sd:
        apis = sd.query_hostapis()
        default_input, default_output = sd.default.device
        return [
            AudioDevice(
                name=str(device["name"]),
                host_api=str(apis[device["hostapi"]]["name"]),
                inputs=int(device["max_input_channels"]),
                outputs=int(device["max_output_channels"]),
                default_sample_rate=round(device["default_samplerate"]),
                is_default_input=index == _default(default_input, sd, "default_input_device"),
                is_default_output=index == _default(default_output, sd, "default_output_device"),
                index=index,
            )
            for index, device in enumerate(sd.query_devices())
        ]


def check_devices(input: str | None, output: str | None, sample_rate: int, want_input: bool = True) -> None:
    """Say at once what `PortAudioDriver` would say, as far as that can be told before it takes the devices.

    While another stream is open the rate is not asked about, for the device may belong to that stream; and nothing is,
    once devices came or went.

    Raises
    ------
    DeviceError
        As `PortAudioDriver`.
    """
    with alone() as sd:
        if library.outdated.is_set():
            if _open:
                return
            library.rescan()
        source, sink = choose_devices(query_devices(), input, output, want_input)
        if not _open:
            _check_rates(sd, source, sink, sample_rate)


class PortAudioDriver:
    """Calls an engine from an audio device.

    Parameters
    ----------
    engine
        Kept alive as long as the device may call it.
    input, output
        Part of a device's name, in any case; a device of one found before, which is meant by name and host API; None
        for the default. Both must belong to one host API.
    sample_rate, block_size
        Hz, and samples per channel per call.
    want_input
        False to open an output only, as for playing a clip; `input` is then ignored.

    Attributes
    ----------
    source, sink
        The devices; `source` is None without input.
    says_when_gone
        Whether `active` is certain to turn False when the device goes away, so that one that merely stands still is
        worth waiting for. JACK tells its clients when its server ends.

    Raises
    ------
    DeviceError
        When no device matches, several do, the device refuses the format, or PortAudio does not answer.
    """

    def __init__(
        self,
        engine: Engine,
        input: str | AudioDevice | None = None,
        output: str | AudioDevice | None = None,
        sample_rate: int = 48_000,
        block_size: int = 128,
        want_input: bool = True,
    ) -> None:
        with alone() as sd:
            if library.outdated.is_set():
                library.rescan()
            self.source, self.sink = choose_devices(query_devices(), input, output, want_input)
            _check_rates(sd, self.source, self.sink, sample_rate)
            self._open(sd, engine, sample_rate, block_size)
        self.sample_rate = sample_rate
        self.block_size = block_size
        self.says_when_gone = "jack" in self.sink.host_api.casefold()
        self.input_latency, self.output_latency = self._latencies(self.source is not None)

    def _open(self, sd: Any, engine: Engine, sample_rate: int, block_size: int) -> None:
        source, sink = self.source, self.sink
        inputs, outputs = _channels(source, sink)
        engine.set_channels(inputs, outputs)
        self._engine = engine
        self._started = False
        self._caller = engine.caller(inputs, outputs)
        # sounddevice asks whatever PortAudio is in use; an abandoned stream belongs to the one that opened it.
        self._library = sd._lib
        try:
            self._stream: Any = sd._StreamBase(
                kind="duplex" if source else "output",
                samplerate=sample_rate,
                blocksize=block_size,
                device=(source.index, sink.index) if source else sink.index,
                channels=(inputs, outputs) if source else outputs,
                dtype="float32",
                latency="low",
                callback=sd._ffi.cast("PaStreamCallback*", self._caller.callback_address),
                userdata=sd._ffi.cast("void*", self._caller.address),
            )
        except sd.PortAudioError as error:
            raise DeviceError(f"cannot open '{sink.name}': {reason(error)}; close other programs or {LIST}") from error
        self._held = self._stream, self._caller
        _open.append(self._held)

    def _latencies(self, with_input: bool) -> tuple[int, int]:
        """JACK states the right sum but splits it wrongly: its input side is one block, always."""
        stated = self._stream.latency
        if not with_input:
            return 0, round(stated * self.sample_rate)
        before, after = (round(part * self.sample_rate) for part in stated)
        if self.says_when_gone and before + after >= 2 * self.block_size:
            return self.block_size, before + after - self.block_size
        return before, after

    @property
    def name_input(self) -> str:
        """The device that sound comes from; empty for none."""
        return self.source.name if self.source else ""

    @property
    def name_output(self) -> str:
        """The device that sound goes to."""
        return self.sink.name

    @property
    def active(self) -> bool:
        """Whether the device calls; False within half a second after it went away. Not beside `stop`."""
        stream = self._stream
        return stream is not None and self._library.Pa_IsStreamActive(stream._ptr) == 1

    @property
    def calls(self) -> int:
        """How often the device has called, whether it reached the engine or not."""
        return self._caller.calls

    @property
    def inside(self) -> bool:
        """Whether the engine is at work on a call now."""
        return self._caller.inside

    def start(self) -> None:
        """Call the engine from now on. Raises DeviceError when the device refuses, or when it was stopped already."""
        self._caller.admit()
        self._begin()
        _hurry(self._engine)

    def standby(self) -> None:
        """Play silence and do not call the engine; from the beginning, or after `start`. Raises as `start`."""
        self._caller.dismiss()
        self._begin()

    def hand_over(self, engine: Engine) -> bool:
        """Call another engine instead, without a gap; False, and all as it was, when the device does not call."""
        if not self._caller.hand_over(engine):
            return False
        self._engine = engine
        return True

    def _begin(self) -> None:
        sd = library.sounddevice()
        if self._stream is None:
            raise DeviceError(f"'{self.name_output}' was closed; open it again")
        if self._started:
            return
        try:
            self._stream.start()
            self._started = True
        except sd.PortAudioError as error:
            raise DeviceError(f"cannot start '{self.name_output}': {reason(error)}; {LIST}") from error

    def stop(self) -> None:
        """End and close; idempotent. A device that does not answer within CLOSE_TIMEOUT_S is abandoned."""
        gone = self._started and not self.active
        stream, self._stream = self._stream, None
        if stream is None:
            return
        self._caller.dismiss()
        if not (gone and self.says_when_gone):

            def close() -> None:
                self._library.Pa_AbortStream(stream._ptr)
                self._library.Pa_CloseStream(stream._ptr)
                _open.remove(self._held)

            closer = threading.Thread(target=close, name="close audio device", daemon=True)
            closer.start()
            closer.join(CLOSE_TIMEOUT_S)
            if not closer.is_alive():
                return
        library.stuck.set()


def _hurry(engine: Engine) -> None:
    """Let the audio thread run before ordinary ones, where the system allows it; without, it runs as they do.

    Measured with JACK's dummy driver at 128 samples beside a spinning Python thread, six runs of 10 s each: 16 xruns in
    22,558 blocks without, 11 in 22,585 with, and none in 7,524 once the server had such a priority too.
    """
    deadline = time.monotonic() + FIRST_CALL_TIMEOUT_S
    while engine.thread == 0 and time.monotonic() < deadline:
        time.sleep(0.005)
    if engine.thread and sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(engine.thread, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))


def _channels(source: AudioDevice | None, sink: AudioDevice) -> tuple[int, int]:
    """So many are opened of each."""
    return min(source.inputs, CHANNELS) if source else 0, min(sink.outputs, CHANNELS)


def _check_rates(sd: Any, source: AudioDevice | None, sink: AudioDevice, sample_rate: int) -> None:
    inputs, outputs = _channels(source, sink)
    if source:
        _check_rate(sd.check_input_settings, source, inputs, sample_rate, sd.PortAudioError)
    _check_rate(sd.check_output_settings, sink, outputs, sample_rate, sd.PortAudioError)


def _check_rate(check: Any, device: AudioDevice, channels: int, sample_rate: int, refusal: type[Exception]) -> None:
    def takes(rate: int) -> bool:
        try:
            check(device=device.index, channels=channels, dtype="float32", samplerate=rate)
        except refusal:
            return False
        return True

    if takes(sample_rate):
        return
    rates = ", ".join(str(rate) for rate in USUAL_RATES if takes(rate) and rate != sample_rate)
    if not rates:
        raise DeviceError(f"'{device.name}' cannot be opened at any usual rate; is it in use? {LIST}")
    raise DeviceError(f"'{device.name}' does not take {sample_rate} Hz; it takes {rates}; set --sample-rate")


def _default(chosen: Any, sd: Any, key: str) -> int:
    """Number of the default device: what sounddevice was told, else the default host API's."""
    if isinstance(chosen, int) and chosen >= 0:
        return chosen
    return next((api[key] for api in sd.query_hostapis() if api[key] >= 0), -1)
