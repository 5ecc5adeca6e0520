"""The driver on real audio systems: JACK's dummy server, in a process of its own each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.jack import missing_programs

ROOT = Path(__file__).parents[2]


def run(environment: dict[str, str], module: str, *options: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", module, *options], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("block_size", [64, 128, 256, 512])
def test_the_stated_round_trip_is_the_measured_one(jack: Callable[[int], dict[str, str]], block_size: int) -> None:
    """To the sample, for most periods: a server that stumbles on a busy machine may shift single ones."""
    devices = ("--input", "loopback", "--output", "loopback", "--block-sizes", str(block_size))
    found = run(jack(block_size), "benchmarks.loopback", "--json", "-", "--quick", *devices)
    (result,) = found["tables"]["loopback"]
    assert result["stated"] == 2 * block_size + 48
    assert result["measured"] == pytest.approx(result["stated"], abs=0.01)


def test_what_the_driver_refuses_and_says(jack: Callable[[int], dict[str, str]]) -> None:
    facts = run(jack(128), "tests.realtime.jack_refusals")
    assert facts["said"]["name"] == "no input device matches 'USB'; run: earsight devices"
    assert facts["said"]["rate"] == "'system' does not take 44100 Hz; it takes 48000; set --sample-rate"
    assert facts["devices"] == ["system", "loopback"]
    assert (facts["input"], facts["output"], facts["input_latency"]) == ("", "loopback", 0)
    assert facts["restart"] == "'loopback' was closed; open it again"


def test_a_server_that_dies_is_noticed_left_and_found_again() -> None:
    missing = missing_programs()
    if missing:
        pytest.skip(f"JACK: {missing}")
    name = f"earsight-death-{os.getpid()}"
    facts = run({**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}, "tests.realtime.jack_death")
    assert facts["ran"]
    assert facts["noticed"]
    assert facts["stop_s"] < 3
    assert facts["devices_while_away"] == 0
    assert facts["error"] == "no input device matches 'loopback'; run: earsight devices"
    assert facts["ran_again"]
    assert facts["closed"]
    assert facts["devices_without_a_stream"] == 0
    assert facts["devices_at_last"] == 2
