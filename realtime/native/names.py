"""Names of native parameters: what people read becomes an identifier, told apart, with the unit as its suffix."""

from __future__ import annotations

import re
import unicodedata

_UNITS = {"s": "s", "seconds": "s", "ms": "ms", "hz": "Hz", "khz": "kHz", "db": "dB", "%": "%"}
"""As plugins write them, in small letters, and as we do."""
_SUFFIX = {"%": "percent"}
_UNIT = re.compile(r"\s*[(\[](?:in\s+)?([^)\]]*)[)\]]\s*$")
_REMARK = re.compile(r"\([^)]*\)|\[[^]]*\]")


def known_unit(text: str) -> str:
    """The unit that a text names; empty for none that we know."""
    return _UNITS.get(text.strip().lower(), "")


def label_and_unit(text: str) -> tuple[str, str]:
    """A name with its unit in brackets, in two: "Delay Time (s)" is "Delay Time" in "s"."""
    found = _UNIT.search(text)
    unit = known_unit(found[1]) if found else ""
    return (text[: found.start()] if found and unit else text).strip(), unit


def identifiers(labels: list[tuple[str, str]]) -> list[str]:
    """One identifier for each label and unit, all different: "Delay Time" in "s" is `delay_time_s`.

    A remark in brackets is left out, what would be a name twice is numbered, and a figure never comes first.
    """
    taken: set[str] = set()
    names: list[str] = []
    for label, unit in labels:
        plain = unicodedata.normalize("NFKD", _REMARK.sub(" ", label) or label).encode("ascii", "ignore").decode()
        words = [*re.findall(r"[a-z0-9]+", plain.lower()), *([_SUFFIX.get(unit, unit.lower())] if unit else [])]
        name = "_".join(words) or "value"
        name = f"p_{name}" if name[0].isdigit() else name
        number = 1
        while (own := name if number == 1 else f"{name}_{number}") in taken:
            number += 1
        taken.add(own)
        names.append(own)
    return names
