"""TOML and JSON from anybody are read or refused, whatever they hold and wherever they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.tables import MOST_BYTES, is_number, read_json, read_toml


def test_a_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("[one]\ntwo = 3\n")
    (tmp_path / "b").write_text('{"one": {"two": 3}}')
    assert read_toml(tmp_path / "a") == read_json(tmp_path / "b") == {"one": {"two": 3}}


@pytest.mark.parametrize("read", [read_toml, read_json])
@pytest.mark.parametrize("text", ["a = " + "[" * 20_000, "[" * 20_000, "a = " + "9" * 5000, "9" * 5000, "\x00", "="])
def test_what_is_no_table_is_a_value_error(tmp_path: Path, read, text: str) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(ValueError):
        read(tmp_path / "a")


def test_what_is_no_file_or_too_large_is_an_os_error(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for path in (tmp_path, Path("/dev/zero"), tmp_path / "none", tmp_path / "large", tmp_path / ("x" * 300)):
        with pytest.raises(OSError) as error:
            read_toml(path)
        assert error.value.strerror


def test_numbers_are_those_that_64_bits_hold() -> None:
    assert all(is_number(value) for value in (0, -1, 0.5, 10**300, -1e308))
    assert not any(is_number(value) for value in (True, "1", None, 10**400, float("nan"), float("inf"), [1]))
