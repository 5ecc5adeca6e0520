"""Mutation: good bytes turned into bytes that are almost right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Rng = np.random.Generator

MOST_CHANGES = 6
LONGEST_PIECE = 256
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
"""At the edges of what a field holds: sizes, counts and offsets that nobody means."""


def mutated(rng: Rng, seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """One of the seeds with a few changes; once in fifty times noise or nothing instead.

    Parameters
    ----------
    words
        That mean something to the reader.
    """
    if rng.random() < 0.02:
        return rng.bytes(int(rng.integers(0, 200)))
    data = bytearray(_one(rng, seeds))
    for _ in range(min(int(rng.geometric(0.5)), MOST_CHANGES)):
        change = _CHANGES[int(rng.integers(len(_CHANGES)))]
        if data:
            change(rng, data)
        if rng.random() < 0.1:
            _splice(rng, data, _one(rng, seeds))
        if words and rng.random() < 0.2:
            _put(rng, data, _one(rng, words))
    return bytes(data)


def _one(rng: Rng, choices: Sequence[bytes]) -> bytes:
    return choices[int(rng.integers(len(choices)))]


def _place(rng: Rng, data: bytearray) -> int:
    """Anywhere, but half of the times near either end, where headers and indices are."""
    kind = rng.random()
    if kind < 0.5 or len(data) < 2:
        return int(rng.integers(len(data) or 1))
    near = min(len(data) - 1, int(np.exp(rng.uniform(0, np.log(len(data))))))
    return near if kind < 0.8 else len(data) - 1 - near


def _piece(rng: Rng, data: bytearray) -> slice:
    start = _place(rng, data)
    return slice(start, start + int(rng.integers(1, LONGEST_PIECE)))


def _flip(rng: Rng, data: bytearray) -> None:
    data[_place(rng, data)] ^= 1 << int(rng.integers(8))


def _byte(rng: Rng, data: bytearray) -> None:
    data[_place(rng, data)] = int(rng.integers(256))


def _number(rng: Rng, data: bytearray) -> None:
    size = int(rng.choice([1, 2, 4, 8]))
    value = NUMBERS[int(rng.integers(len(NUMBERS)))] & (2 ** (8 * size) - 1)
    start = _place(rng, data)
    data[start : start + size] = value.to_bytes(size, "big" if rng.random() < 0.5 else "little")


def _cut_end(rng: Rng, data: bytearray) -> None:
    del data[_place(rng, data) :]


def _cut(rng: Rng, data: bytearray) -> None:
    del data[_piece(rng, data)]


def _repeat(rng: Rng, data: bytearray) -> None:
    piece = _piece(rng, data)
    data[piece.start : piece.start] = data[piece]


def _swap(rng: Rng, data: bytearray) -> None:
    first, second = _piece(rng, data), _place(rng, data)
    taken = data[first]
    del data[first]
    data[second:second] = taken


def _splice(rng: Rng, data: bytearray, other: bytes) -> None:
    if other:
        start = int(rng.integers(len(other)))
        _put(rng, data, other[start : start + int(rng.integers(1, LONGEST_PIECE))])


def _put(rng: Rng, data: bytearray, piece: bytes) -> None:
    """Into, or over what is there."""
    start = _place(rng, data)
    data[start : start + (len(piece) if rng.random() < 0.5 else 0)] = piece


_CHANGES: tuple[Callable[[Rng, bytearray], None], ...] = (
    *(_flip,) * 4,
    *(_byte,) * 4,
    *(_number,) * 4,
    *(_cut_end, _cut, _repeat, _swap),
)
