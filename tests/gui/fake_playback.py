"""What a host says of a clip that it plays, by a clock and without a clip."""

from __future__ import annotations

from collections.abc import Callable

from realtime.errors import SettingsError
from realtime.playback import Playback

SHORTEST_LOOP_S = 0.05


class FakePlayback:
    """A clip of so many seconds that plays by a clock.

    Parameters
    ----------
    clock
        Seconds.
    loops
        Begin again at the end.

    Attributes
    ----------
    seeks
        Every place that was asked for.
    """

    def __init__(self, clock: Callable[[], float], duration_s: float = 60.0, *, loops: bool = False) -> None:
        self.duration_s = duration_s
        self.region: tuple[float, float] | None = (0.0, duration_s) if loops else None
        self.seeks: list[float] = []
        self._clock = clock
        self._playing_since_s: float | None = clock()
        self._from_s = 0.0

    def now(self) -> Playback:
        position_s, region = self._position_s(), self.region
        if region is not None and self._from_s < region[1] <= position_s:
            position_s = region[0] + (position_s - region[0]) % (region[1] - region[0])
        ended = position_s >= self.duration_s
        playing = self._playing_since_s is not None and not ended
        return Playback(min(position_s, self.duration_s), self.duration_s, playing, ended, region)

    def play(self) -> None:
        now = self.now()
        if not now.playing:
            self._begin(0.0 if now.ended else now.position_s)

    def pause(self) -> None:
        self._from_s, self._playing_since_s = self.now().position_s, None

    def seek(self, seconds: float) -> None:
        self.seeks.append(seconds)
        ended, playing = self.now().ended, self._playing_since_s is not None
        self._begin(min(max(seconds, 0.0), self.duration_s))
        if not (playing or ended):
            self._playing_since_s = None

    def loop(self, region: tuple[float, float] | None) -> None:
        if region is not None and region[1] - region[0] < SHORTEST_LOOP_S:
            raise SettingsError(f"a region of {region[1] - region[0]:g} s cannot be looped; select 0.05 s or more")
        if region is not None:
            region = max(region[0], 0.0), min(region[1], self.duration_s)
        playing = self._playing_since_s is not None
        self._begin(self.now().position_s)
        if not playing:
            self._playing_since_s = None
        self.region = region

    def _begin(self, at_s: float) -> None:
        self._from_s, self._playing_since_s = at_s, self._clock()

    def _position_s(self) -> float:
        return self._from_s + (0.0 if self._playing_since_s is None else self._clock() - self._playing_since_s)
