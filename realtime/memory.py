"""Memory that is free goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Hand what was freed back to the system. Takes milliseconds; not for the audio callback's thread.

    glibc keeps it, in pieces: a program that loads one network after the other would seem to grow by 5 % and more.
    Other systems do this by themselves.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
