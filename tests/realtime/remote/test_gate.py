"""Beyond this computer nobody turns anything without the token, and nobody learns anything from trying."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime.errors import SettingsError
from realtime.host import Host
from realtime.remote import osc as osc_module
from realtime.remote.gate import SHORTEST, TRUSTED_S, VARIABLE, Gate, chosen_token
from realtime.remote.midi import Midi
from realtime.remote.osc import Osc
from realtime.remote.remote import Remote
from realtime.remote.wire import pack
from tests.realtime.remote.client import Client

TOKEN = "correct-horse-battery"
WRONG = [(), (TOKEN[:-1],), (TOKEN + "y",), (TOKEN.upper(),), ("",), (1,), (TOKEN, TOKEN), (True,), ("\u00fc",)]


@pytest.fixture
def osc(clock: list[float]) -> Iterator[Osc]:
    server = Osc(clock=lambda: clock[0], token=TOKEN)
    yield server
    server.close()


def trim(host: Host) -> float:
    plugin = host.chain and host.chain.plugin("trim")
    assert plugin is not None
    return plugin.get("gain_db")


def asked(osc: Osc, client: Client, host: Host, address: str, *values: Any) -> list[tuple[str, tuple[Any, ...]]]:
    client.send(address, *values)
    osc.poll(host)
    return client.read()


def test_who_shows_the_token_is_obeyed(osc: Osc, client: Client, host: Host) -> None:
    assert asked(osc, client, host, "/token", TOKEN) == [("/token/accepted", ())]
    asked(osc, client, host, "/slot/trim/gain_db", -6.0)
    assert trim(host) == -6.0
    assert osc.gate.refused == 0


@pytest.mark.parametrize("values", WRONG)
def test_who_does_not_is_neither_obeyed_nor_answered(
    osc: Osc, client: Client, host: Host, values: tuple[Any, ...]
) -> None:
    for address, *rest in (("/token", *values), ("/slot/trim/gain_db", -6.0), ("/list",), ("/stop",), ("/subscribe",)):
        assert asked(osc, client, host, address, *rest) == []
    client.send_packet(b"rubbish")
    osc.poll(host)
    assert client.read() == []
    assert (trim(host), osc.stop_wanted) == (0.0, False)
    assert osc.gate.refused == 6


def test_what_stands_before_the_token_in_a_bundle_is_refused(osc: Osc, client: Client, host: Host) -> None:
    parts = [pack("/slot/trim/gain_db", -6.0), pack("/token", TOKEN), pack("/slot/trim/gain_db")]
    client.send_packet(b"#bundle\0" + bytes(8) + b"".join(len(part).to_bytes(4, "big") + part for part in parts))
    osc.poll(host)
    assert client.read() == [("/token/accepted", ()), ("/slot/trim/gain_db", (0.0,))]
    assert osc.gate.refused == 1


def test_a_computer_that_was_silent_for_long_shows_it_again(
    osc: Osc, client: Client, host: Host, clock: list[float]
) -> None:
    asked(osc, client, host, "/token", TOKEN)
    for _ in range(3):
        clock[0] += TRUSTED_S - 1
        assert asked(osc, client, host, "/slot/trim/wet") == [("/slot/trim/wet", (1.0,))]
    clock[0] += TRUSTED_S
    assert asked(osc, client, host, "/slot/trim/wet") == []


def test_refusals_are_counted_and_said_once(osc: Osc, client: Client, host: Host, clock: list[float]) -> None:
    for _ in range(5):
        asked(osc, client, host, "/stop")
    assert osc.gate.notices == ("OSC from 127.0.0.1 is refused until it sends the token: /token TOKEN",)
    asked(osc, client, host, "/token", TOKEN)
    client.send("/subscribe")
    clock[0] += 1.0
    assert dict(asked(osc, client, host, "/token", TOKEN))["/refused"] == (5,)


def test_tokens_are_compared_in_constant_time(osc: Osc, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(hmac, "compare_digest", lambda *pair: compared.append(pair) or False)
    assert not osc.gate.shown(("127.0.0.1", 1), (TOKEN,))
    assert compared == [(TOKEN.encode(), TOKEN.encode())]


def test_beyond_this_computer_nothing_listens_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    close = osc_module.Wire.close
    monkeypatch.setattr(osc_module.Wire, "close", lambda wire: closed.append(True) or close(wire))
    with pytest.raises(SettingsError, match=r"^OSC at 0\.0\.0\.0 .* needs a token; .*--osc-token-file FILE$"):
        Remote.open("0.0.0.0:0")
    assert closed == [True]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_on_this_computer_none_is_needed(host: str) -> None:
    remote = Remote.open(f"{host}:0")
    assert remote.osc is not None
    assert remote.osc.gate.lets(("127.0.0.1", 1))
    remote.close()


def test_notices_of_the_gate_and_of_controllers_keep_their_order(client: Client, osc: Osc, host: Host) -> None:
    class Silent:
        def poll(self) -> None: ...
        def close(self) -> None: ...

    midi = Midi(Silent())
    remote = Remote(osc, midi)
    midi.notices.append("one")
    assert remote.notices[1:] == ("one",)
    asked(osc, client, host, "/stop")
    midi.notices.append("two")
    assert remote.notices[1:] == ("one", *osc.gate.notices, "two")


def test_a_token_comes_from_a_private_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    assert chosen_token(file, {VARIABLE: "of the environment"}) == TOKEN
    assert chosen_token(None, {VARIABLE: TOKEN}) == TOKEN
    assert chosen_token(None, {}) is None


@pytest.mark.parametrize("token", ["", "a" * (SHORTEST - 1), " " * SHORTEST, f"{TOKEN}\n{TOKEN}"])
def test_a_weak_token_is_one_line(tmp_path: Path, token: str) -> None:
    with pytest.raises(SettingsError, match=r"^the token in EARSIGHT_OSC_TOKEN is not accepted; accepted: 12 letters"):
        chosen_token(None, {VARIABLE: token})


@pytest.mark.parametrize("content", [None, b"\xff" * 20, TOKEN.encode()])
def test_a_file_that_is_missing_no_text_or_for_others_too_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o640 if content == TOKEN.encode() else 0o600)
    with pytest.raises(SettingsError) as refusal:
        chosen_token(file, {})
    assert "\n" not in str(refusal.value)
    assert TOKEN not in str(refusal.value)


def test_an_open_gate_remembers_nobody() -> None:
    gate = Gate()
    assert gate.shown(("127.0.0.9", 1), ())
    assert not gate._heard_s


def test_the_token_is_not_among_what_a_list_of_processes_shows() -> None:
    """There is no option that takes it."""
    from typer.main import get_command

    from realtime.cli import app

    options = [name for command in get_command(app).commands.values() for p in command.params for name in p.opts]  # type: ignore[attr-defined]
    assert "--osc-token-file" in options
    assert "--osc-token" not in options


def test_sockets_are_bound_to_this_computer_by_default() -> None:
    osc = Osc()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        assert osc.endpoint[0] == "127.0.0.1"
        other.bind(("127.0.0.2", osc.endpoint[1]))
    osc.close()
