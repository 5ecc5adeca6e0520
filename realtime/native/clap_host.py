"""The host as a CLAP plugin sees it. Every function is compiled, so a plugin may call any of them from any thread.

Offered are `thread-check`, and because some plugins call them without asking, `latency`, `params` and `state`, which
have nothing to do here: the latency is read after `activate`, parameters and state when they are saved, and plugins
always run. Of the requests `request_callback` is remembered and `request_restart` is not followed: latency and ports
stay as they were when the plugin was prepared. Values that a plugin changes of its own accord are not taken over; it
has no window here.
"""

from __future__ import annotations

import ctypes

import numpy as np
from numba import carray, types  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import as_pointer, compiled, compiled_callback, words
from realtime.native import clap_abi as abi
from realtime.native.calls import thread_self, thread_self_address

HOST_DATA = 2
"""Word of a `clap_host` that points to the host's own words."""
CALLBACK, MAIN_THREAD, AUDIO_THREAD, THREAD_FUNCTION, EXTENSIONS, HOST_WORDS = range(6)
"""The host's own: whether a callback was asked for, who is who, and where the extensions lie that it offers."""
EXTENSION_WORDS = 2
"""Of an extension: the address of its name, and of its functions."""
EVENT_BYTES = abi.EVENT.itemsize
EXTENSION_COUNT = len(abi.HOST_EXTENSIONS)
_ADDRESS, _BOOL = types.int64, types.uint8


@compiled
def own_words(host: int) -> NDArray[np.int64]:
    """The host's own words, from the address of its `clap_host`."""
    return words(words(host, HOST_DATA + 1)[HOST_DATA], HOST_WORDS)


@compiled
def _same_text(one: int, other: int) -> bool:
    first, second = carray(as_pointer(one), abi.NAME_SIZE, np.uint8), carray(as_pointer(other), abi.NAME_SIZE, np.uint8)
    for i in range(abi.NAME_SIZE):
        if first[i] != second[i]:
            return False
        if first[i] == 0:
            return True
    return False


def _get_extension(host: int, name: int) -> int:
    offered = words(own_words(host)[EXTENSIONS], EXTENSION_WORDS * EXTENSION_COUNT)
    for k in range(EXTENSION_COUNT):
        if _same_text(name, offered[EXTENSION_WORDS * k]):
            return offered[EXTENSION_WORDS * k + 1]
    return 0


def _nothing(host: int) -> None:
    pass


def _request_callback(host: int) -> None:
    own_words(host)[CALLBACK] = 1


def _is_main_thread(host: int) -> int:
    own = own_words(host)
    return 1 if thread_self(own[THREAD_FUNCTION]) == own[MAIN_THREAD] else 0


def _is_audio_thread(host: int) -> int:
    own = own_words(host)
    return 1 if thread_self(own[THREAD_FUNCTION]) == own[AUDIO_THREAD] else 0


def _event_count(events: int) -> int:
    return words(words(events, 1)[0], 2)[0]


def _event(events: int, index: int) -> int:
    return words(words(events, 1)[0], 2)[1] + EVENT_BYTES * index


def _try_push(events: int, event: int) -> int:
    return 1


def _functions() -> dict[str, int]:
    of_host = types.void(_ADDRESS)
    told = _BOOL(_ADDRESS)
    return {
        "get_extension": compiled_callback(_ADDRESS(_ADDRESS, _ADDRESS))(_get_extension),
        "nothing": compiled_callback(of_host)(_nothing),
        "request_callback": compiled_callback(of_host)(_request_callback),
        "is_main_thread": compiled_callback(told)(_is_main_thread),
        "is_audio_thread": compiled_callback(told)(_is_audio_thread),
        "event_count": compiled_callback(types.uint32(_ADDRESS))(_event_count),
        "event": compiled_callback(_ADDRESS(_ADDRESS, types.uint32))(_event),
        "try_push": compiled_callback(_BOOL(_ADDRESS, _ADDRESS))(_try_push),
    }


FUNCTIONS = _functions()
"""Addresses of the compiled functions, by name."""


class ClapHost:
    """One `clap_host`; lives as long as the plugins made with it. Whoever makes it acts as the main thread at first."""

    def __init__(self) -> None:
        self._names = [ctypes.create_string_buffer(name, abi.NAME_SIZE) for name in abi.HOST_EXTENSIONS]
        self._functions = [np.full(count, FUNCTIONS["nothing"], np.int64) for count in abi.HOST_EXTENSIONS.values()]
        thread_check = self._functions[list(abi.HOST_EXTENSIONS).index(abi.THREAD_CHECK)]
        thread_check[:] = FUNCTIONS["is_main_thread"], FUNCTIONS["is_audio_thread"]
        self._extensions = np.array(
            [
                (ctypes.addressof(name), table.ctypes.data)
                for name, table in zip(self._names, self._functions, strict=True)
            ],
            np.int64,
        )
        self.words: NDArray[np.int64] = np.zeros(HOST_WORDS, np.int64)
        self._thread_self = ctypes.CFUNCTYPE(ctypes.c_int64)(thread_self_address())
        self.words[THREAD_FUNCTION] = thread_self_address()
        self.act_as_main_thread()
        self.words[EXTENSIONS] = self._extensions.ctypes.data
        self.structure = abi.Host(
            abi.VERSION,
            self.words.ctypes.data,
            b"Earsight",
            b"The Earsight authors",
            b"",
            b"1",
            FUNCTIONS["get_extension"],
            FUNCTIONS["nothing"],
            FUNCTIONS["nothing"],
            FUNCTIONS["request_callback"],
        )

    def act_as_main_thread(self) -> None:
        """The calling thread does, from now on: a plugin may have been opened on another than the one that uses it."""
        self.words[MAIN_THREAD] = self._thread_self()

    def act_as_audio_thread(self) -> None:
        """The calling thread does, until the callback runs: CLAP allows any, as long as there is one at a time."""
        self.words[AUDIO_THREAD] = self._thread_self()

    def callback_requested(self) -> bool:
        """Whether a plugin asked for `on_main_thread` since this was last asked."""
        asked = bool(self.words[CALLBACK])
        self.words[CALLBACK] = 0
        return asked
