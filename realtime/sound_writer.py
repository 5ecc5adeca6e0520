"""Sound files that can be played at every moment while they grow: 24-bit WAV (RF64 beyond 4 GB) and FLAC.

libsndfile completes a header only when it closes the file, so a killed program would leave an empty WAV and a FLAC of
unknown length. Hence the WAV is written here, and the FLAC's length is set from here.
"""

from __future__ import annotations

import errno
import os
import shutil
import struct
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from realtime.errors import RecordingError

SUFFIXES = (".wav", ".flac")
BYTES_PER_SAMPLE = 3
FULL_SCALE = 2**23 - 1
WAV_HEADER_BYTES = 80
MAX_RIFF_BYTES = 2**32 - 1
FLAC_BLOCK = 4096
FULL_BYTES = 65_536
# FLAC's STREAMINFO: 20 bits sample rate, 3 bits channels, 5 bits depth, 36 bits length, from this byte of the file.
FLAC_LENGTH_AT = 18


class SoundWriter:
    """A growing sound file; playable after each `flush`, and whole after `close`. One thread; not real-time safe.

    Parameters
    ----------
    path
        New file, .wav or .flac.
    sample_rate
        Hz.
    channels
        1 to 8.

    Attributes
    ----------
    written
        Samples per channel.
    limited
        Values that were beyond full scale, or not finite (those become 0).

    Raises
    ------
    RecordingError
        When the suffix is another one or the file cannot be made.
    """

    def __init__(self, path: Path, sample_rate: int, channels: int = 2) -> None:
        if path.suffix.lower() not in SUFFIXES:
            raise RecordingError(f"'{path.name}' is not a kind of sound file that is written; accepted: .wav, .flac")
        self.path = path
        self.written = 0
        self.limited = 0
        try:
            self._file: _File = (_Wav if path.suffix.lower() == ".wav" else _Flac)(path, sample_rate, channels)
        except (OSError, soundfile.SoundFileRuntimeError) as error:
            raise _failure(path, error) from error

    def __enter__(self) -> SoundWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append float32 (channels, n), full scale at +-1.

        Raises
        ------
        RecordingError
            When the disk is full or gone; what was written stays playable after `close`.
        """
        finite = np.nan_to_num(samples, nan=0.0)
        self.limited += int(np.count_nonzero(~(np.abs(samples) <= 1.0)))
        scaled = np.rint(np.clip(finite, -1.0, 1.0).astype(np.float64) * FULL_SCALE).astype("<i4")
        try:
            self._file.write(np.ascontiguousarray(scaled.T))
        except (OSError, soundfile.SoundFileRuntimeError) as error:
            raise _failure(self.path, error) from error
        self.written += samples.shape[1]

    def flush(self) -> None:
        """Make everything written so far playable, even if the program is killed afterwards.

        Raises
        ------
        RecordingError
            When the disk is full or gone.
        """
        try:
            self._file.flush()
        except (OSError, soundfile.SoundFileRuntimeError) as error:
            raise _failure(self.path, error) from error

    def close(self) -> None:
        """Complete the file. Idempotent.

        Raises
        ------
        RecordingError
            When the disk is full or gone.
        """
        try:
            self._file.close()
        except (OSError, soundfile.SoundFileRuntimeError) as error:
            raise _failure(self.path, error) from error


class _File(Protocol):
    def __init__(self, path: Path, sample_rate: int, channels: int) -> None: ...
    def write(self, samples: NDArray[np.int32]) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class _Wav:
    def __init__(self, path: Path, sample_rate: int, channels: int) -> None:
        self._format = (sample_rate, channels)
        self._bytes = 0
        # Unbuffered: after a full disk the file holds exactly what is counted, and closing has nothing left to fail on.
        self._file = path.open("wb", buffering=0)
        self._put(wav_header(*self._format, 0))

    def write(self, samples: NDArray[np.int32]) -> None:
        packed = samples.view(np.uint8).reshape(-1, 4)[:, :BYTES_PER_SAMPLE].tobytes()
        self._bytes += self._put(packed)

    def flush(self) -> None:
        self._file.seek(0)
        self._put(wav_header(*self._format, self._bytes))
        self._file.seek(WAV_HEADER_BYTES + self._bytes)

    def close(self) -> None:
        if self._file.closed:
            return
        try:
            self._bytes -= self._bytes % (BYTES_PER_SAMPLE * self._format[1])
            self._file.truncate(WAV_HEADER_BYTES + self._bytes)
            self.flush()
        finally:
            self._file.close()

    def _put(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        return len(data)


class _Flac:
    def __init__(self, path: Path, sample_rate: int, channels: int) -> None:
        self._path = path
        self._written = 0
        self._failed = False
        self._file = soundfile.SoundFile(path, "w", sample_rate, channels, "PCM_24", format="FLAC")

    def write(self, samples: NDArray[np.int32]) -> None:
        self._failed = True
        # libsndfile takes 24 bits from the top of 32.
        self._file.write(samples << 8)
        self._failed = False
        self._written += len(samples)

    def flush(self) -> None:
        self._file.flush()
        self._state_length()

    def close(self) -> None:
        if self._file.closed:
            return
        if not self._written and not self._failed:
            # libsndfile leaves a FLAC without samples empty, which is no file that can be read.
            self._file.write(np.zeros((1, self._file.channels), np.int32))
        try:
            self._file.close()
        finally:
            if self._failed:
                self._state_length()

    def _state_length(self) -> None:
        """Write the number of samples that are surely in the file into its header."""
        # The encoder holds a block back until the first sample of the next is there.
        whole = max(0, self._written - 1) // FLAC_BLOCK * FLAC_BLOCK
        if not whole:
            return
        with self._path.open("r+b") as file:
            file.seek(FLAC_LENGTH_AT)
            (facts,) = struct.unpack(">Q", file.read(8))
            file.seek(FLAC_LENGTH_AT)
            file.write(struct.pack(">Q", facts >> 36 << 36 | whole))


def wav_header(sample_rate: int, channels: int, data_bytes: int) -> bytes:
    """The 80 bytes before 24-bit samples: RIFF, or RF64 (EBU Tech 3306) when 32 bits do not hold the length.

    A JUNK chunk keeps the place that RF64's ds64 chunk needs.
    """
    frame_bytes = BYTES_PER_SAMPLE * channels
    riff_bytes = WAV_HEADER_BYTES - 8 + data_bytes
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, sample_rate, sample_rate * frame_bytes, frame_bytes, 24)
    if riff_bytes <= MAX_RIFF_BYTES:
        head = struct.pack("<4sI4s4sI28x", b"RIFF", riff_bytes, b"WAVE", b"JUNK", 28)
        return head + form + struct.pack("<4sI", b"data", data_bytes)
    head = struct.pack("<4sI4s4sI", b"RF64", MAX_RIFF_BYTES, b"WAVE", b"ds64", 28)
    sizes = struct.pack("<QQQI", riff_bytes, data_bytes, data_bytes // frame_bytes, 0)
    return head + sizes + form + struct.pack("<4sI", b"data", MAX_RIFF_BYTES)


def _failure(path: Path, error: OSError | soundfile.SoundFileRuntimeError) -> RecordingError:
    reason = error.strerror if isinstance(error, OSError) else str(error).rstrip(".")
    # libsndfile says no more than "System error".
    if isinstance(error, soundfile.SoundFileRuntimeError) and shutil.disk_usage(path.parent).free < FULL_BYTES:
        reason = os.strerror(errno.ENOSPC)
    return RecordingError(f"'{path}' cannot be written ({reason}); free some space or choose another place")
