"""Records one's own data set: both ears as they come and the camera, cut into clips, in a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress

from realtime.clap import MAX_LAG_S, Look, picture_lag
from realtime.errors import RecordingError
from realtime.pictures import Image
from realtime.ring import Ring
from realtime.take import Take
from realtime.take_folder import TakeFolder

CLIP_LENGTH_S = 10.0
SHORTEST_S = 1.0
LISTEN_S = 5.0
MAX_STANDSTILL_S = 1.0
POLL_S = 0.02
MAX_READ = 16_384
MAX_WAITING = 32
STOP_TIMEOUT_S = 10.0


class Takes:
    """Writes a ring of two ears and the images shown to it as clips of a folder, from `start` to `stop`.

    A clip begins with the sample after the last of the clip before, and with the newest image of that moment. Files
    have hidden names until both are whole. A clip is left out, and it is said why, when its sound was lost or its
    camera stood still.

    Parameters
    ----------
    ring
        float32 (2, n), left and right ear. Only read.
    folder
        Receives the clips.
    sample_rate
        Of the ring, Hz.
    clip_length_s
        Of each clip; the last is shorter, at least SHORTEST_S.
    clap
        Listen and watch for LISTEN_S first, without recording, and measure from a clap how the picture lags.
    picture_lag_ms
        The same, known; None for what the folder remembers.

    Attributes
    ----------
    clips
        How many were kept.
    notices
        One line for each thing worth saying, oldest first. The sound itself is never held up.

    Notes
    -----
    `start` and `stop` belong to one thread, `show` to another; the attributes may be read from any.
    """

    def __init__(
        self,
        ring: Ring,
        folder: TakeFolder,
        sample_rate: int,
        *,
        clip_length_s: float = CLIP_LENGTH_S,
        clap: bool = False,
        picture_lag_ms: float | None = None,
    ) -> None:
        self.folder = folder
        self.clips = 0
        self.notices: tuple[str, ...] = ()
        self._ring = ring
        self._sample_rate = sample_rate
        self._length = round(clip_length_s * sample_rate)
        self._clap = clap
        self._known_lag_ms = picture_lag_ms
        self._lag = 0
        self._position = 0
        self._clip: Take | None = None
        self._shown: Image | None = None
        self._images: deque[tuple[int, Image]] = deque()
        self._arrived: deque[tuple[int, Image]] = deque()
        self._arriving = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def recording(self) -> bool:
        """The thread runs: it has neither been stopped nor given up."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start(self) -> None:
        """Record from the ring's newest sample on, or from the first image if that comes later.

        Raises
        ------
        RecordingError
            When somebody else is recording into the folder.
        """
        self.folder.reserve()
        if not self.folder.owns_splits:
            self._tell(
                f"the split1 of '{self.folder.path}' was not made here and is left as it is, without the new clips; "
                "--force makes it anew"
            )
        if self._clap:
            self._tell(f"clap once in view of the camera within {LISTEN_S:.0f} s; recording begins after that")
        self._position = self._ring.written
        self._thread = threading.Thread(target=self._run, name="takes", daemon=True)
        self._thread.start()

    def show(self, image: Image) -> None:
        """Hand over an image (H, W, 3) RGB that has just been taken. Camera's thread."""
        if not self.recording:
            return
        with self._arriving:
            if len(self._arrived) < MAX_WAITING:
                self._arrived.append((self._ring.written, image))
                return
        self._tell("the machine is too slow for the video, images were left out; choose a smaller picture")

    def stop(self) -> None:
        """Complete the running clip, or drop it when it is shorter than SHORTEST_S; write the splits. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        thread.join(STOP_TIMEOUT_S)
        if thread.is_alive():
            self._tell(f"the last clip of '{self.folder.path}' cannot be completed: the disk does not answer")

    def _run(self) -> None:
        try:
            try:
                self._record()
            finally:
                self._drop()
            self._split()
        except Exception as error:  # noqa: BLE001 - the sound goes on, and the reason is shown
            reason = (str(error) or type(error).__name__).splitlines()[0]
            self._tell(f"recording stopped, the clips before are whole: {reason}")
            with suppress(RecordingError):
                self._split()
        finally:
            self.folder.release()

    def _record(self) -> None:
        if self._known_lag_ms is not None:
            self.folder.picture_lag_ms = self._known_lag_ms
        if self._clap:
            self._measure()
        self._lag = round(self.folder.picture_lag_ms / 1000 * self._sample_rate)
        while not self._stopping.wait(POLL_S):
            self._advance(self._newest())
        self._advance(self._newest())
        if self._clip is not None and self._position - self._clip.start >= SHORTEST_S * self._sample_rate:
            self._complete(self._clip)

    def _split(self) -> None:
        if self.clips:
            self.folder.write_splits()
        else:
            self._tell(f"no clip was recorded: the shortest that is kept lasts {SHORTEST_S:g} s")

    def _measure(self) -> None:
        """Listen and watch, then go on at the newest sample."""
        first, looks = self._position, list[Look]()
        listened, watched = (round(s * self._sample_rate) for s in (LISTEN_S, LISTEN_S + MAX_LAG_S))
        while (position := self._newest()) < first + watched:
            while self._images:
                looks.append(Look.at(*self._images.popleft()))
            if self._stopping.wait(POLL_S):
                self._position = position
                return
        self._position = position
        sound = self._ring.read(first, listened)
        lag = "its sound was lost" if sound is None else picture_lag(sound, first, looks, self._sample_rate)
        if isinstance(lag, str):
            self._tell(
                f"no clap was found ({lag}), so the picture's lag stays at {self.folder.picture_lag_ms:g} ms; "
                "start again and clap nearer, or give --picture-lag MS"
            )
        else:
            self.folder.picture_lag_ms = 1000 * lag / self._sample_rate
            self._tell(f"the picture comes {self.folder.picture_lag_ms:g} ms after the sound; recording begins")

    def _newest(self) -> int:
        """Position up to which sound is there, with every image that arrived before it now in `_images`."""
        with self._arriving:
            self._images.extend(self._arrived)
            self._arrived.clear()
            return self._ring.written

    def _advance(self, newest: int) -> None:
        """Write up to the newest moment whose sound and picture are both there."""
        end = newest - max(self._lag, 0)
        while self._position < end:
            clip = self._clip or self._begin(end)
            if clip is None:
                return
            until = min(end, clip.start + self._length)
            if not self._copy(clip, until):
                self._drop()
                self._tell("the machine was too slow and lost sound; the clip was left out")
                self._position = end
                return
            for position, image in self._images_before(until):
                clip.show(position, image)
            self._position = until
            if until == clip.start + self._length:
                self._complete(clip)

    def _begin(self, end: int) -> Take | None:
        """A clip from the present position, or from the first image on; None while there is no image."""
        self._images_before(self._position + 1)
        if self._shown is None:
            self._position = min(end, self._images[0][0] - self._lag) if self._images else end
            self._images_before(self._position + 1)
        if self._shown is None:
            return None
        self._clip = Take(self.folder, self._position, self._sample_rate, self._shown)
        return self._clip

    def _images_before(self, end: int) -> list[tuple[int, Image]]:
        """Take the images of before `end`, with the positions at which they were true."""
        taken: list[tuple[int, Image]] = []
        while self._images and self._images[0][0] - self._lag < end:
            position, self._shown = self._images.popleft()
            taken.append((position - self._lag, self._shown))
        return taken

    def _copy(self, clip: Take, end: int) -> bool:
        for position in range(self._position, end, MAX_READ):
            block = self._ring.read(position, min(MAX_READ, end - position))
            if block is None:
                return False
            clip.sound.write(block)
        return True

    def _complete(self, clip: Take) -> None:
        standstill_s = clip.standstill(self._position) / self._sample_rate
        if standstill_s > MAX_STANDSTILL_S:
            self._drop()
            self._tell(f"a clip was left out: its camera gave no image for more than {MAX_STANDSTILL_S:g} s")
            return
        clip.close()
        self.folder.keep(clip.number)
        self._clip = None
        self.clips += 1
        if clip.sound.limited:
            self._tell("the microphones were too loud and were limited; turn down their gain")

    def _drop(self) -> None:
        clip, self._clip = self._clip, None
        if clip is not None:
            with suppress(RecordingError):
                clip.close()
            self.folder.discard(clip.number)

    def _tell(self, line: str) -> None:
        with self._arriving:
            if line not in self.notices:
                self.notices += (line,)
