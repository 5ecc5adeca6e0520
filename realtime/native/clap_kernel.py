"""The compiled half of a CLAP plugin: hands over changed parameters as events, points to the sound, calls `process`.

Everything here runs on the audio callback's thread; what the plugin does in `process` is its own affair. Denormals are
flushed around that call.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, as_pointer, compiled, compiled_kernel, floats, words
from realtime.float_mode import flush_denormals, restore_mode
from realtime.native import clap_abi as abi
from realtime.native.calls import call_process, thread_self
from realtime.native.clap_host import AUDIO_THREAD, HOST_WORDS, THREAD_FUNCTION
from realtime.plugin import CHANNELS

LONGEST = 4096
"""Samples that a plugin is given at once; some convolvers overrun their memory beyond 8192."""

CLAP = np.dtype(
    [
        ("host_words", "i8"),
        ("instances", "i8"),
        ("plugins", "i8", (CHANNELS,)),
        ("functions", "i8", (CHANNELS,)),
        # Per instance a `clap_process`, and the addresses of the channels of its main ports and of its side chain.
        ("processes", "i8", (CHANNELS,)),
        ("in_pointers", "i8", (CHANNELS,)),
        ("out_pointers", "i8", (CHANNELS,)),
        ("key_pointers", "i8", (CHANNELS,)),
        ("key_count", "i8"),
        ("mean", "i8"),
        # Parameters: how many, their ids, what they are to be, what the plugin was last told, and the events for it.
        ("count", "i8"),
        ("ids", "i8"),
        ("target", "i8"),
        ("told", "i8"),
        ("changes", "i8"),
        ("failed", "i8"),
        ("position", "i8"),
    ],
    align=True,
)


@compiled
def collect_changes(record: Any) -> None:
    """Make an event of each parameter that is not what the plugin was last told."""
    header = words(record.changes, 2)
    events = carray(as_pointer(header[1]), record.count, abi.EVENT)
    ids = words(record.ids, record.count)
    target = carray(as_pointer(record.target), record.count, np.float64)
    told = carray(as_pointer(record.told), record.count, np.float64)
    count = 0
    for k in range(record.count):
        value = target[k]
        if value != told[k]:
            events[count].param_id = ids[k]
            events[count].value = value
            told[k] = value
            count += 1
    header[0] = count


@compiled
def side_chain(record: Any, left: int, right: int, n: int) -> int:
    """Address of what the side chain of a stereo plugin hears: the mean of both channels."""
    mean, first, second = floats(record.mean, n), floats(left, n), floats(right, n)
    for i in range(n):
        mean[i] = np.float32(0.5) * (first[i] + second[i])
    return record.mean


@compiled
def process_part(record: Any, in_left: int, in_right: int, out_left: int, out_right: int, n: int) -> None:
    """Call each instance for n samples at these addresses, LONGEST at most; what a plugin fails at is silent."""
    stereo = record.instances == 1
    mean = side_chain(record, in_left, in_right, n) if stereo and record.key_count > 0 else 0
    for k in range(record.instances):
        ins, outs = words(record.in_pointers[k], CHANNELS), words(record.out_pointers[k], CHANNELS)
        ins[0], ins[1] = in_left if k == 0 else in_right, in_right
        outs[0], outs[1] = out_left if k == 0 else out_right, out_right
        keys = words(record.key_pointers[k], record.key_count)
        for c in range(record.key_count):
            keys[c] = mean if stereo else ins[0]
        process = carray(as_pointer(record.processes[k]), 1, abi.PROCESS)[0]
        process.steady_time = record.position
        process.frames = n
        if call_process(record.functions[k], record.plugins[k], record.processes[k]) == abi.PROCESS_ERROR:
            record.failed += 1
            for c in range(CHANNELS if stereo else 1):
                out = floats(outs[c], n)
                for i in range(n):
                    out[i] = 0.0
    record.position += n


@compiled_kernel
def clap_kernel(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    """`void run(void *state, const float *const *in, float *const *out, int64_t n)`, see `realtime.plugin`."""
    record = carray(state, 1, CLAP)[0]
    collect_changes(record)
    host = words(record.host_words, HOST_WORDS)
    host[AUDIO_THREAD] = thread_self(host[THREAD_FUNCTION])
    mode = flush_denormals()
    start = 0
    while start < n:
        part = min(LONGEST, n - start)
        process_part(
            record,
            as_address(in_channels[0]) + 4 * start,
            as_address(in_channels[1]) + 4 * start,
            as_address(out_channels[0]) + 4 * start,
            as_address(out_channels[1]) + 4 * start,
            part,
        )
        words(record.changes, 2)[0] = 0
        start += part
    restore_mode(mode)
