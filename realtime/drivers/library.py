"""PortAudio itself: loaded when first asked for, used by one thread at a time, and given up where it cannot be ended.

The only file that imports sounddevice. A PortAudio that knew a JACK server which has died can neither be used nor
ended, for that hangs or aborts the process. Then a second one is loaded beside it.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import select
import shutil
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from realtime.errors import DeviceError

TURN_TIMEOUT_S = 3.0
"""A sound server that is frozen holds whoever asks it, and everyone behind."""
DESCRIPTORS = Path("/proc/self/fd")

outdated = threading.Event()
"""Devices came or went since PortAudio looked for them."""
stuck = threading.Event()
"""A stream of the PortAudio in use was abandoned: it cannot be ended."""
_loaded = threading.Event()
_turn = threading.RLock()
"""PortAudio is made for one thread at a time; a stream that is stopped or closed takes no turn, for that may hang."""
_connections: dict[str, str] = {}
"""Sockets that PortAudio opened when it was initialised and kept, by descriptor: those of JACK."""
_stuck_libraries: list[Any] = []
"""PortAudios that were replaced: unloading one while its threads still run would end the process."""


def sounddevice() -> Any:
    """The module, imported late: it needs a system library that a machine without sound may lack.

    Raises
    ------
    DeviceError
        When that is missing.
    """
    if _loaded.is_set():
        return sys.modules["sounddevice"]
    _silence_jack()
    # Where another module was first, every socket may be PortAudio's.
    before = {} if "sounddevice" in sys.modules else _sockets()
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError("the PortAudio library is missing; on Debian or Ubuntu: apt install libportaudio2") from error
    _connections.update(_sockets().items() - before.items())
    atexit.unregister(sounddevice._exit_handler)
    atexit.register(_end, sounddevice)
    _loaded.set()
    return sounddevice


@contextmanager
def alone() -> Generator[Any]:
    """sounddevice, for this thread alone, and without what the libraries below it print.

    Raises
    ------
    DeviceError
        When the library is missing, or another thread waits in it for a sound server that does not answer.
    """
    sd = sounddevice()
    if not _turn.acquire(timeout=TURN_TIMEOUT_S):
        raise DeviceError("the sound server does not answer; start it again, then Earsight")
    try:
        with _silent():
            yield sd
    finally:
        _turn.release()


def rescan() -> None:
    """Look for devices anew. Every stream must have been stopped; abandoned ones do not stand in the way.

    Raises
    ------
    DeviceError
        When PortAudio does not come up, or a dead device still holds it and the system allows no second one.
    """
    with alone() as sd:
        try:
            if stuck.is_set() or _hung_up():
                _load_again(sd)
            elif sd._initialized:
                sd._terminate()
            before = _sockets()
            sd._initialize()
        except (sd.PortAudioError, OSError) as error:
            raise DeviceError(f"audio does not come up again: {reason(error)}; restart Earsight") from error
        _connections.clear()
        _connections.update(_sockets().items() - before.items())
        stuck.clear()
        outdated.clear()


def devices_changed() -> None:
    """Devices came or went: look anew before the next one is opened. Any thread."""
    outdated.set()


def reason(error: Exception) -> str:
    """What a library says, in one line."""
    return " ".join(str(error).split())


def _end(sd: Any) -> None:
    """At exit, as sounddevice would, but not where that hangs or aborts."""
    if not stuck.is_set() and not _hung_up():
        with suppress(sd.PortAudioError), _silent():
            sd._exit_handler()


def _sockets() -> dict[str, str]:
    """Sockets of this process: descriptor and what names the socket; none where the system does not show them."""
    found: dict[str, str] = {}
    with suppress(OSError):
        for entry in DESCRIPTORS.iterdir():
            with suppress(OSError):  # closed meanwhile
                if (target := str(entry.readlink())).startswith("socket:"):
                    found[entry.name] = target
    return found


def _hung_up() -> bool:
    """Whether a server that PortAudio was connected with has died."""
    if not _connections:
        return False
    if not _connections.items() <= _sockets().items():
        return True
    poll = select.poll()
    for descriptor in _connections:
        poll.register(int(descriptor), 0)
    return bool(poll.poll(0))


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


@contextmanager
def _silent() -> Generator[None]:
    """Send what is printed on stderr nowhere: ALSA and PortAudio tell each refusal there, twenty lines for one try."""
    try:
        before = os.dup(2)
    except OSError:  # there is none, as in a program without a terminal
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(nowhere)
        os.close(before)


def _silence_jack() -> None:
    """Keep libjack from printing five lines on stderr wherever no server runs.

    It calls what it is given from its own real-time threads, so that must not be Python: libc's strlen takes a string
    and does nothing.
    """
    with suppress(OSError, AttributeError):
        jack, libc = ctypes.CDLL("libjack.so.0"), ctypes.CDLL(None)
        for setter in (jack.jack_set_error_function, jack.jack_set_info_function):
            setter(ctypes.cast(libc.strlen, ctypes.c_void_p))
