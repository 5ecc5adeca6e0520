"""Plays a recorded clip into the host in place of microphone and camera: sound ahead of time, pictures on time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from realtime.clip import Clip
from realtime.engine import Engine
from realtime.errors import ClipError, SettingsError
from realtime.playback import Playback
from realtime.reel import BLOCK, Reel
from realtime.showing import Showing
from realtime.source import Source
from realtime.vision import Vision

AHEAD_S = 2.0
FIRST_S = 0.1
"""Sound that is there before a jump to it, or two blocks of the device if that is more."""
FADE_S = 0.010
SHORTEST_LOOP_MS = 50.0
POLL_S = 0.005
Show: TypeAlias = Callable[[NDArray[np.uint8], int], None]
"""Receives an image, (H, W, 3) RGB, and the position in the stream at which it is due."""
Region: TypeAlias = tuple[int, int]


class Player:
    """Feeds `source` with a clip's sound and whoever looks with its pictures, from a thread of its own.

    What `play`, `pause`, `seek` and `loop` ask for, all from one thread, happens soon after and without a click.

    Parameters
    ----------
    clip
        With or without picture.
    sample_rate
        Of the device, Hz.
    block_size
        Largest block of the device.
    loop
        Begin again at the end, without a gap.

    Attributes
    ----------
    source
        The engine's: mono, and of a clip with two channels also left and right.
    trouble
        One line when the clip could not be read to its end, or "".
    """

    def __init__(self, clip: Clip, sample_rate: int, block_size: int, *, loop: bool) -> None:
        self.clip = clip
        self.trouble = clip.warning
        fade = max(1, round(FADE_S * sample_rate))
        self._sample_rate = sample_rate
        self._first = max(round(FIRST_S * sample_rate), 2 * block_size)
        self._reserve = self._first + BLOCK
        self._reel = Reel(clip, sample_rate, fade, loop=loop)
        ahead = max(round(AHEAD_S * sample_rate), 2 * self._first)
        self.source = Source(self._reel.channels, ahead + self._reserve, fade)
        self._showing: Showing | None = Showing(clip)
        self._at_end = False
        self._region_s: tuple[float, float] | None = None
        self._wanted: tuple[int | None, Region | None] | None = None
        self._asking = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ended(self) -> bool:
        """The engine has taken every sample, and none is to come."""
        return self._wanted is None and self.source.ended(self.source.ring.released)

    def finished(self, heard: int) -> bool:
        """Whether the end had been reached at a position in the stream."""
        return self._wanted is None and self.source.ended(self.source.at(heard))

    def playback(self, heard: int) -> Playback:
        """The state when the stream's sample `heard` is what is heard."""
        place = min(max(0, self._reel.place(self.source.at(heard))), self._reel.length)
        ended = self.finished(heard)
        return Playback(
            position_s=place / self._sample_rate,
            duration_s=self.clip.duration_s,
            playing=self.source.wanted and not ended,
            ended=ended,
            region=self._region_s,
        )

    def play(self) -> None:
        """Go on; at the end from the start, of the region if there is one."""
        if self.ended:
            self.seek(self._region_s[0] if self._region_s else 0.0)
        self.source.play()

    def pause(self) -> None:
        """Hold sound and picture."""
        self.source.pause()

    def seek(self, seconds: float) -> None:
        """Go to a place of the clip, or to the nearest that it has."""
        place = round(min(max(0.0, seconds), self.clip.duration_s) * self._sample_rate)
        with self._asking:
            self._wanted = place, self._region
        self._wake.set()

    def loop(self, region: tuple[float, float] | None) -> None:
        """Play a part of the clip, in seconds, again and again once its end is reached; None to play on.

        Raises
        ------
        SettingsError
            When it is shorter than 50 ms.
        """
        if region is not None:
            first_s, last_s = max(region[0], 0.0), min(region[1], self.clip.duration_s)
            if not round(1000 * (last_s - first_s), 3) >= SHORTEST_LOOP_MS:
                raise SettingsError(
                    f"{1000 * (last_s - first_s):.0f} ms are too short to loop; "
                    f"accepted: {SHORTEST_LOOP_MS:.0f} ms of the clip or more"
                )
            region = first_s, last_s
        with self._asking:
            self._region_s = region
            place = self._wanted[0] if self._wanted is not None else None
            self._wanted = place, self._region
        self._wake.set()

    def prime(self, vision: Vision) -> None:
        """Fill the ring and look at the first picture, before the sound starts. Main thread.

        Raises
        ------
        ClipError
            When the clip has no sound that can be read.
        """
        self._fill()
        if self._reel.written == 0:
            raise ClipError(f"clip '{self.clip.path}' has no sound that can be read; give another clip")
        due = self._showing.due(0.0, 0) if self._showing is not None else None
        if due is not None:
            vision.picture = due[0]
            vision.look(due[0], 0)

    def start(self, show: Show, engine: Engine) -> None:
        """Begin to feed the engine whose source this is, and `show` with pictures. Main thread."""
        self._thread = threading.Thread(target=self._run, args=(show, engine), name="player", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; idempotent."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            if self._thread.is_alive():
                # Stuck in a file that does not answer, which cannot be closed under it.
                return
        self._reel.close()
        if self._showing is not None:
            self._showing.close()

    @property
    def _region(self) -> Region | None:
        if self._region_s is None:
            return None
        first_s, last_s = self._region_s
        return round(first_s * self._sample_rate), round(last_s * self._sample_rate)

    def _run(self, show: Show, engine: Engine) -> None:
        while not self._stop.is_set():
            self._obey()
            # Until a jump is taken there is little sound in hand, and nothing new to look at. Asked before the ring is
            # filled: a jump that is taken meanwhile leaves no more than that.
            settled = not self.source.jumping
            self._fill()
            try:
                if settled:
                    self._look(show, engine)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with the picture, the sound goes on
                self._showing = None
                self.trouble = f"the picture of clip '{self.clip.path}' stopped ({_reason(error)}); the sound goes on"
            if self._showing is None or not self._showing.behind:
                self._wake.wait(POLL_S)
                self._wake.clear()

    def _obey(self) -> None:
        """Do what was asked for last: read on from another place and have the source jump there."""
        wanted, source = self._wanted, self.source
        if wanted is None or source.jumping:
            return
        place, region = wanted
        since = -1
        if place is None and not source.ended(source.ring.released):
            # Another loop: the same sound goes on, but what comes after it changes.
            since = source.ring.released
            place = self._reel.place(since)
            if region is not None and place >= region[1]:
                place, since = region[0], -1
        if place is not None:
            self._move(place, region, since)
        with self._asking:
            if self._wanted is wanted:
                self._wanted = None

    def _move(self, place: int, region: Region | None, since: int) -> None:
        to = self._reel.written
        self._reel.seek(place, region)
        self._at_end = False
        while self._reel.written - to < self._first and self._read():
            pass
        if not self._at_end:
            self.source.go_on()
        self.source.jump(to, since)

    def _fill(self) -> None:
        while not self._at_end and self.source.ring.free() >= self._reserve + BLOCK and self._read():
            pass

    def _read(self) -> bool:
        """Write the clip's next samples into the ring; False at the end of what can be read."""
        try:
            block = self._reel.read()
        except Exception as error:  # noqa: BLE001 - whatever breaks here is the end of the sound, and said
            self._tell(error)
            block = None
        if block is not None:
            self.source.ring.write(block)
            return True
        self.trouble = self.trouble or self.clip.warning
        self._at_end = True
        self.source.end()
        return False

    def _look(self, show: Show, engine: Engine) -> None:
        """Show the picture of the moment that plays now, if it is another than the last."""
        if self._showing is None:
            return
        played, rate = self.source.ring.released, self._sample_rate
        piece = self._reel.piece(played)
        due = self._showing.due(self._reel.place(played) / rate, piece)
        if due is None:
            return
        image, since_s = due
        # Decoding took its time, and meanwhile the sound went on.
        played, position = self.source.ring.released, engine.position
        ago = self._reel.place(played) - round(since_s * rate) if self._reel.piece(played) == piece else 0
        # It was not there before the jump, however long before that place it is due.
        show(image, position - max(0, min(ago, played - piece)))

    def _tell(self, error: Exception) -> None:
        reason = _reason(error)
        self.trouble = reason if isinstance(error, ClipError) else f"clip '{self.clip.path}' stopped: {reason}"


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
