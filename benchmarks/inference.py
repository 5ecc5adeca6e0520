"""One graph of a network, run again and again: how long it takes, and how far its answers are from others."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.material import picture
from realtime.bound import Bound
from realtime.providers import open_session
from realtime.stats import Percentiles

HOPS = 10
"""Runs from the start after which answers are compared, so that errors in what is carried show."""
WARM_UP_RUNS = 3
MOST_RUNS = 1000


class Runner:
    """A graph on buffers of its own, as the host runs it: what a streaming network carries stays where it is.

    Parameters
    ----------
    graph, path, threads, provider, spinning
        As `realtime.providers.open_session` takes them.
    """

    def __init__(
        self, graph: bytes, path: Path, threads: int = 1, provider: str = "cpu", *, spinning: bool = False
    ) -> None:
        session = open_session(graph, path, threads, provider, spinning=spinning, replayed=True)
        outputs = [out.name for out in session.get_outputs()]
        carried = {name: f"{name.removesuffix('_out')}_in" for name in outputs if name.endswith("_out")}
        self._bound = Bound(session, provider, carried)
        self._feeds = _feeds(session, carried.values())

    def run(self) -> dict[str, NDArray[Any]]:
        """Once, on the same input each time: a picture, noise; what may be any size is one."""
        return self._bound.run(**self._feeds)

    def answer(self) -> list[NDArray[Any]]:
        """Outputs of the last of `HOPS` runs from the start."""
        self._bound.reset()
        for _ in range(HOPS - 1):
            self.run()
        return list(self.run().values())


def _feeds(session: Any, carried: Collection[str]) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(0)
    made: dict[str, NDArray[Any]] = {}
    for given in session.get_inputs():
        shape = [size if isinstance(size, int) else 1 for size in given.shape]
        if given.type == "tensor(uint8)":
            made[given.name] = picture(shape[1], shape[2])[None]
        elif given.name not in carried:
            made[given.name] = (0.3 * rng.standard_normal(shape)).astype(np.float32)
    return made


def times(
    work: Callable[[], object], budget_s: float, clock_ns: Callable[[], int] = time.perf_counter_ns
) -> tuple[Percentiles, float]:
    """How long a run takes in ms, by a clock, and what share of a core all threads take meanwhile, in percent."""
    for _ in range(WARM_UP_RUNS):
        work()
    taken: list[int] = []
    cpu_s, begin = time.process_time(), time.perf_counter()
    while len(taken) < MOST_RUNS and (time.perf_counter() - begin < budget_s or len(taken) < WARM_UP_RUNS):
        before = clock_ns()
        work()
        taken.append(clock_ns() - before)
    share = 100 * (time.process_time() - cpu_s) / (time.perf_counter() - begin)
    p50, p95, p99 = np.percentile(taken, (50, 95, 99)) / 1e6
    return Percentiles(float(p50), float(p95), float(p99), max(taken) / 1e6), share


def error(found: Sequence[NDArray[Any]], truth: Sequence[NDArray[Any]]) -> tuple[float | None, float]:
    """Of all outputs together: energy of the error in dB of the truth's (None for no error), and the largest."""
    apart = [
        np.asarray(one, np.float64) - np.asarray(other, np.float64) for one, other in zip(found, truth, strict=True)
    ]
    wrong = sum(float(np.square(part).sum()) for part in apart)
    right = sum(float(np.square(np.asarray(part, np.float64)).sum()) for part in truth)
    largest = max(float(np.abs(part).max()) for part in apart)
    return (10 * float(np.log10(wrong / right)) if wrong and right else None), largest
