"""The long run: the live window on JACK for half an hour, the network changed every minute, beside a spinning thread.

As long, and at the same time, a bare callback runs on a JACK server of its own: what the machine does to any sound.
Every call of the device is counted across all changes, and beside it those of another bare callback on the window's
server, which is called in every round of that; and the window's memory is written down.
"""

from __future__ import annotations

import argparse
import select
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import live_host, live_window
from benchmarks.child import Child, ready_then_wait
from benchmarks.drawing import lines
from benchmarks.jack import dummy_server
from benchmarks.loads import spinning_thread
from benchmarks.material import moving_clip
from benchmarks.results import Aim, Plot, Results, exit_with, run
from benchmarks.tables import Column, Table, spread
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.errors import EarsightError
from realtime.host import Host
from realtime.modelfile import shipped_model
from realtime.settings import Settings
from realtime.stats import Percentiles

BLOCK_SIZE, SAMPLE_RATE = 128, 48_000
SETTLE_S = 5.0
START_S = 120.0
ROUNDS_S = 0.005
AT_ONCE_S = 0.0005
LOOK_MS = 1000
MOST_MORE_XRUNS = 5
MOST_GROWTH_PERCENT = 1.0
LAST = 1 / 3
"""Of the run: where its memory must not grow."""
MEMORY_FILE = Path("/proc/self/statm")

WHAT = Column("what", "what")
MINUTE, MEMORY = Column("minute", "minute", ".1f"), Column("memory, MB", "memory_mb", ".1f")
SOUND = (
    WHAT,
    Column("seconds", "seconds", ".0f"),
    Column("calls of the device", "calls"),
    Column("rounds of its server", "rounds"),
    Column("xruns", "xruns"),
    spread("callback", "us", "callback_us", ".0f", ("p50", "p99", "max")),
    Column("changes of the network", "changes"),
    Column("CPU, % of a core", "cpu_percent", ".0f"),
)


class Mark(NamedTuple):
    """The beginning or the end of what counts."""

    at_s: float
    cpu_s: float
    calls: int
    """Of the host by its device, so far."""


class WatchedHost(Host):
    """Adds its figures to a run's when it ends."""

    def __init__(self, settings: Settings, run: WindowRun) -> None:
        super().__init__(settings)
        self._run = run
        self._told = False

    @property
    def calls(self) -> int:
        """Of the device, across all hosts that it has called."""
        return 0 if self._guard is None or self._guard.device is None else self._guard.device.calls

    def start(self, before: Host | None = None) -> None:
        super().start(before)
        self._run.playing = self

    def stop(self) -> None:
        if not self._told:
            self._told = True
            self._run.take(self)
        super().stop()


def mark(host: WatchedHost) -> Mark:
    """Now; read until nothing came between the clock and the count, such as the thread that spins."""
    while True:
        at_s, calls, later_s = time.monotonic(), host.calls, time.monotonic()
        if later_s - at_s < AT_ONCE_S:
            return Mark(at_s, time.process_time(), calls)


class WindowRun:
    """The window with a host that is replaced again and again; figures of all of them."""

    def __init__(self, models: Sequence[Path], seconds: float, change_s: float) -> None:
        self.playing: WatchedHost | None = None
        self.xruns = 0
        self.changes = 0
        self.notices: list[str] = []
        self.times: Any = np.zeros(1, np.int64)
        self.memory: list[tuple[float, float]] = []
        self._models = models
        self._opened_s = 0.0
        self._seconds = seconds
        self._change_s = change_s
        self._begin: Mark | None = None
        self._end: Mark | None = None

    def take(self, host: WatchedHost) -> None:
        """The figures of one that stops, or is running at the end."""
        if self._begin is None:
            return
        found = host.snapshot()
        self.xruns += found.xruns
        self.notices += [notice for notice in found.notices if notice not in self.notices]
        times = host.histogram("callback_us")
        size = max(len(times), len(self.times))
        self.times = np.pad(self.times, (0, size - len(self.times))) + np.pad(times, (0, size - len(times)))

    def look(self, window: Any) -> None:
        """Once a second, on the window's thread."""
        now_s, host = time.monotonic(), self.playing
        if host is None:
            return
        if self._begin is None:
            if window.running and now_s - self._opened_s >= SETTLE_S:
                print("ready", flush=True)
                host.reset_counters()
                self._begin = mark(host)
            return
        passed_s = now_s - self._begin.at_s
        self.memory.append((passed_s, _memory_mb()))
        if passed_s >= self._seconds:
            if not window.busy:
                self._end = mark(host)
                window.close()
        elif passed_s >= (self.changes + 1) * self._change_s and not window.busy:
            self.changes += 1
            window.choose(replace(window.settings, model=self._models[self.changes % len(self._models)]))

    def show(self, settings: Settings) -> None:
        """Until the time is over."""
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        from gui.app import main
        from gui.window import MainWindow

        application = QApplication(["earsight"])
        self._opened_s = time.monotonic()
        timer = QTimer()
        timer.timeout.connect(
            lambda: [self.look(window) for window in application.topLevelWidgets() if isinstance(window, MainWindow)]
        )
        timer.start(LOOK_MS)
        main(settings, start=True, host_factory=lambda chosen: WatchedHost(chosen, self))

    def row(self) -> dict[str, Any]:
        """What was found.

        Raises
        ------
        EarsightError
            When the window closed before its time.
        """
        if self._begin is None or self._end is None:
            raise EarsightError("the window closed before it was measured; run: earsight doctor")
        seconds = self._end.at_s - self._begin.at_s
        return {
            "seconds": seconds,
            "calls": self._end.calls - self._begin.calls,
            "from_s": self._begin.at_s,
            "to_s": self._end.at_s,
            "xruns": self.xruns,
            "callback_us": Percentiles.of_histogram(self.times, 1.0).as_dict(),
            "changes": self.changes,
            "cpu_percent": 100 * (self._end.cpu_s - self._begin.cpu_s) / seconds,
            "notices": self.notices,
            "memory": self.memory,
        }


def window(settings: dict[str, Any], models: list[str], seconds: float, change_s: float) -> dict[str, Any]:
    """In a process of its own: the window, a thread that spins, and changes."""
    run = WindowRun([Path(model) for model in models], seconds, change_s)
    with spinning_thread():
        run.show(live_host.settings_from(settings))
    return run.row()


def pass_through(settings: dict[str, Any], seconds: float) -> dict[str, Any]:
    """In a process of its own, on a server of its own: the bare callback, once the parent says so."""
    ready_then_wait()
    found = live_host.pass_through(live_host.settings_from(settings), seconds, SETTLE_S)
    return {**found, "calls": found["blocks"]}


def rounds(settings: dict[str, Any], seconds: float) -> dict[str, list[float]]:
    """In a process of its own: times (`time.monotonic`) and how many rounds the server had gone by then.

    From when the parent says go until it says so again, at most so many seconds.
    """
    chosen = live_host.settings_from(settings)
    engine = Engine(chosen.sample_rate, chosen.block_size)
    driver = PortAudioDriver(engine, chosen.input, chosen.output, chosen.sample_rate, chosen.block_size)
    driver.start()
    found: dict[str, list[float]] = {"at_s": [], "rounds": []}
    ready_then_wait()
    try:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            found["at_s"].append(time.monotonic())
            found["rounds"].append(engine.blocks)
            if select.select([sys.stdin], [], [], ROUNDS_S)[0]:
                break
    finally:
        driver.stop()
    return found


def measure(chosen: argparse.Namespace) -> Results:
    """What was asked for on the command line."""
    seconds = 6.0 if chosen.quick else 60.0 * chosen.minutes
    change_s = 2.0 if chosen.quick else chosen.change_s
    settings: dict[str, Any] = {
        "input": "system",
        "output": "system",
        "sample_rate": SAMPLE_RATE,
        "block_size": BLOCK_SIZE,
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        moving_clip(10.0) as clip,
        live_window.screen() as screen,
        dummy_server(BLOCK_SIZE, SAMPLE_RATE) as idle_server,
        dummy_server(BLOCK_SIZE, SAMPLE_RATE) as server,
    ):
        if screen is None:
            raise EarsightError("there is no screen, and Xvfb is not installed (Debian: apt install xvfb)")
        models = [str(shutil.copy(shipped_model(), Path(folder) / f"{name}.onnx")) for name in ("one", "other")]
        live = {**settings, "camera": str(clip), "model": models[0]}
        request = {"settings": live, "models": models, "seconds": seconds, "change_s": change_s}
        with (
            Child(pass_through, {"settings": settings, "seconds": seconds}, idle_server) as idle,
            Child(rounds, {"settings": settings, "seconds": seconds + START_S}, server) as counter,
            Child(window, request, {**server, **screen}) as watched,
        ):
            idle.wait_until_ready()
            counter.wait_until_ready()
            counter.go()
            watched.wait_until_ready()
            idle.go()
            long: dict[str, Any] = {"what": "window, camera, spinning thread", **watched.result(seconds + START_S)}
            idle_row = {"what": "pass-through, beside it", **idle.result(seconds + START_S)}
            counter.go()
            counted = counter.result(seconds + START_S)
    ends_s = np.array([long.pop("from_s"), long.pop("to_s")], np.float64)
    begin, end = np.interp(ends_s, counted["at_s"], counted["rounds"])
    long["rounds"] = round(end - begin)
    return _results(long, idle_row)


def _results(long: dict[str, Any], idle: dict[str, Any]) -> Results:
    memory = [{"minute": at_s / 60, "memory_mb": memory_mb} for at_s, memory_mb in long.pop("memory")]
    last = [row["memory_mb"] for row in memory if row["minute"] >= (1 - LAST) * long["seconds"] / 60]
    growth = 100 * (max(last) - min(last)) / min(last)
    lost = long["rounds"] - long["calls"]
    remarks = [f"Notices of the hosts: {'; '.join(long.pop('notices')) or 'none'}."]
    return Results(
        {
            "sound": Table(f"The long run, JACK with a dummy driver, blocks of {BLOCK_SIZE}", SOUND, [long, idle]),
            "memory": Table("Memory of the window's process", (MINUTE, MEMORY), memory[:: max(1, len(memory) // 30)]),
        },
        [Plot("memory", lambda axes: lines(axes, memory, MINUTE, MEMORY, log_x=False))],
        [
            Aim(
                f"xruns: at most {MOST_MORE_XRUNS} more than pass-through in the same run",
                f"{long['xruns']}, pass-through {idle['xruns']}",
                long["xruns"] <= idle["xruns"] + MOST_MORE_XRUNS,
            ),
            # The rounds are known every few milliseconds only, at both ends.
            Aim("no block lost across all changes", f"{lost} of {long['rounds']}", lost <= 2),
            Aim(
                f"memory in the last third of the run: within {MOST_GROWTH_PERCENT:g} %",
                f"{min(last):.1f} to {max(last):.1f} MB, {growth:.2f} %",
                growth <= MOST_GROWTH_PERCENT,
            ),
        ],
        remarks,
    )


def _memory_mb() -> float:
    """Resident memory of this process; 0 where the system does not show it."""
    if not MEMORY_FILE.is_file():
        return 0.0
    return int(MEMORY_FILE.read_text().split()[1]) * 4096 / 1e6


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=30.0, help="of the run (default: 30)")
    parser.add_argument("--change-s", type=float, default=60.0, help="seconds between two changes (default: 60)")


def main(arguments: Sequence[str] | None = None) -> None:
    run("endurance", __doc__, declare, measure, arguments)


if __name__ == "__main__":
    exit_with(main)
