"""The driver for audio devices, through PortAudio. The only file that knows sounddevice.

PortAudio calls the engine's compiled function directly: no Python runs on the audio thread. PortAudio's "frames" are
samples per channel everywhere else in Earsight.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realtime.drivers.choice import LIST, AudioDevice, choose_devices
from realtime.errors import DeviceError

if TYPE_CHECKING:
    from realtime.engine import Engine

USUAL_RATES = (8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
CHANNELS = 2
"""At most so many channels of a device are opened, either way."""
CLOSE_TIMEOUT_S = 1.0
FIRST_CALL_TIMEOUT_S = 0.5
PRIORITY = 10
"""Of the audio thread among real-time ones, 1 to 99: above everything ordinary, below the audio servers' own."""

_open: list[tuple[Any, Engine]] = []
"""Streams not closed for certain, the abandoned ones among them: a callback may yet come and needs the engine."""
_stuck_libraries: list[Any] = []
"""PortAudios that were replaced by `rescan`: unloading one while its threads still run would end the process."""
_outdated = threading.Event()
"""Devices came or went since PortAudio looked for them."""
_dead: set[str] = set()
"""Outputs that died under the PortAudio in use: it can be neither used for them nor terminated."""


def query_devices() -> list[AudioDevice]:
    """Devices as they were when PortAudio was initialised or last rescanned.

    Raises
    ------
    DeviceError
        When the PortAudio library is missing.
    """
    sd = _portaudio()
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


def rescan() -> None:
    """Look for devices anew. Every stream must have been stopped; abandoned ones do not stand in the way.

    Raises
    ------
    DeviceError
        When PortAudio does not come up, or a dead device still holds it and the system allows no second one.
    """
    sd = _portaudio()
    try:
        if _dead:
            _load_again(sd)
        else:
            sd._terminate()
        sd._initialize()
    except (sd.PortAudioError, OSError) as error:
        raise DeviceError(f"audio does not come up again: {_reason(error)}; restart Earsight") from error
    _dead.clear()
    _outdated.clear()


def devices_changed() -> None:
    """Devices came or went: look anew before the next one is opened. Any thread."""
    _outdated.set()


def check_devices(input: str | None, output: str | None, sample_rate: int, want_input: bool = True) -> None:
    """Say at once what `PortAudioDriver` would say, as far as that can be told before it takes the devices.

    While another stream is open the rate is not asked about, for the device may belong to that stream; and nothing is,
    once devices came or went.

    Raises
    ------
    DeviceError
        As `PortAudioDriver`.
    """
    sd = _portaudio()
    if _outdated.is_set():
        if _open:
            return
        rescan()
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
        Part of a device's name, in any case; None for the default. Both must belong to one host API.
    sample_rate, block_size
        Hz, and samples per channel per call.
    want_input
        False to open an output only, as for playing a clip; `input` is then ignored.

    Raises
    ------
    DeviceError
        When no device matches, several do, or the device refuses the format.
    """

    def __init__(
        self,
        engine: Engine,
        input: str | None = None,
        output: str | None = None,
        sample_rate: int = 48_000,
        block_size: int = 128,
        want_input: bool = True,
    ) -> None:
        sd = _portaudio()
        if _outdated.is_set():
            rescan()
        source, sink = choose_devices(query_devices(), input, output, want_input)
        self._engine = engine
        self._started = False
        self.name_input = source.name if source else ""
        self.name_output = sink.name
        self.sample_rate = sample_rate
        self.block_size = block_size
        inputs, outputs = _channels(source, sink)
        engine.set_channels(inputs, outputs)
        _check_rates(sd, source, sink, sample_rate)
        try:
            self._stream: Any = sd._StreamBase(
                kind="duplex" if source else "output",
                samplerate=sample_rate,
                blocksize=block_size,
                device=(source.index, sink.index) if source else sink.index,
                channels=(inputs, outputs) if source else outputs,
                dtype="float32",
                latency="low",
                callback=sd._ffi.cast("PaStreamCallback*", engine.callback_address),
                userdata=sd._ffi.cast("void*", engine.userdata_address),
            )
        except sd.PortAudioError as error:
            raise DeviceError(f"cannot open '{sink.name}': {_reason(error)}; close other programs or {LIST}") from error
        _open.append((self._stream, engine))
        self._on_jack = "jack" in sink.host_api.casefold()
        self.input_latency, self.output_latency = self._latencies(source is not None)

    def _latencies(self, with_input: bool) -> tuple[int, int]:
        """JACK states the right sum but splits it wrongly: its input side is one block, always."""
        stated = self._stream.latency
        if not with_input:
            return 0, round(stated * self.sample_rate)
        before, after = (round(part * self.sample_rate) for part in stated)
        if self._on_jack and before + after >= 2 * self.block_size:
            return self.block_size, before + after - self.block_size
        return before, after

    @property
    def active(self) -> bool:
        """Whether the device calls the engine; False within half a second after it went away."""
        try:
            return self._stream is not None and bool(self._stream.active)
        except _portaudio().PortAudioError:
            return False

    def start(self) -> None:
        """Begin. Raises DeviceError when the device refuses, or when it was stopped already."""
        sd = _portaudio()
        if self._stream is None:
            raise DeviceError(f"'{self.name_output}' was closed; open it again")
        try:
            self._stream.start()
            self._started = True
        except sd.PortAudioError as error:
            raise DeviceError(f"cannot start '{self.name_output}': {_reason(error)}; {LIST}") from error
        _hurry(self._engine)

    def stop(self) -> None:
        """End and close; idempotent. A device that does not answer within CLOSE_TIMEOUT_S is abandoned."""
        gone = self._started and not self.active
        stream, self._stream = self._stream, None
        if stream is None:
            return

        def close() -> None:
            stream.abort()
            stream.close()

        closer = threading.Thread(target=close, name="close audio device", daemon=True)
        closer.start()
        closer.join(CLOSE_TIMEOUT_S)
        if not closer.is_alive():
            _open.remove((stream, self._engine))
        if closer.is_alive() or (gone and self._on_jack):
            # At exit sounddevice would terminate PortAudio, which hangs or aborts when a JACK server has died.
            atexit.unregister(_portaudio()._exit_handler)
            _dead.add(self.name_output)


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
    rates = ", ".join(str(rate) for rate in USUAL_RATES if takes(rate))
    if not rates:
        raise DeviceError(f"'{device.name}' cannot be opened at any usual rate; is it in use? {LIST}")
    raise DeviceError(f"'{device.name}' does not take {sample_rate} Hz; it takes {rates}; set --sample-rate")


def _default(chosen: Any, sd: Any, key: str) -> int:
    """Number of the default device: what sounddevice was told, else the default host API's."""
    if isinstance(chosen, int) and chosen >= 0:
        return chosen
    return next((api[key] for api in sd.query_hostapis() if api[key] >= 0), -1)


def _load_again(sd: Any) -> None:
    """Give sounddevice a second PortAudio beside the stuck one: to the loader a copy of the file is another one."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text(encoding="utf-8").splitlines() if maps.is_file() else []
    files = [line.split(maxsplit=5)[5] for line in lines if "libportaudio" in line]
    paths = [file for file in files if not file.endswith("(deleted)")]
    if not paths:
        raise OSError("a device stopped answering and holds PortAudio")
    _stuck_libraries.append(sd._lib)
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(paths[0], folder)
        sd._lib = sd._ffi.dlopen(copy)
    sd._initialized = 0


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())


def _portaudio() -> Any:
    """The sounddevice module, imported late: it needs a system library that a machine without sound may lack."""
    if "sounddevice" not in sys.modules:
        _silence_jack()
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError("the PortAudio library is missing; on Debian or Ubuntu: apt install libportaudio2") from error
    return sounddevice


def _silence_jack() -> None:
    """Keep libjack from printing five lines on stderr wherever no server runs.

    It calls what it is given from its own real-time threads, so that must not be Python: libc's strlen takes a string
    and does nothing.
    """
    with suppress(OSError, AttributeError):
        jack, libc = ctypes.CDLL("libjack.so.0"), ctypes.CDLL(None)
        for setter in (jack.jack_set_error_function, jack.jack_set_info_function):
            setter(ctypes.cast(libc.strlen, ctypes.c_void_p))
