"""Tracks of a film that is written: pictures as H.264 with times of their own, sound as FLAC or AAC."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from realtime.errors import RecordingError
from realtime.pictures import Image, fit

FILM_SUFFIXES = (".mp4", ".mkv")
MAX_WIDTH = 1280
TIME_BASE = Fraction(1, 90_000)
RATE_HINT = 30
"""Images per second that the encoder plans for; the time stamps are what counts."""
OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "crf": "20", "bf": "0", "g": "30"}
"""Light, for it runs beside the sound: 6 ms of a core for an image of 1280 x 720, where x264's next preset took 14.

A key image each second, for training reads from anywhere.
"""
AAC_BIT_RATE = 128_000
"""Of each channel, bit/s."""
LAYOUTS = {1: "mono", 2: "stereo"}


class PictureTrack:
    """Pictures of a container, each at its own time. One thread; not real-time safe.

    Parameters
    ----------
    container
        Receives the track, and what `write` and `end` make.
    width, height
        Of the images; the track is at most MAX_WIDTH wide, with even sides, and what has another size is fitted.

    Attributes
    ----------
    newest_s
        Time of the newest image, seconds; negative before the first.

    Notes
    -----
    An image is handed to the container when the next one tells how long it lasts: a fragment of an MP4 begins where the
    durations before it add up to.
    """

    def __init__(self, container: OutputContainer, width: int, height: int) -> None:
        scale = min(1.0, MAX_WIDTH / width)
        self._container = container
        self._size = max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
        self._newest = -1
        self._shown: Image | None = None
        self._waiting: av.Packet[av.VideoStream] | None = None
        self._stream = container.add_stream("libx264", rate=RATE_HINT, options=OPTIONS)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.thread_count = 1
        self._stream.codec_context.time_base = TIME_BASE

    @property
    def newest_s(self) -> float:
        return float(self._newest * TIME_BASE)

    def write(self, image: Image, time_s: float) -> None:
        """Append an image, (H, W, 3) RGB; one that is not later than the one before is left out."""
        pts = round(time_s / TIME_BASE)
        if pts <= self._newest:
            return
        self._newest = pts
        self._shown = fit(image, *self._size)
        frame = av.VideoFrame.from_ndarray(self._shown, format="rgb24")
        frame.pts, frame.time_base = pts, TIME_BASE
        self._put(frame)

    def repeat(self, time_s: float) -> None:
        """Append the newest image again, if there is one."""
        if self._shown is not None:
            self.write(self._shown, time_s)

    def end(self) -> None:
        """Write what is still held back."""
        self._put(None)
        if self._waiting is not None:
            self._container.mux(self._waiting)

    def _put(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            if self._waiting is not None:
                self._waiting.duration = (packet.pts or 0) - (self._waiting.pts or 0)
                self._container.mux(self._waiting)
            self._waiting = packet


class SoundTrack:
    """Sound of a container from time zero: FLAC with 24 bits in .mkv, AAC in .mp4. One thread; not real-time safe.

    Parameters
    ----------
    container
        Receives the track, and what `write` and `end` make.
    suffix
        .mkv or .mp4.
    sample_rate
        Hz.
    channels
        1 or 2.
    title
        What players call the track; "" for nothing.

    Attributes
    ----------
    written
        Samples per channel.
    limited
        Values that were beyond full scale, or not finite (those become 0).

    Raises
    ------
    RecordingError
        When such a file holds no sound at this rate.
    """

    def __init__(
        self, container: OutputContainer, suffix: str, sample_rate: int, channels: int = 2, title: str = ""
    ) -> None:
        check_rate(suffix, sample_rate)
        name = _codec(suffix)
        self.written = 0
        self.limited = 0
        self._lossy = name == "aac"
        self._container, self._sample_rate, self._layout = container, sample_rate, LAYOUTS[channels]
        self._stream = container.add_stream(name, rate=sample_rate, layout=self._layout)
        if self._lossy:
            self._stream.bit_rate = channels * AAC_BIT_RATE
        else:
            self._stream.codec_context.format = av.AudioFormat("s32")
        if title:
            # Matroska's name for it, and MP4's.
            self._stream.metadata.update({"title": title, "handler_name": title})

    def write(self, block: NDArray[np.float32]) -> None:
        """Append float32 (channels, n), full scale at +-1."""
        self.limited += int(np.count_nonzero(~(np.abs(block) <= 1.0)))
        sound = np.clip(np.nan_to_num(block, nan=0.0), -1.0, 1.0)
        if self._lossy:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=self._layout)
        else:
            # 24 bits at the top of 32, as the encoder takes them.
            whole = np.rint(sound.T.astype(np.float64) * (2**23 - 1)).astype(np.int32) << 8
            frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s32", layout=self._layout)
        frame.sample_rate = self._sample_rate
        frame.pts, frame.time_base = self.written, Fraction(1, self._sample_rate)
        self._container.mux(self._stream.encode(frame))
        self.written += block.shape[1]

    def end(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))


def check_rate(suffix: str, sample_rate: int) -> None:
    """Whether a film of this kind holds sound at this rate, Hz; RecordingError when it does not."""
    rates = av.Codec(_codec(suffix), "w").audio_rates
    if rates and sample_rate not in rates:
        raise RecordingError(f"{suffix} holds no sound at {sample_rate} Hz; write .mkv or .wav")


def _codec(suffix: str) -> Literal["aac", "flac"]:
    return "aac" if suffix.lower() == ".mp4" else "flac"
