"""Times as people read them."""

from __future__ import annotations


def clock(seconds: float, decimals: int = 0) -> str:
    """0:07, 12:34, 1:02:03; with `decimals`, 0:07.5. What is shown has passed: it is never rounded up."""
    unit = 10**decimals
    ticks = int(max(0.0, seconds) * unit)
    whole, part = divmod(ticks, unit)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{whole:02d}" if hours else f"{minutes}:{whole:02d}"
    return f"{text}.{part:0{decimals}d}" if decimals else text
