"""Values: good tables of numbers and texts turned into tables that are almost right."""

from __future__ import annotations

import copy
import json
from typing import Any, cast

import numpy as np
import tomli_w

from tests.fuzz.mutation import mutated

Rng = np.random.Generator
STRANGE: tuple[Any, ...] = (
    *(0, -1, 1, 2, 2**31, 2**63 - 1, -(2**63), 10**400, 0.5, -0.0, 1e308, 1e-320),
    *(float("nan"), float("inf"), float("-inf"), True, False),
    *("", " ", ".", "..", "/", "../../../etc/passwd", "/dev/zero", "/dev/stdin", "~", "%s%n{0}", "-1", "--help"),
    *("a\nb", "a\r\nb", "a\x00b", "\x1b[31mred", "\u2028line", "\u202egnp", "\udc80", "ä" * 300, "x" * 70_000),
    *([], {}, [[]], [{}], {"": ""}, {"a": {"a": {"a": {}}}}, [1, "a", None], None),
)
"""What nobody expects: edges of numbers, words that leave their line or folder, wrong kinds."""
WORDS = (
    *(b"[[", b"]]", b"[", b"{", b'"""', b"'''", b"\\u0000", b"\\uD800", b"= ", b"1e999", b"0x", b"nan", b"\xff"),
    *(b"\xef\xbb\xbf", b"[" * 500, b"{" * 2000, b"[" * 20_000, b"9" * 5000, b"a." * 3000),
)
"""What means something in TOML and JSON, and some of it too often."""


def varied(rng: Rng, tree: Any) -> Any:
    """A copy with one part or a few replaced, renamed, left out or doubled."""
    tree = copy.deepcopy(tree)
    for _ in range(min(int(rng.geometric(0.6)), 4)):
        tree = _changed(rng, tree)
    return tree


def strange(rng: Rng) -> Any:
    """One of `STRANGE`."""
    return copy.deepcopy(STRANGE[int(rng.integers(len(STRANGE)))])


def as_toml(rng: Rng, tree: Any) -> bytes:
    """Varied tables as TOML, a quarter of them damaged as text beside."""
    text = b""
    for _ in range(5):
        try:
            text = tomli_w.dumps(varied(rng, tree)).encode("utf-8", "surrogatepass")
            break
        except (TypeError, ValueError, AttributeError):  # TOML has no word for it
            continue
    return mutated(rng, [text], WORDS) if rng.random() < 0.25 else text


def as_json(rng: Rng, tree: Any) -> bytes:
    """Varied tables as JSON, a quarter of them damaged as text beside."""
    text = json.dumps(varied(rng, tree)).encode()
    return mutated(rng, [text], WORDS) if rng.random() < 0.25 else text


def _near(rng: Rng, value: Any) -> Any:
    """Something of the same kind, which may well be accepted."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        scaled = min(max(value, -1e300), 1e300) * float(rng.choice([0.5, 0.9, 1.1, 2, -1])) + int(rng.integers(2))
        return scaled if isinstance(value, float) else int(scaled)
    return value + str(rng.choice(["", " ", "2", "é", "'", "\\"])) if isinstance(value, str) else value


def _changed(rng: Rng, tree: Any) -> Any:
    """Go down to a random part, and change it."""
    if not isinstance(tree, dict | list) or not tree or rng.random() < 0.05:
        return _near(rng, tree) if rng.random() < 0.6 else strange(rng)
    branch: Any = tree
    table = cast("dict[Any, Any]", tree) if isinstance(tree, dict) else None
    keys: list[Any] = list(table) if table is not None else list(range(len(tree)))
    key = keys[int(rng.integers(len(keys)))]
    kind = rng.random()
    if kind < 0.75:
        tree[key] = _changed(rng, tree[key])
    elif kind < 0.85:
        del tree[key]
    elif table is None:
        branch.append(copy.deepcopy(branch[key]))
    else:
        name = strange(rng)
        table[name if isinstance(name, str) else str(name)[:50]] = copy.deepcopy(tree[key])
    return tree
