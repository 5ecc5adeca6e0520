"""Round trip of sound through a device whose output leads back to its input: what the host states against what is.

python -m benchmarks.loopback --jack-dummy
python -m benchmarks.loopback --input "USB" --output "USB" --block-sizes 128     (with a cable)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.jack import dummy_server
from realtime.atomics import as_address, compiled_kernel, floats, words
from realtime.chain.plan import SPATIALISER, Plan, Slot
from realtime.chain.rack import Rack
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.errors import EarsightError
from realtime.filters import default_pre_delay, default_taps
from realtime.plugin import Format, Kernel
from realtime.spatialiser import Spatialiser
from realtime.stats import Percentiles, write_json

BLOCK_SIZES = (64, 128, 256, 512)
PERIOD = 12_000
"""Samples between two impulses: longer than any loop measured."""
_IMPULSES = 8
_AUDIBLE = 0.05


@compiled_kernel
def _impulse_kernel(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    position = words(as_address(state), 1)
    left = floats(as_address(out_channels[0]), n)
    right = floats(as_address(out_channels[1]), n)
    for i in range(n):
        value = np.float32(1.0) if (position[0] + i) % PERIOD == 0 else np.float32(0.0)
        left[i] = value
        right[i] = value
    position[0] += n


class Impulses:
    """Kernel plugin: ignores its input and plays an impulse whenever the position is a multiple of PERIOD."""

    name = "impulses"
    latency = 0

    def __init__(self) -> None:
        self._state: NDArray[np.int64] = np.zeros(1, dtype=np.int64)

    @property
    def kernel_address(self) -> int:
        return _impulse_kernel.address

    @property
    def state_address(self) -> int:
        return self._state.ctypes.data

    def reset(self, position: int = 0) -> None:
        """Count from `position`."""
        self._state[0] = position


def measure_loopback(
    block_size: int, *, input: str = "loopback", output: str = "loopback", sample_rate: int = 48_000
) -> dict[str, Any]:
    """Send impulses through spatialiser, device and back.

    Returns
    -------
    dict
        `stated` and `measured` round trip in samples (measured: of most impulses), `agree`, the parts of `stated`,
        every impulse's figure, and the callback's times in microseconds.
    """
    engine = Engine(sample_rate, block_size)
    spatialiser = Spatialiser(
        "filter",
        sample_rate,
        block_size,
        taps=default_taps(sample_rate),
        pre_delay=default_pre_delay(sample_rate),
    )
    parts: dict[str, Kernel] = {"impulses": Impulses(), SPATIALISER: spatialiser}
    rack = Rack(Format(sample_rate, block_size), lambda slot, _: parts[slot.plugin])
    rack.apply(Plan().add(Slot("impulses", "impulses"), 0))
    engine.set_kernel(rack)
    driver = PortAudioDriver(engine, input, output, sample_rate, block_size)
    arrivals: list[int] = []
    deadline = time.monotonic() + 4 * (_IMPULSES + 2) * PERIOD / sample_rate + 5
    driver.start()
    try:
        for number in range(1, _IMPULSES + 1):
            position = number * PERIOD
            while engine.position < position + PERIOD:
                if time.monotonic() > deadline:
                    raise EarsightError(f"'{driver.name_input}' stopped at sample {engine.position}")
                time.sleep(0.01)
            sound = engine.output.read(position, PERIOD)
            if sound is not None and np.max(np.abs(sound[0])) > _AUDIBLE:
                arrivals.append(int(np.argmax(np.abs(sound[0]))))
    finally:
        driver.stop()
    if not arrivals:
        raise EarsightError(f"no impulse came back from '{driver.name_input}'; wire its output to its input")
    stated = driver.input_latency + driver.output_latency + engine.latency
    measured = max(set(arrivals), key=arrivals.count)
    return {
        "block_size": block_size,
        "sample_rate": sample_rate,
        "stated": stated,
        "measured": measured,
        "agree": stated == measured,
        "device_input": driver.input_latency,
        "device_output": driver.output_latency,
        "plugins": engine.latency,
        "milliseconds": round(1000 * measured / sample_rate, 3),
        "impulses": arrivals,
        "xruns": engine.xruns,
        "callback_us": Percentiles.of_histogram(engine.callback_counts, 1.0).as_dict(),
    }


def table(results: list[dict[str, Any]]) -> str:
    """Markdown, a row per block size."""
    lines = [
        "| block | device in + out | plugins | stated | measured | ms | agree |",
        "|---:|---:|---:|---:|---:|---:|---|",
    ]
    for r in results:
        device = f"{r['device_input']} + {r['device_output']}"
        agree = "yes" if r["agree"] else "NO"
        figures = [r["block_size"], device, r["plugins"], r["stated"], r["measured"], r["milliseconds"], agree]
        lines.append("| " + " | ".join(str(figure) for figure in figures) + " |")
    return "\n".join(lines)


def _in_dummy_server(block_size: int, sample_rate: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.loopback", "--json", "-", "--block-sizes", str(block_size)]
    with dummy_server(block_size, sample_rate) as environment:
        done = subprocess.run(
            [*command, "--sample-rate", str(sample_rate)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
    return json.loads(done.stdout)[0]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loopback", description=__doc__)
    parser.add_argument("--jack-dummy", action="store_true", help="start a JACK server for each block size")
    parser.add_argument("--input", default="loopback", help="part of the input device's name")
    parser.add_argument("--output", default="loopback", help="part of the output device's name")
    parser.add_argument("--sample-rate", type=int, default=48_000, help="Hz")
    parser.add_argument("--block-sizes", type=int, nargs="+", default=BLOCK_SIZES, help="samples")
    parser.add_argument("--json", metavar="FILE", help="write the figures here; - prints them instead of a table")
    chosen = parser.parse_args(arguments)
    if chosen.jack_dummy:
        results = [_in_dummy_server(size, chosen.sample_rate) for size in chosen.block_sizes]
    else:
        results = [
            measure_loopback(size, input=chosen.input, output=chosen.output, sample_rate=chosen.sample_rate)
            for size in chosen.block_sizes
        ]
    print(json.dumps(results) if chosen.json == "-" else table(results))
    if chosen.json not in (None, "-"):
        write_json(Path(chosen.json), {"rows": results})


if __name__ == "__main__":
    main()
