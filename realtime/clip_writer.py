"""Finished files: binaural sound alone, or beside a clip's untouched picture. Whole under their name, or not there."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from realtime.clip import Clip
from realtime.errors import RecordingError
from realtime.media import open_media, picture_stream
from realtime.pictures import fit
from realtime.sound_writer import SUFFIXES as SOUND_SUFFIXES
from realtime.sound_writer import SoundWriter
from realtime.tracks import FILM_SUFFIXES as MUXED_SUFFIXES
from realtime.tracks import SoundTrack
from realtime.whole_file import whole_file

BLOCK = 16_384
# How far the sound is written ahead of the picture: the container stores them side by side.
AHEAD_S = 0.5


def check_target(path: Path, *, force: bool) -> None:
    """Whether a file can be written there, to be asked before long work.

    Raises
    ------
    RecordingError
        When its suffix is not accepted, its folder is missing or unwritable, or it exists and `force` is False.
    """
    accepted = SOUND_SUFFIXES + MUXED_SUFFIXES
    if path.suffix.lower() not in accepted:
        raise RecordingError(f"'{path.name}' is not a kind of file that is written; accepted: {', '.join(accepted)}")
    if not path.parent.is_dir():
        raise RecordingError(f"folder '{path.parent}' does not exist; make it or choose another")
    if path.is_dir():
        raise RecordingError(f"'{path}' is a folder; give a file name")
    if path.exists() and not force:
        raise RecordingError(f"'{path}' exists already; choose another name or overwrite it with --force")
    if not os.access(path.parent, os.W_OK):
        raise RecordingError(f"folder '{path.parent}' is not writable; choose another")


def write_sound(
    path: Path, samples: NDArray[np.float32] | Iterable[NDArray[np.float32]], sample_rate: int, *, force: bool = False
) -> int:
    """Write a 24-bit .wav or .flac.

    Parameters
    ----------
    samples
        float32 (2, n), or blocks of it; beyond +-1 is limited to full scale.
    sample_rate
        Hz.
    force
        Overwrite an existing file.

    Returns
    -------
    limited
        Values that were limited.

    Raises
    ------
    RecordingError
        When it cannot be written; nothing is left behind then.
    """
    with _whole(path, SOUND_SUFFIXES, force=force) as temporary, SoundWriter(temporary, sample_rate) as writer:
        for block in _blocks(samples):
            writer.write(block)
    return writer.limited


@contextmanager
def sound_files(paths: Iterable[Path], sample_rate: int, *, force: bool = False) -> Generator[list[SoundWriter]]:
    """Writers of several .wav or .flac files that grow side by side; none appears under its name before all are whole.

    Raises
    ------
    RecordingError
        As `write_sound`.
    """
    with ExitStack() as stack:
        parts = [stack.enter_context(_whole(path, SOUND_SUFFIXES, force=force)) for path in paths]
        yield [stack.enter_context(SoundWriter(part, sample_rate)) for part in parts]


def write_muxed(
    path: Path,
    clip: Clip,
    samples: NDArray[np.float32] | Iterable[NDArray[np.float32]],
    sample_rate: int,
    *,
    force: bool = False,
) -> int:
    """Write .mp4 (AAC) or .mkv (FLAC) with the clip's picture, copied packet by packet.

    A folder of pictures has no stream to copy and is encoded (H.264). Parameters, result and errors as `write_sound`;
    the first sample lies at the clip's time zero.
    """
    if clip.picture_path is None:
        raise RecordingError(f"clip '{clip.path}' has no picture to copy; write .wav or .flac")
    with _whole(path, MUXED_SUFFIXES, force=force) as temporary, av.open(str(temporary), "w") as output:
        copied = None if clip.picture_path.is_dir() else open_media(clip.picture_path)
        try:
            picture = _EncodedPicture(output, clip) if copied is None else _CopiedPicture(output, copied, clip)
            sound = _MuxedSound(output, path, _blocks(samples), sample_rate)
            for time_s, packets in picture.packets():
                sound.write_until(time_s + AHEAD_S)
                output.mux(packets)
            sound.write_until(float("inf"))
        finally:
            if copied is not None:
                copied.close()
    return sound.limited


class _CopiedPicture:
    def __init__(self, output: OutputContainer, source: InputContainer, clip: Clip) -> None:
        stream = picture_stream(source)
        if stream is None or stream.time_base is None:
            raise RecordingError(f"the picture of clip '{clip.path}' cannot be copied; write .wav or .flac")
        self._source, self._stream, self._rate = source, stream, Fraction(clip.image_rate).limit_denominator(1001)
        self._time_base = stream.time_base
        self._start = round(clip.start_s / stream.time_base)
        self._target = output.add_stream_from_template(stream)
        self._target.time_base = stream.time_base

    def packets(self) -> Iterator[tuple[float, list[av.Packet[av.VideoStream]]]]:
        for packet in _with_decode_times(self._read(), round(1 / (self._rate * self._time_base))):
            dts = packet.dts or 0
            packet.pts = (dts if packet.pts is None else packet.pts) - self._start
            packet.dts = dts - self._start
            packet.stream = self._target
            yield float(packet.dts * self._time_base), [packet]

    def _read(self) -> Iterator[av.Packet[av.VideoStream]]:
        packets = self._source.demux(self._stream)
        # The end of a damaged file is no error here: reading the clip has told so already.
        with suppress(FFmpegError):
            for packet in packets:
                if packet.size:
                    yield packet


class _EncodedPicture:
    def __init__(self, output: OutputContainer, clip: Clip) -> None:
        self._clip = clip
        rate = Fraction(clip.image_rate).limit_denominator(1000)
        self._target = output.add_stream("libx264", rate=rate, options={"crf": "18"})
        # H.264 stores colour at half the size, so both sides are even.
        self._target.width, self._target.height = clip.width + clip.width % 2, clip.height + clip.height % 2
        self._target.pix_fmt = "yuv420p"

    def packets(self) -> Iterator[tuple[float, list[av.Packet[av.VideoStream]]]]:
        for time_s, image in self._clip.images():
            frame = av.VideoFrame.from_ndarray(fit(image, self._target.width, self._target.height), format="rgb24")
            frame.pts = round(time_s * self._clip.image_rate)
            frame.time_base = 1 / Fraction(self._clip.image_rate).limit_denominator(1000)
            yield time_s, self._target.encode(frame)
        yield 0.0, self._target.encode(None)


class _MuxedSound:
    def __init__(
        self, output: OutputContainer, path: Path, blocks: Iterator[NDArray[np.float32]], sample_rate: int
    ) -> None:
        self._track = SoundTrack(output, path.suffix, sample_rate)
        self._blocks, self._sample_rate = blocks, sample_rate
        self._ended = False

    @property
    def limited(self) -> int:
        return self._track.limited

    def write_until(self, time_s: float) -> None:
        while not self._ended and self._track.written < time_s * self._sample_rate:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
                self._track.end()
                return
            self._track.write(block)


@contextmanager
def _whole(path: Path, accepted: tuple[str, ...], *, force: bool) -> Generator[Path]:
    """As `whole_file`, for a path that is checked before and with errors in one line."""
    if path.suffix.lower() not in accepted:
        raise RecordingError(f"'{path.name}' is not accepted here; accepted: {', '.join(accepted)}")
    check_target(path, force=force)
    try:
        with whole_file(path, shared=True) as part:
            yield part
    except (FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        raise RecordingError(f"'{path}' cannot be written ({reason}); free some space or choose another") from error


def _with_decode_times(packets: Iterator[av.Packet[av.VideoStream]], step: int) -> Iterator[av.Packet[av.VideoStream]]:
    """Fill in what Matroska leaves out: when to decode the first packets, `step` before the first that says so."""
    waiting: list[av.Packet[av.VideoStream]] = []
    for packet in packets:
        waiting.append(packet)
        if packet.dts is None:
            continue
        for back, earlier in enumerate(reversed(waiting)):
            earlier.dts = packet.dts - back * step
        yield from waiting
        waiting = []
    for packet in waiting:
        packet.dts = packet.pts
        yield packet


def _blocks(samples: NDArray[np.float32] | Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    if isinstance(samples, np.ndarray):
        for start in range(0, samples.shape[1], BLOCK):
            yield samples[:, start : start + BLOCK]
    else:
        yield from samples
