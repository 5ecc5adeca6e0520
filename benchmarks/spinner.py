"""Does sound survive a busy Python? Xruns beside a spinning Python thread, against those of an idle pass-through.

The two take turns within one run, so that whatever else the machine does falls on both.

    python -m benchmarks.spinner --seconds 20 --jack-dummy
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.jack import dummy_server
from realtime.callback import TIME_BINS
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.filters import default_pre_delay, default_taps
from realtime.spatialiser import Spatialiser
from realtime.stats import Percentiles, machine_facts, write_json

_TURNS = 4
_SETTLE_BLOCKS = 50
_PUBLISH_S = 0.010


@contextmanager
def spinning_thread() -> Generator[None]:
    """A pure-Python thread that never lets go of the interpreter by itself."""
    stop = threading.Event()

    def spin() -> None:
        number = 0
        while not stop.is_set():
            number = (number * 1_103_515_245 + 12_345) % 2_147_483_648

    thread = threading.Thread(target=spin, name="spinner", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class _Turn:
    """Figures of one of the two, summed over its turns."""

    def __init__(self) -> None:
        self.blocks = 0
        self.xruns = 0
        self.times = np.zeros(TIME_BINS, dtype=np.int64)

    def add(self, engine: Engine) -> None:
        self.blocks += engine.blocks
        self.xruns += engine.xruns
        self.times += engine.callback_counts

    def as_dict(self) -> dict[str, Any]:
        times = Percentiles.of_histogram(self.times, 1.0).as_dict()
        return {"blocks": self.blocks, "xruns": self.xruns, "callback_us": times}


def measure_spinner(
    seconds: float,
    block_size: int = 128,
    *,
    input: str | None = None,
    output: str | None = None,
    sample_rate: int = 48_000,
) -> dict[str, Any]:
    """Half of `seconds` for each of the two, in turns.

    Returns
    -------
    dict
        `idle` (pass-through, Python at rest) and `spinning` (spatialiser with a new filter every 10 ms, a Python thread
        spinning), each with blocks, xruns and callback times; and the machine.
    """
    taps, pre_delay = default_taps(sample_rate), default_pre_delay(sample_rate)
    rng = np.random.default_rng(0)
    filters = (0.01 * rng.standard_normal((8, taps))).astype(np.float32)
    figures = {"idle": _Turn(), "spinning": _Turn()}
    for _ in range(_TURNS):
        for kind, turn in figures.items():
            with ExitStack() as stack:
                engine = Engine(sample_rate, block_size)
                spatialiser = Spatialiser("filter", sample_rate, block_size, taps=taps, pre_delay=pre_delay)
                if kind == "spinning":
                    engine.set_kernel(spatialiser)
                    stack.enter_context(spinning_thread())
                driver = PortAudioDriver(engine, input, output, sample_rate, block_size)
                stack.callback(driver.stop)
                driver.start()
                while engine.blocks < _SETTLE_BLOCKS and driver.active:
                    time.sleep(0.01)
                engine.reset_counters()
                end = time.monotonic() + seconds / (2 * _TURNS)
                while time.monotonic() < end:
                    spatialiser.publish(filters[rng.integers(len(filters))], engine.position)
                    time.sleep(_PUBLISH_S)
                turn.add(engine)
    return {
        "seconds": seconds,
        "block_size": block_size,
        "sample_rate": sample_rate,
        **{kind: turn.as_dict() for kind, turn in figures.items()},
        "machine": machine_facts(""),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spinner", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="in all, both halves")
    parser.add_argument("--block-size", type=int, default=128, help="samples")
    parser.add_argument("--input", help="part of the input device's name")
    parser.add_argument("--output", help="part of the output device's name")
    parser.add_argument("--jack-dummy", action="store_true", help="start a JACK server for the run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    chosen = parser.parse_args(arguments)
    if chosen.jack_dummy:
        command = [sys.executable, "-m", "benchmarks.spinner", "--seconds", str(chosen.seconds)]
        command += ["--json", str(chosen.json)] if chosen.json else []
        with dummy_server(chosen.block_size) as environment:
            subprocess.run([*command, "--block-size", str(chosen.block_size)], env=environment, check=True)
        return
    figures = measure_spinner(chosen.seconds, chosen.block_size, input=chosen.input, output=chosen.output)
    print(json.dumps(figures, indent=2))
    if chosen.json is not None:
        write_json(chosen.json, figures)


if __name__ == "__main__":
    main()
