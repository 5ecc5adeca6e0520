"""Part of a name finds the device a user means, or the message says why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from realtime.drivers.choice import AudioDevice, choose_devices
from realtime.errors import DeviceError, NoDeviceError


def device(name: str, api: str = "ALSA", inputs: int = 2, outputs: int = 2, default: bool = False) -> AudioDevice:
    return AudioDevice(name, api, inputs, outputs, 48_000, default and inputs > 0, default and outputs > 0, 0)


DEVICES = [
    device("USB microphone", "JACK", outputs=0),
    device("Headphones", "JACK", inputs=0),
    device("USB microphone", outputs=0),
    device("Headphones", inputs=0),
    device("Built-in", default=True),
    device("Built-in HDMI", inputs=0),
    device("Studio", "JACK"),
]


def names(input: str | None, output: str | None, want_input: bool = True) -> tuple[str, ...]:
    source, sink = choose_devices(DEVICES, input, output, want_input)
    return tuple(f"{d.name}/{d.host_api}" if d else "" for d in (source, sink))


def test_no_name_means_the_default() -> None:
    assert names(None, None) == ("Built-in/ALSA", "Built-in/ALSA")


def test_any_part_in_any_case_and_the_default_host_api_first() -> None:
    assert names("usb", "HEAD") == ("USB microphone/ALSA", "Headphones/ALSA")


def test_a_whole_name_goes_before_a_part() -> None:
    assert names("built-in", "built-in") == ("Built-in/ALSA", "Built-in/ALSA")


def test_the_other_side_comes_from_the_same_host_api() -> None:
    assert names("studio", None) == ("Studio/JACK", "Headphones/JACK")
    assert names("usb", "studio") == ("USB microphone/JACK", "Studio/JACK")


def test_a_device_found_before_is_meant_by_name_and_host_api() -> None:
    before = replace(DEVICES[1], index=7)
    assert choose_devices(DEVICES, DEVICES[0], before, True) == (DEVICES[0], DEVICES[1])
    with pytest.raises(NoDeviceError, match="no output device matches 'Headphones'"):
        choose_devices([d for d in DEVICES if d != DEVICES[1]], DEVICES[0], before, True)


def test_output_only() -> None:
    assert names("ignored", "head", want_input=False) == ("", "Headphones/ALSA")


@pytest.mark.parametrize(
    ("input", "output", "message"),
    [
        ("Webcam", None, "no input device matches 'Webcam'; run: earsight devices"),
        (None, "Webcam", "no output device matches 'Webcam'; run: earsight devices"),
        (None, "built", "output 'built' matches several devices: 'Built-in', 'Built-in HDMI'; give more of the name"),
        ("studio", "hdmi", "cannot be opened together; name an input and an output of one system"),
    ],
)
def test_what_cannot_be_chosen(input: str | None, output: str | None, message: str) -> None:
    with pytest.raises(DeviceError) as error:
        choose_devices(DEVICES, input, output, True)
    assert message in str(error.value)


def test_a_machine_without_devices() -> None:
    with pytest.raises(DeviceError, match="no input device; run: earsight devices"):
        choose_devices([], None, None, True)
