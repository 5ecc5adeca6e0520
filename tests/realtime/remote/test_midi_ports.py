"""MIDI through ALSA and through JACK: a virtual port is found by part of its name, and its controllers arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mido
import pytest

from realtime.host import Host
from realtime.remote.bindings import Binding, read_bindings
from realtime.remote.remote import Remote

NAME = "Earsight test knobs"


@pytest.fixture(params=["LINUX_ALSA", "UNIX_JACK"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What a program that sends controllers is to others."""
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    if request.param == "UNIX_JACK":
        for name, value in request.getfixturevalue("jack")(128).items():
            monkeypatch.setenv(name, value)
    if request.param not in pytest.importorskip("mido.backends.rtmidi").get_api_names():
        pytest.skip(f"python-rtmidi was built without {request.param}")
    try:
        device = mido.Backend("mido.backends.rtmidi", api=request.param).open_output(NAME, virtual=True)
    except rtmidi.RtMidiError as error:
        pytest.skip(f"this machine has no {request.param}: {error}")
    yield device
    device.close()


def test_a_controller_is_learnt_kept_and_turns_its_slot(
    device: Any, host: Host, wait_for: Callable[..., bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "midi.toml"
    monkeypatch.setattr("realtime.remote.remote.bindings_file", lambda: file)
    chain = host.chain
    assert chain is not None
    remote = Remote.open(midi=NAME.lower())
    assert remote.midi is not None
    remote.midi.learn(chain, "trim", "wet")

    def arrived() -> bool:
        # JACK takes a moment to connect the two; what is sent before is lost.
        for value in (127, 64):
            device.send(mido.Message("control_change", channel=2, control=30, value=value))
        remote.poll(host)
        return chain.plan.slot("trim").wet == 0.5

    try:
        assert wait_for(arrived)
        assert read_bindings(file) == (Binding("trim", "wet", 3, 30),)
    finally:
        # Also while a controller moves, closing comes to its end.
        for value in range(100):
            device.send(mido.Message("control_change", channel=2, control=30, value=value))
        remote.close()
    remote.close()
