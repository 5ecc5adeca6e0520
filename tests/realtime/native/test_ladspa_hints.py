"""What a port's hints say becomes a parameter, as ladspa.h defines each of them."""

from __future__ import annotations

import pytest

from realtime.native import ladspa_abi as abi
from realtime.native.names import identifiers, label_and_unit

BELOW, ABOVE, TOGGLED, RATE, LOG, INTEGER = 0x1, 0x2, 0x4, 0x8, 0x10, 0x20
BOTH = BELOW | ABOVE
MINIMUM, LOW, MIDDLE, HIGH, MAXIMUM = 0x40, 0x80, 0xC0, 0x100, 0x140
ZERO, ONE, HUNDRED, CONCERT_A = 0x200, 0x240, 0x280, 0x2C0


@pytest.mark.parametrize(
    ("hints", "lower", "upper", "wanted"),
    [
        (BOTH | MINIMUM, -2.0, 6.0, (-2.0, 6.0, -2.0, "linear")),
        (BOTH | LOW, -2.0, 6.0, (-2.0, 6.0, 0.0, "linear")),
        (BOTH | MIDDLE, -2.0, 6.0, (-2.0, 6.0, 2.0, "linear")),
        (BOTH | HIGH, -2.0, 6.0, (-2.0, 6.0, 4.0, "linear")),
        (BOTH | MAXIMUM, -2.0, 6.0, (-2.0, 6.0, 6.0, "linear")),
        (BOTH | LOG | LOW, 1.0, 10_000.0, (1.0, 10_000.0, 10.0, "log")),
        (BOTH | LOG | MIDDLE, 1.0, 10_000.0, (1.0, 10_000.0, 100.0, "log")),
        (BOTH | LOG | HIGH, 1.0, 10_000.0, (1.0, 10_000.0, 1000.0, "log")),
        (BOTH | LOG | MIDDLE, 0.0, 10.0, (0.0, 10.0, 5.0, "linear")),
        (BOTH | RATE | MAXIMUM, 0.0, 0.5, (0.0, 22_050.0, 22_050.0, "linear")),
        (BOTH | RATE | LOG | CONCERT_A, 0.001, 0.5, (44.1, 22_050.0, 440.0, "log")),
        (BOTH | ZERO, -1.0, 1.0, (-1.0, 1.0, 0.0, "linear")),
        (BOTH | ONE, 0.0, 3.0, (0.0, 3.0, 1.0, "linear")),
        (BOTH | HUNDRED, 0.0, 300.0, (0.0, 300.0, 100.0, "linear")),
        (BOTH | HUNDRED, 0.0, 30.0, (0.0, 30.0, 30.0, "linear")),
        (BOTH | INTEGER | MIDDLE, -0.1, 3.1, (0.0, 3.0, 2.0, "linear")),
        (TOGGLED, 0.0, 0.0, (0.0, 1.0, 0.0, "switch")),
        (TOGGLED | ONE, 0.0, 0.0, (0.0, 1.0, 1.0, "switch")),
        (BOTH, 0.1, 0.7, (0.1, 0.7, 0.1, "linear")),
        (0, 0.0, 0.0, (0.0, 1.0, 0.0, "linear")),
        (BELOW, 3.0, 0.0, (3.0, 6.0, 3.0, "linear")),
        (ABOVE, 0.0, -3.0, (-6.0, -3.0, -3.0, "linear")),
        (CONCERT_A, 0.0, 0.0, (0.0, 880.0, 440.0, "linear")),
    ],
)
def test_bounds_and_default(hints: int, lower: float, upper: float, wanted: tuple[object, ...]) -> None:
    parameter = abi._parameter("Name", "", abi.PortRangeHint(hints, lower, upper), 44_100)
    assert (parameter.low, parameter.high, parameter.default, parameter.scale) == wanted


def test_a_port_without_bounds_has_its_unit_s_usual_ones() -> None:
    parameter = abi._parameter("Level", "dB", abi.PortRangeHint(0, 0, 0), 48_000)
    assert (parameter.low, parameter.high, parameter.default) == (-60.0, 24.0, 0.0)


def test_choices_in_the_name_become_choices() -> None:
    hint = abi.PortRangeHint(BOTH | INTEGER | ZERO, 0, 2)
    parameter = abi._parameter("Filter type (0=LP, 1=BP, 2=HP)", "", hint, 48_000)
    assert (parameter.label, parameter.scale, parameter.choices) == ("Filter type", "choice", ("LP", "BP", "HP"))
    unlike = abi._parameter("Waveform (1=sin, 2=tri)", "", abi.PortRangeHint(BOTH | INTEGER, 1, 2), 48_000)
    assert (unlike.scale, unlike.low, unlike.high) == ("linear", 1.0, 2.0)


def test_names_become_identifiers_that_differ() -> None:
    labels = [
        "Delay Time (s)",
        "Delay Time [s]",
        "Feedback (%)",
        "2nd gain (dB)",
        "Crossfade time (in ms)",
        "Füße",
        "→",
    ]
    labels += ["Type (0=LP, 1=HP)", "Dry/Wet"]
    assert identifiers([label_and_unit(label) for label in labels]) == [
        "delay_time_s",
        "delay_time_s_2",
        "feedback_percent",
        "p_2nd_gain_db",
        "crossfade_time_ms",
        "fue",
        "value",
        "type",
        "dry_wet",
    ]
