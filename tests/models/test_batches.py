"""Samples become batches: by number, shared out among processes, whatever the number of sources."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.batches import Course, Drawn, Mixture, Sample, batches, collate, draws_of
from realtime.errors import ClipError


def sample(sources: int, level: float) -> Sample:
    columns = np.linspace(0.2, 0.8, sources)
    return Sample(
        np.full((sources, 2, 100), level, np.float32),
        np.full((112, 224, 3), sources, np.uint8),
        np.stack((np.full(sources, 0.4), columns), -1).astype(np.float32),
        np.arange(sources),
    )


class Counted:
    """Sample n is n everywhere."""

    def __init__(self, sign: int = 1) -> None:
        self.sign = sign

    def sample(self, index: int) -> Sample:
        return sample(1, float(self.sign * index))


def test_samples_with_different_numbers_of_sources_share_a_batch() -> None:
    batch = collate([(7, sample(1, 0.5)), (9, sample(3, 0.25))])
    assert batch.present.tolist() == [[True, False, False], [True, True, True]]
    assert batch.sources.shape == (2, 3, 2, 100)
    assert batch.sources.sum(1)[:, 0, 0].tolist() == [0.5, 0.75]
    assert batch.places[1].flatten().tolist() == pytest.approx([0.4, 0.2, 0.4, 0.5, 0.4, 0.8])
    assert batch.image[:, 0, 0, 0].tolist() == [1, 3]
    assert batch.image.dtype == torch.uint8
    assert batch.classes.tolist() == [[0, -1, -1], [0, 1, 2]]
    assert batch.indices.tolist() == [7, 9]


@pytest.mark.parametrize("workers", [0, 1])
def test_processes_share_every_batch(workers: int) -> None:
    whole = [batch.indices.tolist() for batch in batches(Counted(), 4, 2, 5, workers)]
    assert whole == [[8, 9, 10, 11], [12, 13, 14, 15], [16, 17, 18, 19]]
    parts = [
        [batch.indices.tolist() for batch in batches(Counted(), 4, 2, 5, workers, rank=rank, processes=2)]
        for rank in (0, 1)
    ]
    assert [left + right for left, right in zip(*parts, strict=True)] == whole


def test_draws_follow_the_samples_number_not_its_neighbours() -> None:
    first, second = (collate([(n, sample(1, 0.0)) for n in numbers]) for numbers in ((3, 4), (4, 9)))
    assert torch.equal(first.draws(5, 1)[1], second.draws(5, 1)[0])
    assert not torch.equal(first.draws(5, 1)[0], first.draws(5, 1)[1])
    assert not torch.equal(first.draws(5, 1), first.draws(5, 2))


def test_a_mixture_takes_its_share_and_the_same_samples_again() -> None:
    mixture = Mixture(Counted(), Counted(-1), 0.25, seed=3)
    drawn = [float(mixture.sample(index).sources[0, 0, 0]) for index in range(1, 401)]
    assert [abs(value) for value in drawn] == list(range(1, 401))
    # 100 of 400, and four standard deviations of 8.7.
    assert 65 < sum(value < 0 for value in drawn) < 135
    assert drawn == [float(mixture.sample(index).sources[0, 0, 0]) for index in range(1, 401)]


def test_a_course_changes_its_material_once() -> None:
    course = Course(Counted(), Counted(-1), 3)
    assert [float(course.sample(index).sources[0, 0, 0]) for index in range(5)] == [0, 1, 2, -3, -4]


def test_a_drawn_sample_comes_with_its_number() -> None:
    drawn = Drawn(Counted(), 5, 3)
    assert len(drawn) == 3
    assert [drawn[n][0] for n in range(3)] == [5, 6, 7]


def test_what_is_drawn_for_one_purpose_says_nothing_about_another() -> None:
    purposes = ("mixture", "loss", "augmentation", "noise", "pseudo")
    first = np.array([[draws_of(purpose, 1, index).random() for index in range(2000)] for purpose in purposes])
    correlation = np.corrcoef(first)
    # Four standard deviations of the correlation of 2000 independent pairs.
    assert np.abs(correlation - np.eye(len(purposes))).max() < 4 / np.sqrt(2000)


class Broken:
    def sample(self, index: int) -> Sample:
        raise ClipError(f"clip {index} is damaged; leave it out")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_sample_that_cannot_be_had_is_one_line(workers: int) -> None:
    with pytest.raises(ClipError) as raised:
        next(batches(Broken(), 2, 0, 1, workers))
    assert str(raised.value) == "clip 0 is damaged; leave it out"
