"""Controls divide a range as the parameter declares, and write its values with the digits that matter."""

from __future__ import annotations

import pytest

from gui.scales import STEPS, step_of, value_at, written
from realtime.plugin import Parameter

GAIN = Parameter("gain_db", "Gain", -60.0, 24.0, 0.0, "dB")
FREQUENCY = Parameter("low_hz", "Low", 20.0, 20_000.0, 80.0, "Hz", "log")
ATTACK = Parameter("attack_ms", "Attack", 0.1, 200.0, 10.0, "ms", "log")
NATIVE = Parameter("drive", "Drive", 0.0, 1.0, 0.3)
ODD = Parameter("rate", "Rate", 0.0, 10.0, 1.0, scale="log")
STUCK = Parameter("stuck", "Stuck", 2.0, 2.0, 2.0)


@pytest.mark.parametrize("parameter", [GAIN, FREQUENCY, ATTACK, NATIVE, ODD])
def test_every_step_is_its_values_step(parameter: Parameter) -> None:
    values = [value_at(parameter, step) for step in range(STEPS + 1)]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (parameter.low, parameter.high)
    # Three significant digits are as coarse as half a hundredth, which is less than a step of any arrow key.
    assert all(abs(step_of(parameter, value) - step) <= 1 for step, value in enumerate(values))


def test_the_middle_of_a_log_scale_is_the_geometric_mean() -> None:
    assert value_at(FREQUENCY, STEPS // 2) == pytest.approx(632.5, abs=0.6)
    assert value_at(GAIN, STEPS // 2) == -18.0


def test_what_is_out_of_range_is_at_its_end() -> None:
    assert (step_of(GAIN, -200.0), step_of(GAIN, 200.0)) == (0, STEPS)
    assert (value_at(GAIN, -5), value_at(GAIN, STEPS + 5)) == (-60.0, 24.0)
    assert (step_of(STUCK, 2.0), value_at(STUCK, 500)) == (0, 2.0)


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [
        (GAIN, -12.04, "-12.0"),
        (GAIN, -0.01, "0.0"),
        (FREQUENCY, 80.0, "80.0"),
        (FREQUENCY, 6000.4, "6000"),
        (ATTACK, 0.1234, "0.123"),
        (NATIVE, 0.3, "0.300"),
        (Parameter("wet", "Wet", 0.0, 100.0, 100.0, "%"), 80.0, "80"),
    ],
)
def test_a_value_is_written_with_the_digits_that_matter(parameter: Parameter, value: float, text: str) -> None:
    assert written(parameter, value) == text
