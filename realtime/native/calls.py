"""Calls from compiled code into native plugins. All real-time safe.

A C `unsigned long` has 32 bits on Windows and 64 elsewhere; passed in a register of 64 bits, a small one is both.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_INT = ir.IntType(64)


def _intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    return intrinsic(function)


@_intrinsic
def call_run(typing_context: Any, function: Any, handle: Any, count: Any) -> Any:
    """`call_run(function, handle, n)`, all int64: `void function(void *handle, unsigned long n)`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [_INT] * 2)
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 3), generate


@_intrinsic
def call_process(typing_context: Any, function: Any, plugin: Any, process: Any) -> Any:
    """`call_process(function, plugin, process) -> int32`, all int64: `int32_t function(const void *, const void *)`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [_INT] * 2)
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])

    return types.int32(*[types.int64] * 3), generate


@_intrinsic
def thread_self(typing_context: Any, function: Any) -> Any:
    """`thread_self(thread_self_address()) -> int64`: what tells the calling thread from all others."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.call(builder.inttoptr(args[0], ir.FunctionType(_INT, []).as_pointer()), [])

    return types.int64(types.int64), generate


def thread_self_address() -> int:
    """Address of the system's function behind `thread_self`."""
    if sys.platform == "win32":
        function = ctypes.WinDLL("kernel32").GetCurrentThreadId
    else:
        function = ctypes.CDLL(None).pthread_self
    return ctypes.cast(function, ctypes.c_void_p).value or 0
