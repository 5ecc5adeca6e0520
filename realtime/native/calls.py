"""Calls from compiled code into native plugins, and the processor's mode in which they run. All real-time safe.

A C `unsigned long` has 32 bits on Windows and 64 elsewhere; passed in a register of 64 bits, a small one is both.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from realtime.atomics import compiled

_INT = ir.IntType(64)
_X86 = platform.machine().lower() in ("x86_64", "amd64")
_ARM = platform.machine().lower() in ("arm64", "aarch64")
_FLUSH_X86 = 0x8040
"""MXCSR: flush to zero (bit 15), denormals are zero (bit 6). Intel SDM vol. 1, 10.2.3 and 11.6.3."""
_FLUSH_ARM = 1 << 24
"""FPCR: FZ. Arm Architecture Reference Manual, FPCR."""


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


@_intrinsic
def flush_denormals(typing_context: Any) -> Any:
    """`flush_denormals() -> int64`: from here on what is too small is zero; gives the mode so far, for `restore_mode`.

    Foreign code is often slow with denormal numbers, which every decaying feedback comes to. Only on x86-64 and arm64.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        mode = _mode(builder)
        _set_mode(builder, builder.or_(mode, _INT(_FLUSH_X86 if _X86 else _FLUSH_ARM)))
        return mode

    return types.int64(), generate


@_intrinsic
def restore_mode(typing_context: Any, mode: Any) -> Any:
    """`restore_mode(mode)`: undo `flush_denormals`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _set_mode(builder, args[0])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@compiled
def float_mode() -> int:
    """The calling thread's mode."""
    mode = flush_denormals()
    restore_mode(mode)
    return mode


@compiled
def set_float_mode(mode: int) -> None:
    """Give the calling thread a mode that `float_mode` gave."""
    restore_mode(mode)


def _mode(builder: Any) -> Any:
    if _X86:
        place = cgutils.alloca_once(builder, ir.IntType(32))
        _llvm(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), builder.bitcast(place, cgutils.voidptr_t))
        return builder.zext(builder.load(place), _INT)
    return _llvm(builder, "llvm.aarch64.get.fpcr", _INT) if _ARM else _INT(0)


def _set_mode(builder: Any, mode: Any) -> None:
    if _X86:
        place = cgutils.alloca_once(builder, ir.IntType(32))
        builder.store(builder.trunc(mode, ir.IntType(32)), place)
        _llvm(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), builder.bitcast(place, cgutils.voidptr_t))
    elif _ARM:
        _llvm(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), mode)


def _llvm(builder: Any, name: str, result: Any, *args: Any) -> Any:
    kind = ir.FunctionType(result, [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)
