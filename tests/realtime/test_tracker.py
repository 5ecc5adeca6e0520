"""The tracker: it finds, follows, waits through silence, and does not run after a single wrong moment."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.cues import Person
from realtime.tracker import STEP_S, Tracker

COLUMNS = 28


def evidence(place: float, sure: float = 0.8) -> np.ndarray:
    apart = (np.arange(COLUMNS) + 0.5) / COLUMNS - place
    blob = np.exp(-0.5 * (apart / 0.03) ** 2)
    return sure * blob / blob.sum() + (1 - sure) / COLUMNS


def run(tracker: Tracker, place: float, seconds: float, loudness: float = 1.0) -> float:
    for _ in range(round(seconds / STEP_S)):
        tracker.step(evidence(place), loudness)
    return tracker.azimuth_deg


@pytest.mark.parametrize("place", [0.1, 0.35, 0.5, 0.9])
def test_a_still_source_is_found_within_two_seconds(place: float) -> None:
    tracker = Tracker(COLUMNS, 90.0)
    expected = np.degrees(np.arctan(1 - 2 * place))
    assert run(tracker, place, 2.0) == pytest.approx(expected, abs=4)


def test_the_lens_decides_the_azimuth() -> None:
    assert Tracker(COLUMNS, 60.0).azimuth_of(0.0) == pytest.approx(30.0)
    assert Tracker(COLUMNS, 90.0).azimuth_of(1.0) == pytest.approx(-45.0)


def test_a_walking_source_is_followed() -> None:
    tracker = Tracker(COLUMNS, 90.0)
    run(tracker, 0.2, 2.0)
    errors = []
    for step in range(60):  # across most of the picture in six seconds
        place = 0.2 + 0.6 * step / 60
        tracker.step(evidence(place), 1.0)
        errors.append(abs(tracker.azimuth_deg - tracker.azimuth_of(place)))
    assert np.median(errors) < 8
    assert max(errors) < 14


def test_silence_says_nothing() -> None:
    tracker = Tracker(COLUMNS, 90.0)
    found = run(tracker, 0.2, 3.0)
    assert run(tracker, 0.9, 5.0, loudness=0.0) == pytest.approx(found, abs=3)


def test_a_moment_elsewhere_does_not_move_it_but_seconds_do() -> None:
    tracker = Tracker(COLUMNS, 90.0)
    found = run(tracker, 0.2, 3.0)
    assert run(tracker, 0.8, 0.3) == pytest.approx(found, abs=8)
    assert run(tracker, 0.8, 4.0) == pytest.approx(-31, abs=4)


def test_it_moves_smoothly() -> None:
    tracker = Tracker(COLUMNS, 90.0)
    run(tracker, 0.05, 3.0)
    before, largest = tracker.azimuth_deg, 0.0
    for _ in range(40):
        azimuth = tracker.step(evidence(0.95), 1.0)
        largest, before = max(largest, abs(azimuth - before)), azimuth
    assert 5 < largest < 30  # of the 84 degrees between the two


def test_somebody_who_is_seen_decides_between_two_places_that_are_as_likely() -> None:
    tracker = Tracker(COLUMNS, 90.0)
    for _ in range(30):
        tracker.step((evidence(0.2) + evidence(0.8)) / 2, 1.0, [Person(0.8, 0.5)])
    assert tracker.place == pytest.approx(0.8, abs=0.05)
    assert tracker.belief.sum() == pytest.approx(1.0)


def test_who_walks_is_found_ahead_of_evidence_that_speaks_of_seconds_ago() -> None:
    late = {}
    for seen in (False, True):
        tracker = Tracker(COLUMNS, 90.0)
        run(tracker, 0.2, 3.0)
        for step in range(50):
            place = 0.2 + 0.4 * step / 50
            moved = evidence(place) if seen else None
            tracker.step(evidence(max(0.2, place - 0.12)), 1.0, moved=moved)
        late[seen] = abs(tracker.azimuth_deg - tracker.azimuth_of(0.6))
    assert late[True] < 0.6 * late[False]


def test_what_moves_elsewhere_without_the_sound_is_not_followed() -> None:
    tracker = Tracker(COLUMNS, 90.0)
    for _ in range(50):
        tracker.step(evidence(0.2), 1.0, moved=evidence(0.8) + 0.3 * evidence(0.2))
    assert tracker.place == pytest.approx(0.2, abs=0.05)
