"""One engine takes over from another under a device that goes on calling: no gap, no click, no lost sample."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.caller import FADE_S, WARM_S, Caller
from realtime.contract import prepared
from realtime.effects.trim import Trim
from realtime.engine import Engine
from tests.models.side_model import make_side_model
from tests.realtime.effects.sounds import largest_step
from tests.realtime.fake_device import BLOCK as JACK_BLOCK
from tests.realtime.fake_device import call

ROOT = Path(__file__).parents[2]
RATE, BLOCK = 48_000, 64
KEPT: list[Any] = []
"""Plugins that engines call."""


def engine(gain_db: float) -> Engine:
    made, trim = Engine(RATE, BLOCK), Trim()
    trim.set("gain_db", gain_db)
    prepared(lambda: trim, BLOCK)
    made.set_kernel(trim)
    KEPT.append(trim)
    return made


class Device:
    """Calls with a sine until it is closed."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._closing = threading.Event()
        self.heard: list[NDArray[np.float32]] = []
        self.pausing = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        position = 0
        while not self._closing.wait(0.0002):
            if self.pausing.is_set():
                continue
            time = (position + np.arange(BLOCK)) / RATE
            sound = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
            self.heard.append(call(self._caller, np.repeat(sound[:, None], 2, axis=1)))
            position += BLOCK

    def close(self) -> NDArray[np.float32]:
        self._closing.set()
        self._thread.join()
        return np.concatenate(self.heard)


@pytest.fixture
def first() -> Iterator[tuple[Engine, Caller, Device]]:
    made = engine(0.0)
    caller = made.caller(2, 2)
    caller.admit()
    device = Device(caller)
    yield made, caller, device
    device.close()


def test_the_sound_fades_from_one_to_the_other(first: tuple[Engine, Caller, Device]) -> None:
    old, caller, device = first
    heir = engine(-12.0)
    assert caller.hand_over(heir)
    frozen = old.position
    calls = caller.calls
    while caller.calls < calls + 100:
        pass
    heard = device.close()
    assert old.position == frozen
    assert len(heard) == BLOCK * caller.calls
    shared = round((WARM_S + FADE_S) * RATE)
    assert old.position + heir.position - len(heard) == pytest.approx(shared, abs=BLOCK)  # both heard that much
    # Every sample is one of the two gains' or lies between: a gap would be a step, a lost sample as well.
    assert largest_step(heard.T) <= 1.01 * largest_step(heard[: BLOCK * 8].T)
    assert np.abs(heard[-RATE // 100 :]).max() == pytest.approx(0.5 * 10 ** (-12 / 20), rel=1e-3)


def test_a_device_that_stands_still_keeps_its_engine(first: tuple[Engine, Caller, Device]) -> None:
    old, caller, device = first
    device.pausing.set()
    heir = engine(-12.0)
    assert not caller.hand_over(heir)
    device.pausing.clear()
    before = old.position
    while old.position < before + 10 * BLOCK:
        pass
    assert heir.position <= BLOCK


def test_blocks_longer_than_the_engine_takes_change_at_once() -> None:
    old, heir = engine(0.0), engine(-12.0)
    caller = old.caller(2, 2)
    caller.admit()
    taken: list[bool] = []
    thread = threading.Thread(target=lambda: taken.append(caller.hand_over(heir)))
    thread.start()
    sound = np.full((4 * BLOCK, 2), 0.5, np.float32)
    while not taken:
        heard = call(caller, sound)
    heard = call(caller, sound)
    thread.join()
    assert taken == [True]
    np.testing.assert_allclose(heard, 0.5 * 10 ** (-12 / 20), rtol=1e-4)


@pytest.mark.timeout(120)
def test_hosts_that_follow_each_other_on_jack_keep_its_device(
    jack: Callable[[int], dict[str, str]], tmp_path: Path
) -> None:
    model = make_side_model(tmp_path / "side.onnx")
    done = subprocess.run(
        [sys.executable, "-m", "tests.realtime.jack_heirs", str(model), "6"],
        env=jack(JACK_BLOCK),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["devices"] == 1
    assert facts["notices"] == []
    # A busy machine may hold up the server; a device that was opened again would begin to count anew.
    assert facts["calls"] > 0.5 * facts["seconds"] * RATE / JACK_BLOCK
