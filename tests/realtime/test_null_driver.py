"""Without a device the engine is still called, at the pace of one."""

from __future__ import annotations

import time
from collections.abc import Callable

from realtime.drivers import Driver
from realtime.drivers.null import NullDriver
from realtime.engine import Engine


def test_the_pace_is_real(wait_for: Callable[..., bool]) -> None:
    """Deadlines are absolute, so 1 s of sound takes 1 s, less one block and the clock's grain; more only when busy."""
    engine = Engine(48_000, 480)
    driver: Driver = NullDriver(engine, 48_000, 480)
    begin = time.monotonic()
    driver.start()
    assert driver.active
    assert wait_for(lambda: engine.position >= 48_000)
    took_s = time.monotonic() - begin
    driver.stop()
    assert took_s > 0.97
    assert not driver.active
    assert engine.xruns == 0


def test_stop_ends_the_calls_and_may_be_repeated() -> None:
    engine = Engine(48_000, 128)
    driver = NullDriver(engine, 48_000, 128)
    driver.stop()
    driver = NullDriver(engine, 48_000, 128)
    driver.start()
    driver.stop()
    position = engine.position
    driver.stop()
    assert engine.position == position
