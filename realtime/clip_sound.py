"""Sound of a clip from any place on, at any rate: the same samples wherever the reading begins."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import soxr
from numpy.typing import NDArray

from realtime.media import read_sound

if TYPE_CHECKING:
    from realtime.clip import Clip

# Time stamps of a container may be rounded to milliseconds; sound that is really missing leaves a larger hole.
GAP_S = 0.1
# A hole beyond this is a broken time stamp.
MAX_GAP_S = 60.0
MISSING_S = 1.0
NEAR_S = 1.0
"""A place so near the start is read to, and not sought."""
SETTLE_S = 0.25
"""Decoded before a place that was sought, beside two frames: codecs lean on what came before."""
RESAMPLER_S = 0.1
"""Resampled before a place: what the resampler's filter spans at 8 kHz, several times over."""


class ClipSound:
    """Reads on from a place that may be moved. One thread; not real-time safe.

    Parameters
    ----------
    clip
        Learns what is wrong with the file as it is read.
    sample_rate
        Hz; all places are samples at this rate, counted from the clip's time zero.
    """

    def __init__(self, clip: Clip, sample_rate: int) -> None:
        self._clip = clip
        self._sample_rate = sample_rate
        self.seek(0)

    def seek(self, place: int) -> None:
        """Go on reading at `place`, at least 0; the file is opened anew by the next reading."""
        self._waiting = np.zeros((self._clip.channels, 0), np.float32)
        self._source = self._resampled(place)

    def read(self, count: int) -> NDArray[np.float32]:
        """The next samples, float32 (channels, count), C-contiguous; fewer at the end of what can be read, then none.

        Raises
        ------
        ClipError
            When the file cannot be opened any more.
        """
        pieces = [self._waiting]
        there = self._waiting.shape[1]
        while there < count and (piece := next(self._source, None)) is not None:
            pieces.append(piece)
            there += piece.shape[1]
        joined = pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)
        self._waiting = joined[:, count:]
        return np.ascontiguousarray(joined[:, :count])

    def close(self) -> None:
        """Close the file. Idempotent; nothing more is read then."""
        self._source.close()

    def _resampled(self, start: int) -> Generator[NDArray[np.float32]]:
        """Sound from `start` on."""
        rate, file_rate = self._sample_rate, self._clip.sample_rate
        if rate == file_rate:
            yield from self._pieces(start)
            return
        # Begun where samples of both rates coincide, the resampler gives the samples that it would from time zero on.
        common = math.gcd(rate, file_rate)
        period = max(0, start - round(RESAMPLER_S * rate)) // (rate // common)
        skip = start - period * (rate // common)
        stream = soxr.ResampleStream(file_rate, rate, self._clip.channels, dtype="float32", quality="HQ")
        for piece in self._pieces(period * (file_rate // common)):
            given = np.asarray(stream.resample_chunk(np.ascontiguousarray(piece.T)).T)
            yield np.ascontiguousarray(given[:, skip:])
            skip = max(0, skip - given.shape[1])
        tail = stream.resample_chunk(np.zeros((0, self._clip.channels), np.float32), last=True).T
        yield np.ascontiguousarray(tail[:, skip:])

    def _pieces(self, start: int) -> Generator[NDArray[np.float32]]:
        """Sound from `start` on at the file's rate: holes filled with silence, nothing that is not finite."""
        clip, sound = self._clip, self._clip.sound
        rate, zero_s = clip.sample_rate, self._clip.sound.start_s - self._clip.lead_s
        clip.bad_samples = 0
        lead = round(clip.lead_s * rate)
        position, found, from_s = lead, True, None
        if start - lead > NEAR_S * rate:
            found, from_s = False, zero_s + (start - 2 * max(sound.frame_sizes)) / rate - SETTLE_S
        elif start < lead:
            yield self._silence(lead - start)

        def tell(line: str) -> None:
            # A decoder that begins in the middle may stumble over what it does not have.
            if from_s is None or (found and position >= start):
                clip.tell(line)

        for time_s, samples in read_sound(clip.path, tell, from_s):
            if not found:
                found = True
                position = start if time_s is None else sound.placed(time_s - zero_s, clip.lead_s)
                if start < position <= start + MAX_GAP_S * rate:
                    yield self._silence(position - start)
            hole_s = 0.0 if time_s is None else time_s - zero_s - position / rate
            if GAP_S < hole_s <= MAX_GAP_S:
                silence = self._silence(round(hole_s * rate))
                yield silence[:, max(0, start - position) :]
                position += silence.shape[1]
            bad = ~np.isfinite(samples)
            if bad.any():
                clip.bad_samples += int(bad.sum())
                samples = np.where(bad, np.float32(0.0), samples)
            yield samples[:, max(0, start - position) :]
            position += samples.shape[1]
        if not found or position < start:
            return
        read_s = position / rate
        if sound.duration_is_stated and clip.duration_s - read_s > MISSING_S:
            clip.tell(f"its sound ends after {read_s:.1f} s of the {clip.duration_s:.1f} s it states")

    def _silence(self, samples: int) -> NDArray[np.float32]:
        return np.zeros((self._clip.channels, samples), np.float32)
