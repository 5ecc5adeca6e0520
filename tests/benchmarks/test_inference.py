"""A graph is measured as the host runs it, with what it carries from run to run, and errors are those of hand sums."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.inference import MOST_RUNS, Runner, error, times
from realtime.modelfile import read_model, shipped_model


def test_the_error_is_of_all_outputs_together() -> None:
    truth = [np.array([3.0]), np.array([[4.0, 0.0]])]
    assert error(truth, truth) == (None, 0.0)
    error_db, largest = error([np.array([3.3]), np.array([[4.0, 0.4]])], truth)
    assert error_db == pytest.approx(-20)
    assert largest == pytest.approx(0.4)


def test_answers_are_those_of_a_state_that_was_carried() -> None:
    file = read_model(shipped_model())
    runner = Runner(file.audio, file.path)
    first = list(runner.run().values())
    answer = runner.answer()
    assert all(np.array_equal(one, other) for one, other in zip(answer, runner.answer(), strict=True))
    assert not np.allclose(answer[0], first[0])


def test_times_are_those_of_the_clock() -> None:
    ticks = iter(range(0, 4 * MOST_RUNS * 1_000_000, 1_000_000))
    spent, _ = times(lambda: None, 10.0, lambda: next(ticks))
    assert spent.p50 == spent.p99 == spent.max == 1.0
