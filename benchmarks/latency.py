"""What a live host reaches: stated latency, callback, masks a second and their age, on a given number of cores.

python -m benchmarks.latency --seconds 20 --cores 1
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.material import moving_clip
from realtime.host import Host
from realtime.settings import MODES, Settings
from realtime.stats import write_json


def measure_live(
    clip: Path, seconds: float, *, cores: int | None = None, mode: str = "filter", model: Path | None = None
) -> dict[str, Any]:
    """Play a clip in a loop through the null driver, which keeps a device's pace.

    Parameters
    ----------
    cores
        Bind this process to so many cores (Linux); None leaves it free.

    Returns
    -------
    dict
        The statistics of the run, as `--stats` writes them, and "cores_used".
    """
    if cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    host = Host(Settings(driver="null", clip=clip, loop=True, mode=mode, model=model))
    host.start()
    try:
        _wait(2.0)
        host.reset_counters()
        _wait(seconds)
        snapshot = host.snapshot()
    finally:
        host.stop()
    return {**snapshot.as_dict(), "cores_used": len(os.sched_getaffinity(0))}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--cores", type=int, help="bind to so many cores (default: all)")
    parser.add_argument("--mode", choices=MODES, default="filter")
    parser.add_argument("--model", type=Path, help="default: the one that ships")
    parser.add_argument("--clip", type=Path, help="default: a moving picture with sound, made on the spot")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    with moving_clip(10.0) as made:
        figures = measure_live(
            chosen.clip or made, chosen.seconds, cores=chosen.cores, mode=chosen.mode, model=chosen.model
        )
    latency, rate = figures["latency_samples"], figures["sample_rate"]
    print(f"{figures['machine']['cpu']}, {figures['cores_used']} cores, {figures['model']}, mode {figures['mode']}")
    print(f"latency          {latency['total']} samples, {1000 * latency['total'] / rate:.2f} ms")
    print(f"masks a second   {figures['masks_per_s']}")
    for name, unit in (("mask_age_ms", "ms"), ("image_age_ms", "ms"), ("callback_us", "us")):
        print(f"{name.rpartition('_')[0]:<17}" + "  ".join(f"{k} {v:g}" for k, v in figures[name].items()) + f" {unit}")
    for name, spread in figures["inference_ms"].items():
        print(f"{name + ' network':<17}" + "  ".join(f"{k} {v:g}" for k, v in spread.items()) + " ms")
    print(f"late inferences  {figures['late_inferences']}, late blocks {figures['late_blocks']}")
    if chosen.json is not None:
        write_json(chosen.json, figures)


def _wait(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.5))


if __name__ == "__main__":
    main()
