"""Bindings as a file: what is written is read, and what is mistyped is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.errors import SettingsError
from realtime.remote.bindings import Binding, read_bindings, write_bindings

BINDINGS = (Binding("limiter", "ceiling_db", 1, 21), Binding('a "slot"', "wet", 16, 0))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "new" / "midi.toml"
    assert read_bindings(file) == ()
    write_bindings(file, BINDINGS)
    assert read_bindings(file) == BINDINGS
    line = '    { slot = "limiter", parameter = "ceiling_db", channel = 1, control = 21 },'
    assert line in file.read_text(encoding="utf-8").splitlines()
    assert tuple(Binding.of(binding.plain()) for binding in BINDINGS) == BINDINGS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[midi", "cannot be read"),
        ("midi = 3", r"write \[\[midi\]\]"),
        ('[[midi]]\nslot = "a"\nparameter = "b"\nchannel = 1\n', "is not understood; accepted: slot"),
        ('[[midi]]\nslot = "a"\nparameter = "b"\nchannel = 1\ncontrol = true\n', "is not understood"),
        (
            '[[midi]]\nslot = "a"\nparameter = "b"\nchannel = 0\ncontrol = 1\n',
            "channel 0 is out of range",
        ),
        ('[[midi]]\nslot = "a"\nparameter = "b"\nchannel = 1\ncontrol = 120\n', "accepted: 0 to 119"),
    ],
)
def test_what_is_mistyped_is_said_with_the_file(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "midi.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=said) as refusal:
        read_bindings(file)
    assert str(file) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be written"):
        write_bindings(tmp_path / "file" / "midi.toml", BINDINGS)
