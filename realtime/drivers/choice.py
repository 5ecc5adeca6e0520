"""What an audio device is, and which ones a user means by part of a name."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.errors import DeviceError, NoDeviceError

LIST = "run: earsight devices"


@dataclass(frozen=True)
class AudioDevice:
    """One device as a host API (ALSA, JACK, Core Audio, ...) shows it."""

    name: str
    host_api: str
    inputs: int
    """Input channels."""
    outputs: int
    """Output channels."""
    default_sample_rate: int
    """Hz."""
    is_default_input: bool
    is_default_output: bool
    index: int
    """PortAudio's number; changes when devices come and go."""

    def __str__(self) -> str:
        return self.name


def choose_devices(
    devices: list[AudioDevice], input: str | AudioDevice | None, output: str | AudioDevice | None, want_input: bool
) -> tuple[AudioDevice | None, AudioDevice]:
    """The devices that the names mean, of one host API; the default's API goes first.

    Raises
    ------
    NoDeviceError
        When there is none.
    DeviceError
        When several match a name, or input and output are of different host APIs.
    """
    sources = _matching([d for d in devices if d.inputs], input) if want_input else []
    sinks = _matching([d for d in devices if d.outputs], output)
    for kind, name, found in (("input", input, sources), ("output", output, sinks)):
        if not found and (kind == "output" or want_input):
            raise NoDeviceError(f"no {kind} device matches '{name}'; {LIST}" if name else f"no {kind} device; {LIST}")
    apis = sorted(
        dict.fromkeys(d.host_api for d in sinks),
        key=lambda api: not any(d.host_api == api and d.is_default_output for d in devices),
    )
    for api in apis:
        own_sources = [d for d in sources if d.host_api == api]
        own_sinks = [d for d in sinks if d.host_api == api]
        if own_sources or not want_input:
            source = _only("input", input, own_sources) if want_input else None
            return source, _only("output", output, own_sinks)
    raise DeviceError(
        f"'{sources[0].name}' ({sources[0].host_api}) and '{sinks[0].name}' ({sinks[0].host_api}) cannot be opened"
        f" together; name an input and an output of one system; {LIST}"
    )


def _matching(devices: list[AudioDevice], name: str | AudioDevice | None) -> list[AudioDevice]:
    """Devices whose whole name it is, else those whose name contains it; all when there is no name."""
    if name is None:
        return devices
    if isinstance(name, AudioDevice):
        return [d for d in devices if (d.name, d.host_api) == (name.name, name.host_api)][:1]
    wanted = name.casefold()
    return [d for d in devices if d.name.casefold() == wanted] or [d for d in devices if wanted in d.name.casefold()]


def _only(kind: str, name: str | AudioDevice | None, devices: list[AudioDevice]) -> AudioDevice:
    """The one device left; without a name the default, or the first."""
    if name is None:
        return max(devices, key=lambda d: d.is_default_input if kind == "input" else d.is_default_output)
    if len(devices) > 1:
        names = ", ".join(f"'{d.name}'" for d in devices)
        raise DeviceError(f"{kind} '{name}' matches several devices: {names}; give more of the name")
    return devices[0]
