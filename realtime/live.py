"""A host in a terminal: starts it, shows what it does once a second, and stops it cleanly whatever ends the run."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from realtime.host import Host
from realtime.remote.remote import POLL_INTERVAL_S as REMOTE_INTERVAL_S
from realtime.remote.remote import Remote
from realtime.settings import Settings
from realtime.stats import Snapshot, write_json

POLL_INTERVAL_S = 0.1
STATUS_INTERVAL_S = 1.0


def run_live(
    settings: Settings, duration_s: float | None = None, stats: Path | None = None, remote: Remote | None = None
) -> int:
    """Run a host until Ctrl-C, SIGTERM, the duration or the clip's end. Called from the main thread.

    A second Ctrl-C does not wait for the clean end.

    Parameters
    ----------
    duration_s
        Seconds of wall clock after the start; None for no limit.
    stats
        Statistics file (JSON), written however the run ends.
    remote
        Remote control, polled while the host runs and left open; also it may end the run.

    Returns
    -------
    exit code
        0, or 128 + the signal's number (130 for Ctrl-C).

    Raises
    ------
    EarsightError
        When the host cannot start.
    """
    host = Host(settings)
    with _signals() as interruption, _words() as words:
        printer = StatusPrinter(words)
        host.start()
        try:
            _watch(host, printer, interruption, duration_s, remote or Remote(), privacy(settings))
        finally:
            host.stop()
            snapshot = host.snapshot()
            if stats is not None:
                write_json(stats, snapshot.as_dict())
        printer.notices(snapshot.notices)
        printer.line(ending_line(snapshot))
    return interruption.exit_code


class Interruption:
    """The first signal that asked this run to end."""

    def __init__(self) -> None:
        self.happened = threading.Event()
        self.exit_code = 0

    def record(self, number: int, frame: FrameType | None) -> None:
        """Signal handler; the next signal of the same kind ends the process at once."""
        del frame
        self.exit_code = 128 + number
        self.happened.set()
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@contextmanager
def _signals() -> Generator[Interruption]:
    interruption = Interruption()
    before = {number: signal.signal(number, interruption.record) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _words() -> Generator[TextIO]:
    """Standard error by a descriptor of its own: whatever is printed while devices are looked for leads nowhere."""
    try:
        own = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):  # no file, as under a test
        yield sys.stderr
        return
    with os.fdopen(own, "w", encoding=sys.stderr.encoding, errors="replace") as words:
        yield words


def _watch(
    host: Host,
    printer: StatusPrinter,
    interruption: Interruption,
    duration_s: float | None,
    remote: Remote,
    opened: str,
) -> None:
    printer.line(starting_line(host.snapshot(), host.pace, opened))
    started_s = status_s = time.monotonic()
    while not _wait(host, interruption, remote):
        printer.notices(remote.notices)
        snapshot = host.snapshot()
        printer.notices(snapshot.notices)
        now_s = time.monotonic()
        if snapshot.finished or (duration_s is not None and now_s - started_s >= duration_s):
            break
        if now_s - status_s >= STATUS_INTERVAL_S:
            status_s = now_s
            printer.status(status_line(snapshot))
    printer.clear()
    printer.notices(host.snapshot().notices)


def _wait(host: Host, interruption: Interruption, remote: Remote) -> bool:
    """Let POLL_INTERVAL_S pass, with the remote control at work if there is any; whether the run is to end."""
    if remote.osc is None and remote.midi is None:
        return interruption.happened.wait(POLL_INTERVAL_S)
    until_s = time.monotonic() + POLL_INTERVAL_S
    while (left_s := until_s - time.monotonic()) > 0:
        if interruption.happened.wait(min(left_s, REMOTE_INTERVAL_S)):
            return True
        remote.poll(host)
        if remote.stop_wanted:
            return True
    return False


class StatusPrinter:
    """Lines that stay, and on a terminal one status line below them that is drawn anew."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._seen: set[str] = set()

    def line(self, text: str) -> None:
        self.clear()
        print(text, file=self._stream, flush=True)

    def notices(self, notices: tuple[str, ...]) -> None:
        """Print those that were not printed before."""
        for notice in notices:
            if notice not in self._seen:
                self._seen.add(notice)
                self.line(f"earsight: {notice}")

    def status(self, text: str) -> None:
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{text[:width]}", end="", file=self._stream, flush=True)

    def clear(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=self._stream, flush=True)


def starting_line(snapshot: Snapshot, pace: str = "", opened: str = "") -> str:
    """Devices, format, latency by parts in samples and ms, network and provider; its pace and `privacy` if given."""
    latency = snapshot.latency
    latency_ms = 1000 * latency.total / snapshot.sample_rate
    parts = f"input {latency.device_input} + output {latency.device_output} + plugins {latency.plugins}"
    more = "".join(f"; {words}" for words in (pace, opened) if words)
    return (
        f"earsight: {snapshot.input or 'no input'} -> {snapshot.output or 'no output'}, {snapshot.sample_rate} Hz, "
        f"blocks of {snapshot.block_size}; latency {latency.total} samples, {latency_ms:.1f} ms ({parts}, "
        f"algorithmic {latency.algorithmic}); {snapshot.model} on {snapshot.provider}, mode {snapshot.mode}{more}"
    )


def privacy(settings: Settings) -> str:
    """What of the user's is open, and where that goes; "" when nothing is."""
    opened = " and ".join(name for name, on in (("microphone", settings.hears), ("camera", settings.sees)) if on)
    return f"{opened} on, nothing of it leaves this machine" if opened else ""


def status_line(snapshot: Snapshot) -> str:
    """What a listener wants to know once a second."""
    mono, left, right = snapshot.levels_db
    if snapshot.audio_away_s:
        return f"{snapshot.duration_s:6.1f} s  the audio device is away for {snapshot.audio_away_s:.0f} s"
    return (
        f"{snapshot.duration_s:6.1f} s  in {mono:.0f}, left {left:.0f}, right {right:.0f} dB  xruns {snapshot.xruns}  "
        f"late {snapshot.late_blocks} + {snapshot.late_inferences}  mask age {snapshot.mask_age_ms.p95:.0f} ms"
    )


def ending_line(snapshot: Snapshot) -> str:
    """How the run went."""
    recording = f"; recorded to {snapshot.recording}" if snapshot.recording else ""
    return (
        f"earsight: stopped after {snapshot.duration_s:.1f} s of sound, {snapshot.xruns} xruns, "
        f"{snapshot.late_blocks} late blocks, {snapshot.late_inferences} late inferences{recording}"
    )
