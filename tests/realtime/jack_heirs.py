"""Run by test_hand_over: one host after the other takes over while JACK plays; prints one JSON object.

Arguments: a model file, and how many.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from realtime.drivers import DeviceDriver
from realtime.host import Host
from realtime.settings import Settings
from tests.realtime.fake_device import BLOCK


class CountedHost(Host):
    """Shows its device, which goes on across hosts."""

    @property
    def device(self) -> DeviceDriver:
        assert self._guard is not None
        assert self._guard.device is not None
        return self._guard.device


def main(model: str, count: str) -> None:
    settings = Settings(input="system", output="system", block_size=BLOCK, model=Path(model))
    host = CountedHost(settings)
    host.start()
    while host.snapshot().blocks < 100:
        time.sleep(0.01)
    begin_s, begin = time.monotonic(), host.device.calls
    devices = [host.device]
    try:
        for number in range(int(count)):
            heir = CountedHost(replace(settings, mode=("overlap", "filter")[number % 2]))
            heir.prepare()
            heir.start(host)
            host.stop()
            host = heir
            devices.append(host.device)
            assert host.snapshot().running
        passed_s, calls = time.monotonic() - begin_s, host.device.calls - begin
        notices = host.snapshot().notices
    finally:
        host.stop()
    print(json.dumps({"seconds": passed_s, "calls": calls, "devices": len(set(devices)), "notices": notices}))


if __name__ == "__main__":
    main(*sys.argv[1:])
