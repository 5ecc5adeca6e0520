"""Cues lie where what they speak of lies, whatever the grid that they came from."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.cues import BANDS, COLUMNS, CUES, ROWS, Person, cue_maps


def test_nothing_known_is_all_zero() -> None:
    maps = cue_maps(None)
    assert maps.shape == (CUES, ROWS, COLUMNS)
    assert not maps.any()


@pytest.mark.parametrize(("rows", "columns"), [(7, 28), (14, 28), (14, 56)])
def test_a_place_stays_where_it_is(rows: int, columns: int) -> None:
    places = np.zeros((BANDS, rows, columns))
    for band in range(BANDS):
        places[band, rows // 2, band * columns // BANDS] = 1.0
    maps = cue_maps(places)
    for band in range(BANDS):
        row, column = np.unravel_index(maps[band].argmax(), (ROWS, COLUMNS))
        assert (int(row), int(column)) == (ROWS // 2, band * COLUMNS // BANDS)
        assert np.count_nonzero(maps[band]) == 1
    assert not maps[BANDS].any()


def test_a_map_that_knows_nothing_is_flat_and_a_mirrored_one_gives_mirrored_cues() -> None:
    flat = cue_maps(np.full((BANDS, ROWS, COLUMNS), 1 / (ROWS * COLUMNS)))
    assert np.ptp(flat[:BANDS]) < 1e-6
    places = np.random.default_rng(0).random((BANDS, ROWS, COLUMNS))
    np.testing.assert_allclose(cue_maps(places[..., ::-1]), cue_maps(places)[..., ::-1], rtol=1e-5)


def test_people_are_bumps_where_they_stand() -> None:
    maps = cue_maps(None, [Person(0.25, 0.5), Person(0.8, 0.5)])
    over_columns = maps[BANDS].max(0)
    assert over_columns[[6, 7]].min() > 0.8
    assert over_columns[22] > 0.8
    assert over_columns[[0, 14, 27]].max() < 0.01
    assert not maps[:BANDS].any()
