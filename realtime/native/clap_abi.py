"""CLAP's binary interface, version 1: structures whose functions Python calls, and records that compiled code fills.

Each names its header of the CLAP 1.2 include folder. All functions have the C calling convention.
"""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_int64, c_uint32, c_void_p
from typing import Any, ClassVar

import numpy as np

FACTORY = b"clap.plugin-factory"  # factory/plugin-factory.h
AUDIO_PORTS = b"clap.audio-ports"  # ext/audio-ports.h
PARAMS = b"clap.params"  # ext/params.h
LATENCY = b"clap.latency"  # ext/latency.h
STATE = b"clap.state"  # ext/state.h
THREAD_CHECK = b"clap.thread-check"  # ext/thread-check.h

# ext/params.h: flags of a parameter.
IS_STEPPED, IS_HIDDEN, IS_READONLY, IS_ENUM = 1 << 0, 1 << 2, 1 << 3, 1 << 16
PORT_IS_MAIN = 1 << 0  # ext/audio-ports.h
EVENT_PARAM_VALUE = 5  # events.h
PROCESS_ERROR = 0  # process.h
HOST_EXTENSIONS = {THREAD_CHECK: 2, LATENCY: 1, PARAMS: 3, STATE: 1}
"""What a host may offer, and the functions of each: is_main_thread, is_audio_thread; changed; rescan, clear,
request_flush; mark_dirty."""
NAME_SIZE, PATH_SIZE = 256, 1024  # string-sizes.h


class Version(Structure):
    """version.h"""

    _fields_: ClassVar = [("major", c_uint32), ("minor", c_uint32), ("revision", c_uint32)]


VERSION = Version(1, 2, 0)


class Entry(Structure):
    """entry.h: what the symbol `clap_entry` is."""

    _fields_: ClassVar = [
        ("version", Version),
        ("init", CFUNCTYPE(c_bool, c_char_p)),
        ("deinit", CFUNCTYPE(None)),
        ("get_factory", CFUNCTYPE(c_void_p, c_char_p)),
    ]


class PluginDescriptor(Structure):
    """plugin.h"""

    _fields_: ClassVar = [
        ("version", Version),
        *((name, c_char_p) for name in ("id", "name", "vendor", "url", "manual_url", "support_url")),
        *((name, c_char_p) for name in ("plugin_version", "description")),
        ("features", c_void_p),
    ]


class Host(Structure):
    """host.h; the functions are addresses, because they are compiled ones."""

    _fields_: ClassVar = [
        ("version", Version),
        ("host_data", c_void_p),
        *((name, c_char_p) for name in ("name", "vendor", "url", "host_version")),
        *((name, c_void_p) for name in ("get_extension", "request_restart", "request_process", "request_callback")),
    ]


class Plugin(Structure):
    """plugin.h"""

    _fields_: ClassVar = [
        ("descriptor", POINTER(PluginDescriptor)),
        ("plugin_data", c_void_p),
        ("init", CFUNCTYPE(c_bool, c_void_p)),
        ("destroy", CFUNCTYPE(None, c_void_p)),
        ("activate", CFUNCTYPE(c_bool, c_void_p, c_double, c_uint32, c_uint32)),
        ("deactivate", CFUNCTYPE(None, c_void_p)),
        ("start_processing", CFUNCTYPE(c_bool, c_void_p)),
        ("stop_processing", CFUNCTYPE(None, c_void_p)),
        ("reset", CFUNCTYPE(None, c_void_p)),
        ("process", c_void_p),
        ("get_extension", CFUNCTYPE(c_void_p, c_void_p, c_char_p)),
        ("on_main_thread", CFUNCTYPE(None, c_void_p)),
    ]


class Factory(Structure):
    """factory/plugin-factory.h"""

    _fields_: ClassVar = [
        ("count", CFUNCTYPE(c_uint32, c_void_p)),
        ("descriptor", CFUNCTYPE(POINTER(PluginDescriptor), c_void_p, c_uint32)),
        ("create", CFUNCTYPE(c_void_p, c_void_p, POINTER(Host), c_char_p)),
    ]


class AudioPortInfo(Structure):
    """ext/audio-ports.h"""

    _fields_: ClassVar = [
        ("id", c_uint32),
        ("name", c_char * NAME_SIZE),
        ("flags", c_uint32),
        ("channels", c_uint32),
        ("port_type", c_char_p),
        ("in_place_pair", c_uint32),
    ]


class AudioPorts(Structure):
    """ext/audio-ports.h: clap_plugin_audio_ports."""

    _fields_: ClassVar = [
        ("count", CFUNCTYPE(c_uint32, c_void_p, c_bool)),
        ("get", CFUNCTYPE(c_bool, c_void_p, c_uint32, c_bool, POINTER(AudioPortInfo))),
    ]


class ParamInfo(Structure):
    """ext/params.h"""

    _fields_: ClassVar = [
        ("id", c_uint32),
        ("flags", c_uint32),
        ("cookie", c_void_p),
        ("name", c_char * NAME_SIZE),
        ("module", c_char * PATH_SIZE),
        ("low", c_double),
        ("high", c_double),
        ("default", c_double),
    ]


class Params(Structure):
    """ext/params.h: clap_plugin_params."""

    _fields_: ClassVar = [
        ("count", CFUNCTYPE(c_uint32, c_void_p)),
        ("info", CFUNCTYPE(c_bool, c_void_p, c_uint32, POINTER(ParamInfo))),
        ("value", CFUNCTYPE(c_bool, c_void_p, c_uint32, POINTER(c_double))),
        ("value_to_text", CFUNCTYPE(c_bool, c_void_p, c_uint32, c_double, c_char_p, c_uint32)),
        ("text_to_value", c_void_p),
        ("flush", CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)),
    ]


class Latency(Structure):
    """ext/latency.h: clap_plugin_latency."""

    _fields_: ClassVar = [("get", CFUNCTYPE(c_uint32, c_void_p))]


class Stream(Structure):
    """stream.h: clap_istream, whose function reads, or clap_ostream, whose function writes; both give bytes done."""


Transfer = CFUNCTYPE(c_int64, POINTER(Stream), c_void_p, ctypes.c_uint64)
Stream._fields_ = [("context", c_void_p), ("transfer", Transfer)]


class State(Structure):
    """ext/state.h: clap_plugin_state."""

    _fields_: ClassVar = [
        ("save", CFUNCTYPE(c_bool, c_void_p, POINTER(Stream))),
        ("load", CFUNCTYPE(c_bool, c_void_p, POINTER(Stream))),
    ]


AUDIO_BUFFER = np.dtype(
    [("data32", "i8"), ("data64", "i8"), ("channels", "u4"), ("latency", "u4"), ("constant_mask", "u8")], align=True
)
"""audio-buffer.h"""

EVENT = np.dtype(
    [
        ("size", "u4"),
        ("time", "u4"),
        ("space_id", "u2"),
        ("type", "u2"),
        ("flags", "u4"),
        ("param_id", "u4"),
        ("cookie", "i8"),
        ("note_id", "i4"),
        ("port_index", "i2"),
        ("channel", "i2"),
        ("key", "i2"),
        ("value", "f8"),
    ],
    align=True,
)
"""events.h: clap_event_param_value with its header."""

INPUT_EVENTS = np.dtype([("context", "i8"), ("size", "i8"), ("get", "i8")])
OUTPUT_EVENTS = np.dtype([("context", "i8"), ("try_push", "i8")])
"""events.h: the lists that a plugin reads from and pushes to."""

PROCESS = np.dtype(
    [
        ("steady_time", "i8"),
        ("frames", "u4"),
        ("transport", "i8"),
        ("inputs", "i8"),
        ("outputs", "i8"),
        ("input_count", "u4"),
        ("output_count", "u4"),
        ("in_events", "i8"),
        ("out_events", "i8"),
    ],
    align=True,
)
"""process.h"""


def at(address: int | None, structure: type[Any]) -> Any:
    """The structure at an address; None for no address."""
    return structure.from_address(address) if address else None
