"""One live host under one load after the other, measured in the process that it has to itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.child import ready_then_wait
from benchmarks.loads import change_places, loading_thread, spinning_thread
from realtime.drivers import Driver
from realtime.drivers.null import NullDriver
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.host import Host
from realtime.settings import Settings
from realtime.stats import Percentiles, Snapshot

PASS_THROUGH = "pass-through"
"""No host: the bare callback, Python at rest. What the machine does to any sound."""
LOADS = (PASS_THROUGH, "none", "spinning thread", "network swap")
PATHS = ("clip", "model")


def measure(settings: dict[str, Any], loads: list[str], seconds: float, settle_s: float) -> list[dict[str, Any]]:
    """A row for each load.

    Parameters
    ----------
    settings
        Of the host, as JSON holds them.
    loads
        Of `LOADS`.
    seconds, settle_s
        Of each load, and before it.
    """
    chosen = settings_from(settings)
    rows = [pass_through(chosen, seconds, settle_s)] if PASS_THROUGH in loads else []
    beside: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "none": nullcontext,
        "spinning thread": spinning_thread,
        "network swap": lambda: loading_thread(chosen),
    }
    wanted = [load for load in loads if load != PASS_THROUGH]
    if not wanted:
        return rows
    host = Host(chosen)
    host.start()
    try:
        for load in wanted:
            with beside[load]():
                figures = watched(host, seconds, settle_s)
            rows.append({"load": load, **figures})
            if load == "network swap":
                host, rows[-1]["silence_ms"] = change_places(host, chosen)
    finally:
        host.stop()
    return rows


def stream(settings: dict[str, Any], count: int, seconds: float, settle_s: float) -> list[dict[str, Any]]:
    """So many hosts at once in this process, which begin to count when the parent says so; a row for each."""
    hosts = [Host(settings_from(settings)) for _ in range(count)]
    try:
        for host in hosts:
            host.start()
        time.sleep(settle_s)
        ready_then_wait()
        for host in hosts:
            host.reset_counters()
        cpu_s, begin = time.process_time(), time.monotonic()
        time.sleep(seconds)
        share = 100 * (time.process_time() - cpu_s) / (time.monotonic() - begin)
        return [{**row(host.snapshot()), "cpu_percent": share / count} for host in hosts]
    finally:
        for host in hosts:
            host.stop()


def idle_stream(settings: dict[str, Any], count: int, seconds: float, settle_s: float) -> list[dict[str, Any]]:
    """As many bare callbacks."""
    chosen = settings_from(settings)
    engines = [Engine(chosen.sample_rate, chosen.block_size) for _ in range(count)]
    drivers = [_driver(engine, chosen) for engine in engines]
    try:
        for driver in drivers:
            driver.start()
        time.sleep(settle_s)
        ready_then_wait()
        for engine in engines:
            engine.reset_counters()
        time.sleep(seconds)
        return [_of_engine(engine) for engine in engines]
    finally:
        for driver in drivers:
            driver.stop()


def settings_from(values: dict[str, Any]) -> Settings:
    """Of what JSON holds: paths are text there."""
    typed: dict[str, Any] = {name: Path(value) if name in PATHS and value else value for name, value in values.items()}
    return Settings(**typed)


def watched(host: Host, seconds: float, settle_s: float) -> dict[str, Any]:
    """Figures of a host that runs."""
    time.sleep(settle_s)
    host.reset_counters()
    cpu_s, begin = time.process_time(), time.monotonic()
    time.sleep(seconds)
    snapshot = host.snapshot()
    share = 100 * (time.process_time() - cpu_s) / (time.monotonic() - begin)
    return {**row(snapshot), "cpu_percent": share}


def row(snapshot: Snapshot) -> dict[str, Any]:
    """The part of a host's statistics that is measured here."""
    found = snapshot.as_dict()
    for of_all in ("version", "machine", "audio", "camera"):
        del found[of_all]
    return {**found, "provider": snapshot.provider, "images": snapshot.images, "notices": list(snapshot.notices)}


def pass_through(settings: Settings, seconds: float, settle_s: float) -> dict[str, Any]:
    engine = Engine(settings.sample_rate, settings.block_size)
    driver = _driver(engine, settings)
    driver.start()
    try:
        time.sleep(settle_s)
        engine.reset_counters()
        cpu_s, begin = time.process_time(), time.monotonic()
        time.sleep(seconds)
        passed_s = time.monotonic() - begin
        share = 100 * (time.process_time() - cpu_s) / passed_s
        found = _of_engine(engine)
    finally:
        driver.stop()
    return {"load": PASS_THROUGH, **found, "seconds": passed_s, "cpu_percent": share}


def _of_engine(engine: Engine) -> dict[str, Any]:
    return {
        "blocks": engine.blocks,
        "xruns": engine.xruns,
        "callback_us": Percentiles.of_histogram(engine.callback_counts, 1.0).as_dict(),
    }


def _driver(engine: Engine, settings: Settings) -> Driver:
    if settings.driver == "null":
        return NullDriver(engine, settings.sample_rate, settings.block_size)
    return PortAudioDriver(engine, settings.input, settings.output, settings.sample_rate, settings.block_size)
