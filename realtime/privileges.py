"""Privileges: what the operating system lets the sound have before other programs. Never required; Linux says most."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

RTKIT = "dbus-1/system-services/org.freedesktop.RealtimeKit1.service"
BUS = Path("/run/dbus/system_bus_socket")


@dataclass(frozen=True)
class Privileges:
    """Of this user, now.

    Attributes
    ----------
    priority
        Highest real-time priority that a thread may take by itself; 0 for none.
    rtkit
        Whether RealtimeKit gives threads such a priority to those who ask it.
    locked_bytes
        That may be kept from being swapped out; None for all.
    """

    priority: int
    rtkit: bool
    locked_bytes: int | None


def privileges() -> Privileges | None:
    """Look, and try the priority on a thread that ends at once; None on other systems than Linux."""
    if sys.platform != "linux":
        return None
    import resource

    _, locked = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    unlimited = locked == resource.RLIM_INFINITY
    return Privileges(_highest_priority(), _has_rtkit(), None if unlimited else locked)


def _highest_priority() -> int:
    """The highest of all for a privileged user, else what the limit says, if a thread can really take it."""
    if sys.platform != "linux":
        return 0
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_RTPRIO)
    most = os.sched_get_priority_max(os.SCHED_FIFO)
    taken: list[int] = []

    def take() -> None:
        for priority in (most, min(limit, most)):
            # Of the calling thread, which has it for no longer than this.
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
                taken.append(priority)
                return

    thread = threading.Thread(target=take, name="priority")
    thread.start()
    thread.join()
    return taken[0] if taken else 0


def _has_rtkit() -> bool:
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return BUS.exists() and any((Path(folder) / RTKIT).is_file() for folder in shared.split(":"))
