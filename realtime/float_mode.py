"""The processor's mode for numbers that are too small to be normal: as such they are slow, as zero they are not.

Every decaying feedback comes to them. All real-time safe; only on x86-64 and arm64, elsewhere nothing changes.
"""

from __future__ import annotations

import platform
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
def flush_denormals(typing_context: Any) -> Any:
    """`flush_denormals() -> int64`: from here on what is too small is zero; gives `restore_mode` the mode so far."""

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


@compiled
def _twice_while_flushing(number: float) -> float:
    mode = flush_denormals()
    twice = number * 2.0
    restore_mode(mode)
    return twice


def flushes() -> bool:
    """Whether `flush_denormals` has an effect on this processor; tries it."""
    return _twice_while_flushing(1e-310) == 0.0


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
