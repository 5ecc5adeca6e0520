"""What compiled code needs beyond numba: ordered memory access, calls through an address, a clock, views of addresses.

Everything here is an intrinsic or a small compiled function that the audio callback may use: no lock, no allocation, no
Python object. All of it can be cached on disk, because addresses are passed as values and never compiled in.
Memory is addressed by int64, so a 64-bit machine is assumed.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, config, njit, types  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from realtime.kernel_cache import choose_folder

_Function = TypeVar("_Function", bound=Callable[..., Any])
_OPTIONS: Any = {"cache": True, "boundscheck": False, "error_model": "numpy", "fastmath": {"contract"}}
_settings: Any = config
if not _settings.CACHE_DIR and (_folder := choose_folder()) is not None:
    _settings.CACHE_DIR = str(_folder)
_KERNEL = types.void(
    types.voidptr,
    types.CPointer(types.CPointer(types.float32)),
    types.CPointer(types.CPointer(types.float32)),
    types.int64,
)


def compiled(function: _Function) -> _Function:
    """Compile for the callback: without the GIL, nothing raises, results do not depend on how a loop is split."""
    return cast(_Function, njit(nogil=True, **_OPTIONS)(function))


class Kernel:
    """A plugin's `function(state, in_channels, out_channels, n)`, see `realtime.plugin`; compiled when asked for."""

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function

    @cached_property
    def address(self) -> int:
        """Of the compiled function, good for the life of the process."""
        return compiled_callback(_KERNEL)(self._function)


def inlined(function: _Function) -> _Function:
    """As `compiled`, but written into each caller: for what takes records of several types.

    numba would otherwise take one type for a kind of another, where it begins with the same fields, and warn of that.
    """
    return cast(_Function, njit(nogil=True, inline="always", **_OPTIONS)(function))


def compiled_kernel(function: Callable[..., None]) -> Kernel:
    """Make a plugin's kernel of a function."""
    return Kernel(function)


def compiled_callback(signature: Any) -> Callable[[Callable[..., Any]], int]:
    """Compile a C function of the given numba signature; gives its address, good for the life of the process."""

    def compile_it(function: Callable[..., Any]) -> int:
        callback: Any = cfunc(signature, **_OPTIONS)(function)
        _callbacks.append(callback)
        return int(callback.address)

    return compile_it


def _intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    return intrinsic(function)


_callbacks: list[Any] = []
WORD_BYTES = 8
CACHE_LINE_WORDS = 8
_INT = ir.IntType(64)
_CLOCK_MONOTONIC = 6 if sys.platform == "darwin" else 1
_WINDOWS = sys.platform == "win32"


def _word_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


@_intrinsic
def load_acquire(typing_context: Any, array: Any, index: Any) -> Any:
    """`load_acquire(array, index) -> int64`: what the releasing thread wrote before is visible after this."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_word_pointer(context, builder, array, *args), "acquire", WORD_BYTES)

    return types.int64(array, types.intp), generate


@_intrinsic
def store_release(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """`store_release(array, index, value)`: everything written before is visible to whoever acquires the value."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _word_pointer(context, builder, array, args[0], args[1])
        builder.store_atomic(args[2], pointer, "release", WORD_BYTES)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.int64), generate


@_intrinsic
def exchange(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """`exchange(array, index, value) -> int64`: swap in one step, acquire and release; returns the old value."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _word_pointer(context, builder, array, args[0], args[1])
        return builder.atomic_rmw("xchg", pointer, args[2], "acq_rel")

    return types.int64(array, types.intp, types.int64), generate


@_intrinsic
def fence_acquire(typing_context: Any) -> Any:
    """`fence_acquire()`: reads before it happen before the reads and writes after it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.fence("acquire")
        return context.get_dummy_value()

    return types.void(), generate


@_intrinsic
def fence_release(typing_context: Any) -> Any:
    """`fence_release()`: reads and writes before it happen before the writes after it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.fence("release")
        return context.get_dummy_value()

    return types.void(), generate


@_intrinsic
def as_pointer(typing_context: Any, address: Any) -> Any:
    """`as_pointer(address) -> void *`, for `numba.carray`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


@_intrinsic
def as_address(typing_context: Any, pointer: Any) -> Any:
    """`as_address(pointer) -> int64`, the inverse of `as_pointer`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ptrtoint(args[0], _INT)

    return types.int64(pointer), generate


@_intrinsic
def call_kernel(typing_context: Any, function: Any, state: Any, in_channels: Any, out_channels: Any, count: Any) -> Any:
    """`call_kernel(function, state, in_channels, out_channels, n)`, all int64.

    Calls `void function(void *state, const float *const *in, float *const *out, int64_t n)` through its address.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [_INT] * 4)
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), generate


@_intrinsic
def now_ns(typing_context: Any, clock: Any) -> Any:
    """`now_ns(clock_address()) -> int64`: monotonic time in nanoseconds, without the GIL."""

    def generate_posix(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        timespec = cgutils.alloca_once(builder, ir.ArrayType(_INT, 2))
        start = builder.ptrtoint(timespec, _INT)
        kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32), _INT])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), [ir.IntType(32)(_CLOCK_MONOTONIC), start])
        parts = builder.load(timespec)
        return builder.add(
            builder.mul(builder.extract_value(parts, 0), _INT(1_000_000_000)), builder.extract_value(parts, 1)
        )

    def generate_windows(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        ticks = cgutils.alloca_once(builder, _INT)
        kind = ir.FunctionType(ir.VoidType(), [_INT])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), [builder.ptrtoint(ticks, _INT)])
        return builder.mul(builder.load(ticks), _INT(100))  # the function counts in units of 100 ns

    return types.int64(types.int64), generate_windows if _WINDOWS else generate_posix


@_intrinsic
def thread_id(typing_context: Any, function: Any) -> Any:
    """`thread_id(thread_id_address()) -> int64`: the system's number of the calling thread. A short system call."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        return builder.sext(builder.call(builder.inttoptr(args[0], kind.as_pointer()), []), _INT)

    return types.int64(types.int64), generate


def thread_id_address() -> int:
    """Address of the function behind `thread_id`; 0 where the system has none (it is Linux's)."""
    function = getattr(ctypes.CDLL(None), "gettid", None) if sys.platform == "linux" else None
    return 0 if function is None else ctypes.cast(function, ctypes.c_void_p).value or 0


def clock_address() -> int:
    """Address of the system's monotonic clock, to hand to `now_ns`."""
    if sys.platform == "win32":
        function = ctypes.WinDLL("kernelbase").QueryUnbiasedInterruptTimePrecise
    else:
        function = ctypes.CDLL(None).clock_gettime
    address = ctypes.cast(function, ctypes.c_void_p).value
    if address is None:
        raise OSError("the system has no monotonic clock function")
    return address


@compiled
def words(address: int, count: int) -> NDArray[np.int64]:
    """The `count` int64 at an address, as an array that owns nothing."""
    return carray(as_pointer(address), count, np.int64)


@compiled
def floats(address: int, count: int) -> NDArray[np.float32]:
    """The `count` float32 at an address, as an array that owns nothing."""
    return carray(as_pointer(address), count, np.float32)


@compiled
def channels(address: int, rows: int, count: int) -> NDArray[np.float32]:
    """The float32 (rows, count) at an address, as an array that owns nothing."""
    return carray(as_pointer(address), (rows, count), np.float32)


def aligned_words(count: int) -> NDArray[np.int64]:
    """Zeroed int64 (count,) that starts on a cache line."""
    raw = np.zeros(count + CACHE_LINE_WORDS, dtype=np.int64)
    skip = (-(raw.ctypes.data // WORD_BYTES)) % CACHE_LINE_WORDS
    return raw[skip : skip + count]
