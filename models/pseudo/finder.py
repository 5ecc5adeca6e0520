"""Finder: where in a video the one sounding thing is, from the motion that goes with the sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from models.pseudo.motion import Motion, Step
from realtime.clip import Clip
from realtime.errors import ClipError
from realtime.pictures import fit
from realtime.spectra import SAMPLE_RATE

VERSION = 1
"""Raised whenever the same video would give another finding."""
SHORTEST_S, LONGEST_S = 2.0, 60.0
CONFIDENT = 0.45
"""Confidence from which a place is believed: of 36 scenes with one source it kept 34, of 18 with two sources 2."""

_WIDTH = 240
_IMAGES_PER_S = 10
_LEAST_IMAGES_PER_S = 5.0
_QUIETEST = 1e-4
_CUT = 12.0
_STILL_PX = 1e-3
_SHAKE = 1.5
_PARALLAX_PRIOR = 0.02
_LAGS = (-1, 0, 1)
_CHANCES = 24
_ALIKE = 0.6
_WEAKEST = 0.25
_WIDEST = 0.6

Maps = NDArray[np.float32]
"""(images, rows, columns) of places."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a video.

    Parameters
    ----------
    column, row
        The middle of the sounding thing, 0..1 from the picture's upper left.
    width
        How much of the picture's width moves with it, 0..1.
    confidence
        0..1: agreement times solitude, as `find_source` explains.
    reason
        Why the place is not to be used; "" when it is.
    """

    column: float = 0.5
    row: float = 0.5
    width: float = 0.0
    confidence: float = 0.0
    reason: str = ""


def find_source(path: Path) -> Finding:
    """Find where in a video the sounding thing is, or say why that cannot be told; never raises for a bad file.

    Every place's motion over time is compared with the sound's loudness, its change and its onsets. The found thing is
    whatever moves like the place whose motion goes with the sound by the largest amount. Its confidence is the product
    of two figures between 0 and 1:

    agreement
        How much of that amount is more than chance: 1 - mean of the same amount, anywhere in the picture, for the
        sound shifted against the picture in 24 ways / amount.
    solitude
        How little else moves: 1 - largest motion elsewhere that is not the thing's own / the thing's motion. With
        several sources in view it is low.

    Confidences under `CONFIDENT` are refused.
    """
    try:
        steps, sound = _watch(path)
    except ClipError as error:
        return Finding(reason=str(error))
    except _Unsuitable as reason:
        return Finding(reason=str(reason))
    return locate(steps, sound)


def locate(steps: Sequence[Step], sound: NDArray[np.float32]) -> Finding:
    """Find the source from the steps between pictures, ten per second, and the mono sound at 16 kHz over them."""
    motion = _own_motion(steps)
    course = motion - motion.mean(axis=0)  # (T, rows, columns)
    features = _features(sound, len(steps) + 1)[:, 1:]
    amounts = _amounts(course, features)
    peak = np.unravel_index(int(amounts.argmax()), amounts.shape)
    amount = float(amounts[peak])
    if motion.max() < _STILL_PX or amount <= 0:
        return Finding(reason="nothing moves in the picture; film the source while it sounds")
    shifts = np.linspace(0.15, 0.85, _CHANCES) * len(steps)
    by_chance = [float(_amounts(course, np.roll(features, round(shift), axis=1)).max()) for shift in shifts]
    agreement = max(0.0, 1 - float(np.mean(by_chance)) / amount)
    likeness = _likeness(course, course[:, peak[0], peak[1]])
    thing = (likeness > _ALIKE) & (amounts > _WEAKEST * amount)
    share = np.where(thing, amounts, 0) / amounts[thing].sum()
    columns = (np.arange(amounts.shape[1]) + 0.5) / amounts.shape[1]
    rows = (np.arange(amounts.shape[0]) + 0.5) / amounts.shape[0]
    column, row = float((share.sum(axis=0) * columns).sum()), float((share.sum(axis=1) * rows).sum())
    reached = columns[thing.any(axis=0)]
    width = float(reached.max() - reached.min()) + 1 / len(columns)
    typical = motion.mean(axis=0)
    elsewhere = np.abs(columns - column) > max(0.1, width / 2 + 0.03)
    others = np.where(thing, 0, typical * (1 - np.clip(likeness, 0, 1) ** 2))[:, elsewhere]
    solitude = max(0.0, 1 - float(others.max(initial=0)) / float(typical[thing].max()))
    confidence = round(agreement * solitude, 3)
    reason = ""
    if width > _WIDEST:
        reason = f"what goes with the sound fills {width:.0%} of the width; accepted: {_WIDEST:.0%}; film from farther"
    elif confidence < CONFIDENT and agreement < solitude:
        reason = f"too little moves with the sound (agreement {agreement:.2f}); a longer clip may tell"
    elif confidence < CONFIDENT:
        reason = f"other things move too (solitude {solitude:.2f}); film one source alone"
    return Finding(round(column, 4), round(row, 4), round(width, 4), confidence, reason)


class _Unsuitable(Exception):
    """Why a readable clip cannot be used."""


def _watch(path: Path) -> tuple[list[Step], NDArray[np.float32]]:
    clip = Clip.open(path)
    if not clip.has_picture:
        raise _Unsuitable("it has no picture")
    if not SHORTEST_S <= clip.duration_s <= LONGEST_S:
        lengths = f"{SHORTEST_S:.0f} to {LONGEST_S:.0f} s"
        raise _Unsuitable(f"it lasts {clip.duration_s:.1f} s; accepted: {lengths}; cut it into such pieces")
    if clip.image_rate < _LEAST_IMAGES_PER_S:
        raise _Unsuitable(
            f"it has {clip.image_rate:.1f} pictures per second; accepted: {_LEAST_IMAGES_PER_S:.0f} or more"
        )
    sound = clip.audio(SAMPLE_RATE).mean(axis=0)
    if sound.size == 0 or float(np.sqrt((sound**2).mean())) < _QUIETEST:
        raise _Unsuitable("its sound is silent")
    motion, steps = Motion(), list[Step]()
    height = max(40, round(_WIDTH * clip.height / clip.width))
    for time_s, image in clip.images(fps=_IMAGES_PER_S, max_width=2 * _WIDTH):
        step = motion.step(fit(image, _WIDTH, height).mean(axis=2, dtype=np.float32))
        if step is None:
            continue
        if step.misfit > _CUT:
            raise _Unsuitable(f"the picture is cut at {time_s:.1f} s; split the video there")
        steps.append(step)
    return steps, sound


def _own_motion(steps: Sequence[Step]) -> Maps:
    """Return how far each place moves in each step beyond the shake that all share, after parallax is taken away.

    What stands near or far moves otherwise than the rest when the camera does, by an amount that follows the camera's:
    a linear regression, with a little prior for no such motion, takes it away.
    """
    shifts = np.stack([step.shifts for step in steps])  # (T, 2, rows, columns)
    count = len(shifts)
    camera = np.stack([step.camera for step in steps])
    camera = np.concatenate([np.ones((count, 1)), camera], axis=1)  # (T, 7)
    flat = shifts.reshape(count, -1)
    prior = np.diag([1e-6, *[_PARALLAX_PRIOR * count] * 6])
    flat = flat - camera @ np.linalg.solve(camera.T @ camera + prior, camera.T @ flat)
    moved = np.linalg.norm(flat.reshape(shifts.shape), axis=1)
    moved = np.maximum(moved - _SHAKE * np.median(moved, axis=(1, 2), keepdims=True), 0)
    rows, columns = moved.shape[1] // 2, moved.shape[2] // 2
    pairs = moved[:, : 2 * rows, : 2 * columns].reshape(count, rows, 2, columns, 2).mean(axis=(2, 4))
    return np.asarray(gaussian_filter(pairs, (0, 0.6, 0.6)), np.float32)


def _features(sound: NDArray[np.float32], images: int) -> NDArray[np.float32]:
    """Return the loudness, its change, and the mean and strongest onset around each picture, (4, images)."""
    hop, n_fft = 160, 512
    per_image = SAMPLE_RATE // _IMAGES_PER_S // hop
    hops = images * per_image
    padded = np.zeros(hops * hop + n_fft, np.float32)
    heard = sound[: hops * hop]
    padded[n_fft // 2 : n_fft // 2 + len(heard)] = heard
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop][:hops] * np.hanning(n_fft)
    edges = np.unique(np.geomspace(3, n_fft // 2, 20).astype(int))
    bands = np.add.reduceat(np.abs(np.fft.rfft(frames))[:, : n_fft // 2], edges[:-1], axis=1)
    level = np.log(bands + 1e-3 * bands.max() + 1e-9)
    onset = np.maximum(np.diff(level, axis=0, prepend=level[:1]), 0).mean(axis=1).reshape(images, per_image)
    loudness = np.sqrt((padded[n_fft // 2 : n_fft // 2 + hops * hop].reshape(images, -1) ** 2).mean(axis=1))
    change = np.abs(np.diff(loudness, prepend=loudness[:1]))
    return np.stack([loudness, change, onset.mean(axis=1), onset.max(axis=1)]).astype(np.float32)


def _amounts(course: Maps, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return by how many pixels each place's motion goes with the sound: the best of all features and lags."""
    heard = np.concatenate([np.roll(features, lag, axis=1) for lag in _LAGS])
    heard = heard - heard.mean(axis=1, keepdims=True)
    heard /= heard.std(axis=1, keepdims=True) + 1e-9
    count = len(course)
    covariances = heard @ course.reshape(count, -1) / count
    return np.maximum(covariances.max(axis=0), 0).reshape(course.shape[1:])


def _likeness(course: Maps, one: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the correlation of each place's motion with one place's."""
    covariance = np.tensordot(one, course, axes=1) / len(one)
    return covariance / (course.std(axis=0) * one.std() + 1e-9)
