"""One device's round trip, measured with a maximum length sequence, beside the one that the host states."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.mls import SequencePlayer, delay
from realtime.chain.plan import SPATIALISER, Plan, Slot
from realtime.chain.rack import Rack
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.errors import DeviceError
from realtime.filters import default_pre_delay, default_taps
from realtime.plugin import Format, Kernel
from realtime.spatialiser import Spatialiser
from realtime.stats import Percentiles

AGREEING = 0.5
"""Samples between the stated and the measured round trip that rounding explains."""


def measure(
    block_size: int, *, input: str | None, output: str | None, sample_rate: int, periods: int
) -> dict[str, Any]:
    """Send the sequence through spatialiser, device and back.

    Returns
    -------
    dict
        `stated` and `measured` (median over the periods that came back clearly) round trip in samples, the parts of
        `stated`, every period's figure, and the callback's times in microseconds.

    Raises
    ------
    DeviceError
        When the device refuses, stops, or nothing comes back.
    """
    engine = Engine(sample_rate, block_size)
    spatialiser = Spatialiser(
        "filter",
        sample_rate,
        block_size,
        taps=default_taps(sample_rate),
        pre_delay=default_pre_delay(sample_rate),
    )
    player = SequencePlayer()
    parts: dict[str, Kernel] = {"sequence": player, SPATIALISER: spatialiser}
    rack = Rack(Format(sample_rate, block_size), lambda slot, _: parts[slot.plugin])
    rack.apply(Plan().add(Slot("sequence", "sequence"), 0))
    engine.set_kernel(rack)
    driver = PortAudioDriver(engine, input, output, sample_rate, block_size)
    driver.start()
    try:
        found = [delay(heard, player.sequence) for heard in _periods(engine, driver, len(player.sequence), periods)]
    finally:
        driver.stop()
    clear = [one for one in found if one.clear]
    if not clear:
        raise DeviceError(f"nothing came back from '{driver.name_input}'; wire its output to its input, turn it up")
    stated = driver.input_latency + driver.output_latency + engine.latency
    delays = np.array([one.samples for one in clear])
    measured = float(np.median(delays))
    return {
        "block_size": block_size,
        "sample_rate": sample_rate,
        "input": driver.name_input,
        "output": driver.name_output,
        "device_input": driver.input_latency,
        "device_output": driver.output_latency,
        "plugins": engine.latency,
        "stated": stated,
        "stated_ms": 1000 * stated / sample_rate,
        "measured": measured,
        "measured_ms": 1000 * measured / sample_rate,
        "beyond_ms": 1000 * (measured - 2 * block_size) / sample_rate,
        "apart": measured - stated,
        "agree": abs(measured - stated) < AGREEING,
        "spread": float(delays.max() - delays.min()),
        "clarity_db": float(np.median([one.clarity_db for one in clear])),
        "periods": [one.samples for one in clear],
        "unclear": len(found) - len(clear),
        "xruns": engine.xruns,
        "callback_us": Percentiles.of_histogram(engine.callback_counts, 1.0).as_dict(),
    }


def _periods(engine: Engine, driver: PortAudioDriver, length: int, count: int) -> list[NDArray[np.float32]]:
    """Mono sound that came in during whole periods of what goes out; the first is not yet filled."""
    found: list[NDArray[np.float32]] = []
    deadline = time.monotonic() + 4 * (count + 2) * length / engine.sample_rate + 5
    for number in range(1, count + 1):
        while engine.position < (number + 1) * length:
            if time.monotonic() > deadline or not driver.active:
                raise DeviceError(f"'{driver.name_input}' stopped at sample {engine.position}; run: earsight devices")
            time.sleep(0.01)
        sound = engine.output.read(number * length, length)
        if sound is not None:
            found.append(sound[0])
    return found
