"""Media files through PyAV, as plain arrays: what is inside, its sound, its pictures. Damage is told, not raised.

Times are the file's own, in seconds; `realtime.clip` lays sound and picture onto one axis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from av.container import InputContainer
from av.error import EOFError as EndOfFileError
from av.error import FFmpegError
from av.stream import Disposition
from numpy.typing import NDArray

from realtime.errors import ClipError
from realtime.paths import exists, is_file
from realtime.pictures import Image

Tell: TypeAlias = Callable[[str], None]
"""Receives one line on what is wrong with a file."""
TimedImage: TypeAlias = tuple[float, Callable[[], Image]]
"""Time in seconds and a function that makes the image, for most images of a clip are never looked at."""

# Durations of these are guessed from the bit rate when the file has no index.
GUESSED_DURATIONS = ("mp3", "aac")
PROBED_FRAMES = 3
LISTS = frozenset({"concat", "dash", "hls", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp"})
"""FFmpeg's formats that name other files or addresses, which then would be opened: a clip is a file of its own."""
_CLIPS = {"format_whitelist": ",".join(sorted(av.formats_available - LISTS)), "protocol_whitelist": "file"}


@dataclass(frozen=True)
class Sound:
    """The first audio stream: as decoded, for the header of some codecs states half the rate."""

    sample_rate: int
    channels: int
    start_s: float
    duration_s: float
    duration_is_stated: bool
    """By the file's header, and not guessed: less than that means that the file is cut off."""
    time_step_s: float
    """Of the file's time stamps."""
    frame_sizes: tuple[int, ...]
    """Samples of the first decoded frames, up to PROBED_FRAMES."""

    def placed(self, time_s: float, lead_s: float) -> int:
        """The sample at which a frame begins whose time stamp is `time_s` after the clip's time zero.

        Stamps that are coarser than samples (Matroska's are milliseconds) are corrected by counting in frames, where
        all have one size.
        """
        lead = round(lead_s * self.sample_rate)
        place = round(time_s * self.sample_rate)
        first, *others = self.frame_sizes
        coarse = self.time_step_s * self.sample_rate
        if coarse <= 1.0 or len(others) < PROBED_FRAMES - 1 or len(set(others)) > 1:
            return place
        counted = lead + first + others[0] * round((place - lead - first) / others[0])
        return counted if abs(counted - place) <= 1.5 * coarse else place


@dataclass(frozen=True)
class Picture:
    """The first video stream, upright."""

    width: int
    height: int
    start_s: float
    rate: float
    """Images per second, on average."""


def open_media(path: Path) -> InputContainer:
    """Open a media file for reading.

    Raises
    ------
    ClipError
        When it is missing, is no media file, or is an mp4 that was cut off before its index.
    """
    if not is_file(path):
        raise ClipError(f"clip '{path}' {'is not a file' if exists(path) else 'does not exist'}; check the path")
    try:
        # Titles in another encoding than UTF-8 are common and never looked at.
        # An absolute path, for "tcp:1.2.3.4" is a file's name as well.
        return av.open(str(path.absolute()), options=_CLIPS, metadata_errors="replace")
    except (FFmpegError, OSError) as error:
        if isinstance(error, PermissionError):
            raise ClipError(f"clip '{path}' cannot be read; you lack the permission") from error
        with path.open("rb") as file:
            is_mp4 = file.read(12)[4:8] == b"ftyp"
        if is_mp4:
            raise ClipError(f"clip '{path}' is cut off: its index (moov) is missing; copy it again") from error
        raise ClipError(f"clip '{path}' is not a media file that can be read; accepted: mp4, mkv, wav ...") from error


def probe_sound(path: Path, tell: Tell) -> Sound:
    """What the sound of a file is like, found by decoding its start.

    Raises
    ------
    ClipError
        As `open_media`; when there is no sound or it cannot be decoded.
    """
    with open_media(path) as container:
        if not container.streams.audio:
            raise ClipError(f"clip '{path}' has no sound; give one with sound, or --audio FILE --images '{path}'")
        stream = container.streams.audio[0]
        exact = container.format.name not in GUESSED_DURATIONS
        decoded = _frames(container, stream, tell)
        frames = list(islice((f for f in decoded if isinstance(f, av.AudioFrame) and f.samples > 0), PROBED_FRAMES))
        if frames:
            first = frames[0]
            start_s = first.time or 0.0
            stated_s = _stated_s(stream, start_s)
            return Sound(
                first.sample_rate,
                first.layout.nb_channels,
                start_s,
                stated_s or _measured_s(path, start_s),
                exact and stated_s > 0,
                float(stream.time_base or 0),
                tuple(frame.samples for frame in frames),
            )
    raise ClipError(f"clip '{path}' has a sound track, but no sample of it can be decoded; record or convert it again")


def probe_picture(path: Path, tell: Tell) -> Picture | None:
    """What the picture of a file is like, found by decoding its start; None without one.

    Raises
    ------
    ClipError
        As `open_media`.
    """
    with open_media(path) as container:
        stream = picture_stream(container)
        if stream is None:
            return None
        for frame in _frames(container, stream, tell):
            if isinstance(frame, av.VideoFrame):
                width, height = (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)
                return Picture(width, height, frame.time or 0.0, _rate(stream))
    tell("its picture cannot be decoded")
    return None


def read_sound(
    path: Path, tell: Tell, from_s: float | None = None
) -> Iterator[tuple[float | None, NDArray[np.float32]]]:
    """Sound piece by piece: time of its first sample (None when the file does not say), float32 (channels, samples).

    From the beginning, or from a piece at or before `from_s` on.
    """
    with open_media(path) as container:
        _seek(container, container.streams.audio[0], from_s)
        # After a seek decoders leave out the start of the first frame, as at the beginning, and do not count it.
        leave_out = from_s is not None
        form: tuple[int, int] | None = None
        for frame in _frames(container, container.streams.audio[0], tell):
            if not isinstance(frame, av.AudioFrame) or frame.samples == 0:
                continue
            if leave_out:
                leave_out = False
                continue
            current = (frame.sample_rate, frame.layout.nb_channels)
            form = form or current
            if current != form:
                tell("its sound changes sample rate or channels; read up to there")
                return
            yield None if frame.pts is None else frame.time, _as_float(frame)


def read_pictures(
    path: Path, tell: Tell, max_width: int | None = None, from_s: float | None = None
) -> Iterator[TimedImage]:
    """Pictures in order, upright, at most `max_width` wide.

    From the beginning, or from a key image at or before `from_s` on.
    """
    with open_media(path) as container:
        stream = picture_stream(container)
        if stream is None:
            return
        _seek(container, stream, from_s)
        step_s = 1.0 / _rate(stream)
        time_s = (from_s or 0.0) - step_s
        for frame in _frames(container, stream, tell):
            if isinstance(frame, av.VideoFrame):
                time_s = time_s + step_s if frame.pts is None else frame.time
                yield time_s, partial(_as_rgb, frame, max_width)


def picture_stream(container: InputContainer) -> av.VideoStream | None:
    """The first video stream that is not a cover picture."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            stream.thread_type = "AUTO"
            return stream
    return None


def _seek(container: InputContainer, stream: av.AudioStream | av.VideoStream, from_s: float | None) -> None:
    """Go to the last place at or before a time from which a stream can be decoded; stay where it cannot be found."""
    if from_s is not None and stream.time_base:
        with suppress(FFmpegError):
            container.seek(int(from_s / stream.time_base), stream=stream, backward=True)


def _frames(
    container: InputContainer, stream: av.AudioStream | av.VideoStream, tell: Tell
) -> Iterator[av.AudioFrame | av.VideoFrame]:
    """Decoded frames of one stream; what is damaged is left out."""
    if stream.codec_context is None:  # pyright: ignore[reportUnnecessaryComparison]  so for codecs FFmpeg does not know
        return
    damaged = False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            damaged, packet = True, None
        try:
            # After an error in the container the decoder still holds frames.
            frames = packet.decode() if packet is not None else stream.codec_context.decode(None)
        except EndOfFileError:
            frames = []
        except FFmpegError:
            damaged, frames = True, []
        if damaged:
            tell(f"its {stream.type} is damaged; what can be decoded is used")
        for frame in frames:
            if isinstance(frame, (av.AudioFrame, av.VideoFrame)):
                yield frame
        if packet is None:
            return


def _stated_s(stream: av.AudioStream, start_s: float) -> float:
    """Duration by the header, 0 when it does not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    # Matroska states where a stream ends, as HH:MM:SS.fraction.
    end = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if end is None:
        return 0.0
    hours, minutes, seconds = (float(part) for part in end.groups())
    return max(0.0, 3600.0 * hours + 60.0 * minutes + seconds - start_s)


def _measured_s(path: Path, start_s: float) -> float:
    """Duration by the packets, without decoding them."""
    end_s = start_s
    with open_media(path) as container:
        packets = container.demux(container.streams.audio[0])
        # Damaged from here on: what comes before counts.
        with suppress(FFmpegError):
            for packet in packets:
                if packet.pts is not None:
                    end = (packet.pts + (packet.duration or 0)) * packet.time_base
                    end_s = max(end_s, float(end))
    return end_s - start_s


def _rate(stream: av.VideoStream) -> float:
    return float(stream.average_rate or 0) or 30.0


def _as_float(frame: av.AudioFrame) -> NDArray[np.float32]:
    data = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, frame.layout.nb_channels).T
    samples = data.astype(np.float32)
    if data.dtype == np.uint8:
        return (samples - 128.0) / 128.0
    return samples / 2.0 ** (8 * data.itemsize - 1) if data.dtype.kind == "i" else samples


def _as_rgb(frame: av.VideoFrame, max_width: int | None) -> Image:
    turned = bool(frame.rotation % 180)
    shown = frame.height if turned else frame.width
    scale = 1.0 if max_width is None else min(1.0, max_width / shown)
    size = {"width": max(1, round(frame.width * scale)), "height": max(1, round(frame.height * scale))}
    image = frame.reformat(**size, format="rgb24", interpolation="AREA").to_ndarray()
    # The display matrix states the turn to apply, anticlockwise.
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)), dtype=np.uint8)
