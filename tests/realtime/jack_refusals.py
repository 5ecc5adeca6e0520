"""Run by test_portaudio_jack with a server up: what the driver says when it cannot do what was asked; prints JSON."""

from __future__ import annotations

import json

from realtime.devices import audio_devices
from realtime.drivers.portaudio import PortAudioDriver
from realtime.engine import Engine
from realtime.errors import DeviceError


def main() -> None:
    engine = Engine(48_000, 128)
    said: dict[str, str] = {}
    for name, input, sample_rate in (("name", "USB", 48_000), ("rate", None, 44_100)):
        try:
            PortAudioDriver(engine, input, None, sample_rate)
        except DeviceError as error:
            said[name] = str(error)
    output_only = PortAudioDriver(engine, output="LOOP", want_input=False)
    facts = {
        "said": said,
        "devices": [device.name for device in audio_devices()],
        "input": output_only.name_input,
        "output": output_only.name_output,
        "input_latency": output_only.input_latency,
    }
    output_only.stop()
    output_only.stop()
    try:
        output_only.start()
    except DeviceError as error:
        facts["restart"] = str(error)
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
