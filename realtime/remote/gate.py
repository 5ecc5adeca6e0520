"""Gate: who may turn things by OSC. This computer alone, or everybody who has shown the token that the user chose."""

from __future__ import annotations

import hmac
import os
import stat
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from realtime.errors import SettingsError
from realtime.remote.wire import Endpoint

VARIABLE = "EARSIGHT_OSC_TOKEN"
SHORTEST = 12
"""Letters: at 10,000 packets a second, as many as are read, guessing 12 random letters and digits takes 10^7 years."""
TRUSTED_S = 3600.0
"""Since a computer was last heard of; then its address may be somebody else's."""
_HOW = f"put one of {SHORTEST} letters or more into {VARIABLE}, or into a file: --osc-token-file FILE"


def chosen_token(file: Path | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """The token that the user wants to be asked for: that of a file, else the environment's, else None.

    Neither is seen in a list of processes, as an option's value would be.

    Raises
    ------
    SettingsError
        When the file cannot be read or others can read it, or the token is too short or more than a line.
    """
    if file is None:
        token, where = environment.get(VARIABLE), VARIABLE
    else:
        token, where = _read(file), f"'{file}'"
    if token is None:
        return None
    token = token.strip()
    if len(token) < SHORTEST or not token.isprintable():
        raise SettingsError(f"the token in {where} is not accepted; accepted: {SHORTEST} letters or more in one line")
    return token


def _read(file: Path) -> str:
    try:
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"the token in '{file}' can be read by others; run: chmod 600 '{file}'")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(f"the token cannot be read from '{file}' ({reason}); {_HOW}") from error


def check_reach(listening: str, token: str | None) -> None:
    """Refuse to listen beyond this computer without a token.

    Parameters
    ----------
    listening
        Address that a port is bound to.

    Raises
    ------
    SettingsError
        When others could send there.
    """
    if token is None and not ip_address(listening).is_loopback:
        raise SettingsError(f"OSC at {listening} is for other computers, too, and needs a token; {_HOW}")


class Gate:
    """Lets computers through by their address. One thread.

    Parameters
    ----------
    token
        That they have to send first; None lets everybody through.
    clock
        Seconds, steady.

    Attributes
    ----------
    refused
        Messages of those who had not, and wrong tokens.
    notices
        One line when the first was refused.
    """

    def __init__(self, token: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.refused = 0
        self.notices: tuple[str, ...] = ()
        self._token = None if token is None else token.encode()
        self._clock = clock
        self._heard_s: dict[str, float] = {}

    def shown(self, sender: Endpoint, values: tuple[Any, ...]) -> bool:
        """Whether somebody has sent the token; lets that computer through from now on."""
        given = values[0].encode("utf-8", "replace") if len(values) == 1 and isinstance(values[0], str) else b""
        if self._token is None:
            return True
        if not hmac.compare_digest(given, self._token):
            self.refuse(sender)
            return False
        self._heard_s[sender[0]] = self._clock()
        return True

    def lets(self, sender: Endpoint) -> bool:
        """Whether a computer may go on; renews its time."""
        if self._token is None:
            return True
        now_s, heard_s = self._clock(), self._heard_s.get(sender[0])
        if heard_s is None or now_s - heard_s >= TRUSTED_S:
            return False
        self._heard_s[sender[0]] = now_s
        return True

    def refuse(self, sender: Endpoint) -> None:
        """Count what was sent without the token. It is not answered: a sender's address is easily forged."""
        self.refused += 1
        if not self.notices:
            self.notices = (f"OSC from {sender[0]} is refused until it sends the token: /token TOKEN",)
