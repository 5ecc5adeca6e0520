"""Cues as the where-network and the people detectors would give them in a scene, right and wrong: to train on.

A training scene lasts less than a second and has one picture; what a network finds in four seconds of video is drawn
instead: each band's map shows the sources by their shares of that band, blurred, mixed up between the bands, on the
wrong thing now and then, or not at all. The mask network learns how far to trust it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.scenes import SceneSample
from models.scenes.classes import BY_NAME
from realtime.cues import COLUMNS, CUES, ROWS, Person, bump, cue_maps
from realtime.hearing import BANDS, EDGES_HZ

ABSENT = 0.35
"""Share of scenes without any map of motion and sound, as with a photograph; the same again for people."""
BAND_ABSENT = 0.1
WRONG = 0.12
"""Share of maps that mostly show the wrong thing."""
PERSON_SEEN, OTHER_SEEN = 0.6, 0.08
"""Chances that what is a person, and what is none, is taken for one."""
FALSE_PEOPLE = 0.3
"""Mean number of people seen where nothing is."""


def simulated(scene: SceneSample, rng: np.random.Generator) -> NDArray[np.float32]:
    """Cues for a scene: (CUES, 7, 28)."""
    maps = None if rng.random() < ABSENT else _where(scene, rng)
    people = [] if rng.random() < ABSENT else _people(scene, rng)
    return cue_maps(maps, people)


def none_of(_: SceneSample, __: np.random.Generator) -> NDArray[np.float32]:
    """Cues of a photograph."""
    return np.zeros((CUES, ROWS, COLUMNS), np.float32)


def _where(scene: SceneSample, rng: np.random.Generator) -> NDArray[np.float64]:
    """Probabilities (BANDS, 7, 28)."""
    spread = rng.uniform(0.02, 0.06)
    shifts = rng.normal(0, 0.015, (len(scene.columns), 2))
    blobs = np.stack(
        [
            _blob(row + shift[0], column + shift[1], spread) if np.isfinite(column) else np.zeros((ROWS, COLUMNS))
            for row, column, shift in zip(scene.rows, scene.columns, shifts, strict=True)
        ]
    )
    shares = _shares(scene)
    mixed = rng.random()
    shares = (1 - mixed) * shares + mixed * shares.mean(0)
    maps = np.einsum("bs,src->brc", shares, blobs)
    maps += (1 - maps.sum((1, 2), keepdims=True)) * rng.uniform(0, 1) / (ROWS * COLUMNS)  # the unseen: anywhere
    wrong_for_all = _elsewhere(scene, rng)
    for band in range(BANDS):
        wrong = wrong_for_all if rng.random() < 0.7 else _elsewhere(scene, rng)
        weight = rng.uniform(0.5, 1) if rng.random() < WRONG else rng.uniform(0, 0.35)
        maps[band] = (1 - weight) * maps[band] + weight * wrong
        faint = rng.uniform(0, 0.3)
        maps[band] = (1 - faint) * maps[band] + faint * rng.uniform(0, 1) / (ROWS * COLUMNS)
        if rng.random() < BAND_ABSENT:
            maps[band] = 0
    return maps


def _shares(scene: SceneSample) -> NDArray[np.float64]:
    """What of each band is each source's: (BANDS, sources), adds up to 1 in each band."""
    power = np.abs(np.fft.rfft(scene.binaural.mean(1))) ** 2  # (sources, frequencies)
    edges = np.array(EDGES_HZ) / 8000 * power.shape[1]
    bands = np.stack([power[:, int(low) : int(high)].sum(1) for low, high in pairwise(edges)])
    bands += 1e-6 * power.sum() / BANDS + 1e-12
    return bands / bands.sum(1, keepdims=True)


def _elsewhere(scene: SceneSample, rng: np.random.Generator) -> NDArray[np.float64]:
    """A map of what moves but is not what sounds: a silent thing, a source, or anything."""
    seen = [(thing.row, thing.column) for thing in scene.silent if np.isfinite(thing.column)]
    seen += [(row, column) for row, column in zip(scene.rows, scene.columns, strict=True) if np.isfinite(column)]
    if seen and rng.random() < 0.6:
        row, column = seen[int(rng.integers(len(seen)))]
    else:
        row, column = rng.uniform(0.2, 1.0), rng.uniform(0.0, 1.0)
    return _blob(float(row), float(column), rng.uniform(0.02, 0.08))


def _people(scene: SceneSample, rng: np.random.Generator) -> list[Person]:
    things = [(thing.class_name, thing.row, thing.column) for thing in scene.silent]
    things += [
        (source.class_name, row, column)
        for source, row, column in zip(scene.sources, scene.rows, scene.columns, strict=True)
    ]
    found: list[Person] = []
    for name, row, column in things:
        known = BY_NAME.get(name)
        person = known is not None and (known.kind == "talker" or known.held)
        if np.isfinite(column) and rng.random() < (PERSON_SEEN if person else OTHER_SEEN):
            found.append(Person(float(column + rng.normal(0, 0.02)), float(row + rng.normal(0, 0.05))))
    for _ in range(int(rng.poisson(FALSE_PEOPLE))):
        found.append(Person(float(rng.uniform(0, 1)), float(rng.uniform(0.2, 0.9))))
    return found


def _blob(row: float, column: float, spread: float) -> NDArray[np.float64]:
    """A distribution around a place."""
    blob = bump(row, column, spread) + 1e-9
    return blob / blob.sum()
