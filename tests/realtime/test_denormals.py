"""Numbers too small to be normal are slow as such; while the callback runs they count as zero."""

from __future__ import annotations

import ctypes
import platform
from typing import Any

import numpy as np
import pytest

from realtime.atomics import aligned_words, as_address, compiled_kernel, floats
from realtime.engine import Engine
from realtime.float_mode import float_mode, flushes

TINY = np.float32(1e-40)
N = 64

pytestmark = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64", "arm64", "aarch64"), reason="this processor has no such mode"
)


@compiled_kernel
def _twice(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    for c in range(2):
        heard, given = floats(as_address(in_channels[c]), n), floats(as_address(out_channels[c]), n)
        for i in range(n):
            given[i] = heard[i] * np.float32(2.0)


class Twice:
    """Kernel: twice as loud, without any care of its own."""

    latency = 0
    kernel_address = _twice.address
    _state = aligned_words(1)
    state_address = _state.ctypes.data


def called_alone(block: np.ndarray) -> np.ndarray:
    out = np.ones((2, N), np.float32)
    ins, outs = (np.array([row.ctypes.data for row in sound], np.int64) for sound in (block, out))
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(_twice.address)
    function(Twice.state_address, ins.ctypes.data, outs.ctypes.data, N)
    return out


def called_by_the_engine(sample: np.float32) -> np.ndarray:
    engine = Engine(48_000, N)
    engine.set_kernel(Twice())  # type: ignore[arg-type]
    out = np.ones((N, 2), np.float32)
    engine.process(np.full((N, 1), sample), out)
    return out


def test_a_plugin_that_takes_no_care_meets_none_in_the_callback() -> None:
    assert np.all(called_alone(np.full((2, N), TINY)) == 2 * TINY), "by itself it computes with them"
    assert np.all(called_by_the_engine(TINY) == 0.0)


def test_the_quietest_normal_number_is_left_as_it_is() -> None:
    smallest = np.float32(np.finfo(np.float32).tiny)
    assert np.all(called_by_the_engine(smallest) == 2 * smallest)


def test_the_thread_s_arithmetic_is_as_before() -> None:
    before = float_mode()
    called_by_the_engine(TINY)
    assert float_mode() == before
    assert np.float32(TINY) * np.float32(2) == 2 * TINY


def test_the_doctor_tries_it() -> None:
    assert flushes()
