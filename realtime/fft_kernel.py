"""A fast Fourier transform for the callback: complex, of a power of two, in memory that the caller brings.

Stockham's self-sorting algorithm (Van Loan, "Computational Frameworks for the Fast Fourier Transform", 1992, section
1.7), radix 4, with one radix-2 step where the power is odd. Real and imaginary parts are apart, so that the compiler
makes vectors of them. Two real signals are transformed as one complex one; to transform back, swap the parts:
`fft(imaginary, real, ...)`, then divide by the length.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import compiled, floats

Floats: TypeAlias = NDArray[np.float32]
Six: TypeAlias = tuple[Any, Any, Any, Any, Any, Any]
Eight: TypeAlias = tuple[Any, Any, Any, Any, Any, Any, Any, Any]


def twiddles(size: int) -> Floats:
    """exp(-2 pi i k / size) for k < size as float32 (2, size): real parts, imaginary parts."""
    angles = 2 * np.pi * np.arange(size) / size
    return np.stack([np.cos(angles), -np.sin(angles)]).astype(np.float32)


@compiled
def fft(re: Floats, im: Floats, other_re: Floats, other_im: Floats, turn_re: Floats, turn_im: Floats) -> None:
    """Transform in place. Real-time safe.

    Parameters
    ----------
    re, im
        The signal's parts, float32 (size,) each, size a power of two; the spectrum's when it returns.
    other_re, other_im
        Work space of the same shape.
    turn_re, turn_im
        The rows of `twiddles(size)`.
    """
    size = len(re)
    from_re, from_im, to_re, to_im = re, im, other_re, other_im
    length, steps = size, 0
    while length > 1:
        radix = 4 if length >= 4 else 2
        if radix == 2:
            _radix_2(from_re, to_re)
            _radix_2(from_im, to_im)
        else:
            _radix_4(from_re, from_im, to_re, to_im, turn_re, turn_im, size // length)
        from_re, from_im, to_re, to_im = to_re, to_im, from_re, from_im
        length //= radix
        steps += 1
    if steps % 2 == 1:
        for k in range(size):
            re[k], im[k] = other_re[k], other_im[k]


@compiled
def _turns(turn_re: Floats, turn_im: Floats, k: int) -> Six:
    return turn_re[k], turn_im[k], turn_re[2 * k], turn_im[2 * k], turn_re[3 * k], turn_im[3 * k]


@compiled
def _butterfly(x: Eight, turns: Six) -> Eight:
    """A transform of four samples, turned; real and imaginary parts one after another."""
    a_re, a_im, b_re, b_im, c_re, c_im, d_re, d_im = x
    sum_re, sum_im, other_re, other_im = a_re + c_re, a_im + c_im, b_re + d_re, b_im + d_im
    first_re, first_im = a_re - c_re + (b_im - d_im), a_im - c_im - (b_re - d_re)
    second_re, second_im = sum_re - other_re, sum_im - other_im
    third_re, third_im = a_re - c_re - (b_im - d_im), a_im - c_im + (b_re - d_re)
    u, v, p, q, s, t = turns
    return (
        sum_re + other_re,
        sum_im + other_im,
        first_re * u - first_im * v,
        first_re * v + first_im * u,
        second_re * p - second_im * q,
        second_re * q + second_im * p,
        third_re * s - third_im * t,
        third_re * t + third_im * s,
    )


@compiled
def _radix_4(
    a_re: Floats, a_im: Floats, b_re: Floats, b_im: Floats, turn_re: Floats, turn_im: Floats, stride: int
) -> None:
    """`stride` interleaved transforms: butterflies of samples a quarter apart, sorted on the way."""
    quarter = len(a_re) // 4
    for k in range(0, quarter, stride):
        turns = _turns(turn_re, turn_im, k)
        # Rows that begin at zero: only of those does the compiler make vectors.
        x0_re, x0_im = _row(a_re, k, stride), _row(a_im, k, stride)
        x1_re, x1_im = _row(a_re, k + quarter, stride), _row(a_im, k + quarter, stride)
        x2_re, x2_im = _row(a_re, k + 2 * quarter, stride), _row(a_im, k + 2 * quarter, stride)
        x3_re, x3_im = _row(a_re, k + 3 * quarter, stride), _row(a_im, k + 3 * quarter, stride)
        y0_re, y0_im = _row(b_re, 4 * k, stride), _row(b_im, 4 * k, stride)
        y1_re, y1_im = _row(b_re, 4 * k + stride, stride), _row(b_im, 4 * k + stride, stride)
        y2_re, y2_im = _row(b_re, 4 * k + 2 * stride, stride), _row(b_im, 4 * k + 2 * stride, stride)
        y3_re, y3_im = _row(b_re, 4 * k + 3 * stride, stride), _row(b_im, 4 * k + 3 * stride, stride)
        for j in range(stride):
            x = x0_re[j], x0_im[j], x1_re[j], x1_im[j], x2_re[j], x2_im[j], x3_re[j], x3_im[j]
            y = _butterfly(x, turns)
            y0_re[j], y0_im[j], y1_re[j], y1_im[j] = y[0], y[1], y[2], y[3]
            y2_re[j], y2_im[j], y3_re[j], y3_im[j] = y[4], y[5], y[6], y[7]


@compiled
def _row(sound: Floats, start: int, count: int) -> Floats:
    return floats(sound.ctypes.data + 4 * start, count)


@compiled
def _radix_2(a: Floats, b: Floats) -> None:
    """The last step of an odd power, of one part: sum and difference of the halves, which need no turning."""
    half = len(a) // 2
    for j in range(half):
        b[j], b[j + half] = a[j] + a[j + half], a[j] - a[j + half]
