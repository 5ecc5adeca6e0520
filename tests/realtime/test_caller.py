"""A stream reaches the engine only while it has its turn; otherwise it is given silence and leaves no trace."""

from __future__ import annotations

import numpy as np

from realtime.engine import Engine
from tests.realtime.fake_device import call


def test_only_an_admitted_caller_reaches_the_engine() -> None:
    engine = Engine(48_000, 64)
    caller = engine.caller(1, 2)
    sound = np.full((64, 1), 0.5, np.float32)
    heard = [call(caller, sound)]
    caller.admit()
    heard.append(call(caller, sound))
    caller.dismiss()
    heard.append(call(caller, sound))
    assert [float(block.max()) for block in heard] == [0.0, 0.5, 0.0]
    assert (engine.position, engine.blocks, caller.calls) == (64, 1, 3)
    assert not caller.inside


def test_a_caller_brings_its_own_channels() -> None:
    engine = Engine(48_000, 64)
    two, one = engine.caller(2, 2), engine.caller(1, 1)
    two.admit()
    assert float(call(two, np.full((64, 2), 0.25, np.float32)).min()) == 0.25
    assert engine.input_channels == 2
    two.dismiss()
    one.admit()
    # A stream that was given up wakes with more channels than the one that plays.
    assert not call(two, np.full((64, 2), 0.25, np.float32)).any()
    assert float(call(one, np.full((64, 1), 0.5, np.float32), 1).min()) == 0.5
    assert engine.input_channels == 1
