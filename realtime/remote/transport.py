"""Transport: the commands by which other programs play, hold and wind a clip, and choose what is heard."""

from __future__ import annotations

from collections.abc import Callable

from realtime.errors import SettingsError
from realtime.remote.control import Running, started
from realtime.remote.message import Message, shown


def _play(message: Message, running: Running | None) -> None:
    if message.pressed:
        _with_clip(running).play()


def _pause(message: Message, running: Running | None) -> None:
    if message.pressed:
        _with_clip(running).pause()


def _seek(message: Message, running: Running | None) -> None:
    _with_clip(running).seek(message.number())


def _loop(message: Message, running: Running | None) -> None:
    if len(message.values) not in (0, 2):
        raise SettingsError(f"/loop takes two times in seconds, or nothing; given: {shown(message.values)}")
    begin, end = message.numbers("two times in seconds, or nothing") or (None, None)
    _with_clip(running).loop(None if begin is None or end is None else (begin, end))


def _listen(message: Message, running: Running | None) -> None:
    if len(message.values) != 1 or not isinstance(message.values[0], str):
        raise SettingsError(f"/listen takes what to listen to; given: {shown(message.values)}")
    started(running).listen_to(message.values[0])


def _with_clip(running: Running | None) -> Running:
    host = started(running)
    if host.playback is None:
        raise SettingsError("no clip is played; open one, or start with: earsight play CLIP")
    return host


TRANSPORT: dict[str, Callable[[Message, Running | None], None]] = {
    "/play": _play,
    "/pause": _pause,
    "/seek": _seek,
    "/loop": _loop,
    "/listen": _listen,
}
"""Address -> what is done."""
