"""Plays a clip on whatever host there is: what the user set stays when one host takes another's place."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, Signal

from gui.client import HostClient
from realtime.errors import SettingsError
from realtime.playback import Playback

Region = tuple[float, float]
WHOLE: Region = (0.0, math.inf)
"""The whole clip, however long it is."""


class Deck(QObject):
    """Play, pause, seek and loop; without a host, what the next one begins with."""

    start_wanted = Signal()
    """A host, for there is none and the clip is to be played."""
    failed = Signal(str)
    """One line: why something was not done."""

    def __init__(self) -> None:
        super().__init__()
        self._host: HostClient | None = None
        self._wanted = False
        self._seen: Playback | None = None
        self._begin_s = 0.0
        self._held = False
        self._region: Region | None = None

    @property
    def playback(self) -> Playback | None:
        """Of the host that runs, or else of the one that is being replaced; None while there is neither."""
        return self._seen

    @property
    def playing(self) -> bool:
        """Whether the clip moves now."""
        return self._host is not None and self._seen is not None and self._seen.playing

    @property
    def position_s(self) -> float:
        """What is heard now, or first, seconds."""
        return self._seen.position_s if self._seen else self._begin_s

    @property
    def region(self) -> Region | None:
        """What is looped, seconds."""
        return self._region

    def clear(self, *, held: bool = False) -> None:
        """Another clip: begin at its start; held: paused there."""
        self._held = held
        self._host, self._seen, self._begin_s, self._region = None, None, 0.0, None

    def follow(self, host: HostClient | None, wanted: bool) -> None:
        """Look at what plays, thirty times a second.

        Parameters
        ----------
        host
            That plays the clip, or None.
        wanted
            Whether a host runs or is about to; when not, the next begins at the start.
        """
        if self._wanted and not wanted:
            self._seen, self._begin_s, self._held = None, 0.0, False
        self._wanted = wanted
        if host is not self._host:
            self._host = host
            if host is not None:
                self._take_over(host)
        elif host is not None:
            self._seen = host.playback

    def toggle(self) -> None:
        """Play or pause; without a host, ask for one."""
        if self._host is None:
            if not self._wanted:
                self.start_wanted.emit()
        elif self.playing:
            self._host.pause()
        else:
            self._host.play()

    def seek(self, seconds: float) -> None:
        """Go on from another place."""
        if self._host is not None:
            self._host.seek(seconds)
        elif self._seen is None:
            self._begin_s = seconds

    def loop(self, region: Region | None) -> None:
        """Play a part again and again, beginning in it; None: not any more."""
        if self._host is not None:
            try:
                self._host.loop(region)
            except SettingsError as error:
                self.failed.emit(str(error))
                return
            if region is not None and not region[0] <= self.position_s < region[1]:
                self._host.seek(region[0])
        self._region = region

    def _take_over(self, host: HostClient) -> None:
        before, now = self._seen, host.playback
        self._seen = now
        if now is None:
            return
        if before is None and self._region is None:
            self._region = now.region
        else:
            self.loop(self._region)
        if self._held or (before is not None and not before.playing):
            host.pause()
        self._held = False
        begin_s = before.position_s if before is not None and not before.ended else self._begin_s
        if begin_s > 0.0:
            host.seek(begin_s)
