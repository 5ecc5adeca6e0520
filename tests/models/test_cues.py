"""Cues in training: what is drawn for a scene is mostly right, and the network uses, grows and mirrors them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from models.batches import AMBIENCE, Again, SceneMaterial, collate
from models.cues import simulated
from models.losses import streaming_loss
from models.scenes import SceneSample, Source
from models.streaming import Streaming
from models.validation import validate
from realtime.cues import COLUMNS, CUES, ROWS
from realtime.hearing import BANDS

RATE = 16_000


def scene(columns: tuple[float, ...], *, names: tuple[str, ...] = (), noise: float = 0.0) -> SceneSample:
    """Sources of one band each, from the lowest on, at these columns."""
    rng = np.random.default_rng(1)
    time_s = np.arange(RATE // 2) / RATE
    tones = [np.sin(2 * np.pi * hz * time_s) for hz in (200, 600, 1800, 4000)[: len(columns)]]
    sound = np.repeat(np.stack(tones)[:, None], 2, axis=1)
    sources = tuple(Source((names or ("violin",) * 4)[n], 0, 0, 2, 0, 0, 0.5) for n in range(len(columns)))
    return SceneSample(
        binaural=(0.1 * sound).astype(np.float32),
        image=np.full((112, 224, 3), 90, np.uint8),
        columns=np.array(columns, np.float32),
        rows=np.full(len(columns), 0.5, np.float32),
        sources=sources,
        ambience=(noise * rng.standard_normal((2, RATE // 2))).astype(np.float32) if noise else None,
    )


def drawn(given: SceneSample, count: int = 300) -> np.ndarray:
    return np.stack([simulated(given, np.random.default_rng(n)) for n in range(count)])


def test_maps_are_absent_as_often_as_stated_and_mostly_right() -> None:
    maps = drawn(scene((0.2,)))
    assert maps.shape == (300, CUES, ROWS, COLUMNS)
    there = maps[:, :BANDS].any((1, 2, 3))
    assert 0.55 < there.mean() < 0.75
    # Where there is one, the lowest band's likeliest column is the source's in most scenes, and not in all.
    lowest = maps[there, 0]
    lowest = lowest[lowest.any((1, 2))]
    right = np.abs((lowest.max(1).argmax(1) + 0.5) / COLUMNS - 0.2) < 0.08
    assert 0.75 < right.mean() < 0.97


def test_each_band_shows_the_source_that_it_belongs_to_more_than_the_other() -> None:
    maps = drawn(scene((0.2, 0.8)))
    low, next_band = maps[:, 0].max(1).mean(0), maps[:, 1].max(1).mean(0)  # (columns,)
    left, right = slice(3, 9), slice(19, 25)
    assert low[left].max() > 1.2 * low[right].max()
    assert next_band[right].max() > 1.2 * next_band[left].max()


def test_a_source_out_of_sight_leaves_its_band_without_a_place() -> None:
    seen, hidden = drawn(scene((0.5,)))[:, 0].max((1, 2)), drawn(scene((float("nan"),)))[:, 0].max((1, 2))
    assert hidden.mean() < 0.6 * seen.mean()


def test_people_are_found_more_often_than_what_is_none() -> None:
    def found(name: str) -> float:
        near = drawn(scene((0.3,), names=(name,)))[:, BANDS, :, 7:10].max((1, 2))
        return float((near > 0.5).mean())

    assert found("woman") > found("piano") + 0.2


class Sampler:
    """Stands in for a scene sampler."""

    seed = 4

    def __init__(self, given: SceneSample) -> None:
        self.given = given
        self.calls = 0

    def scene(self, index: int) -> SceneSample:
        del index
        self.calls += 1
        return self.given


def test_ambience_is_heard_but_is_no_source() -> None:
    material = SceneMaterial(Sampler(scene((0.2, 0.8), noise=0.01)), simulated)  # type: ignore[arg-type] - stands in
    sample = material.sample(0)
    assert sample.classes.tolist()[-1] == AMBIENCE
    assert np.isnan(sample.places[-1]).all()
    batch = collate([(0, sample)])
    assert batch.present.tolist() == [[True, True, False]]
    assert batch.sources.shape[1] == 3
    assert batch.cues.shape == (1, CUES, ROWS, COLUMNS)
    assert sample.cues is not None
    np.testing.assert_array_equal(batch.cues[0], material.sample(0).cues)


def test_scenes_that_come_again_are_not_made_again() -> None:
    sampler = Sampler(scene((0.4,)))
    material = Again(SceneMaterial(sampler), 3)  # type: ignore[arg-type] - stands in
    samples = [material.sample(index) for index in range(9)]
    assert sampler.calls == 3
    assert samples[8].sources.dtype == np.float32
    np.testing.assert_allclose(samples[8].sources, sampler.given.binaural, atol=1e-4)


def network(cues: int = CUES) -> Streaming:
    torch.manual_seed(0)
    made = Streaming(features=8, hidden=32, visual_width=4, cues=cues)
    for layer in (made.visual_branch.layers[-1], made.audio_branch.queries):
        torch.nn.init.normal_(layer.get_parameter("weight"), std=1.0)
    return made.eval()


def spectra(seed: int = 2) -> Tensor:
    return torch.randn(1, 2, 257, 6, generator=torch.Generator().manual_seed(seed))


def image(seed: int = 3) -> Tensor:
    return torch.randint(0, 256, (1, 112, 224, 3), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def test_mirrored_cues_and_picture_swap_the_ears() -> None:
    cues = torch.rand(1, CUES, ROWS, COLUMNS, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        plain, _ = network()(spectra(), image(), cues)
        mirrored, _ = network()(spectra(), image().flip(2), cues.flip(3))
    torch.testing.assert_close(mirrored, -plain, atol=1e-5, rtol=1e-4)
    assert plain.abs().max() > 0.01


def test_cues_count_and_zero_cues_are_no_cues() -> None:
    cues = torch.zeros(1, CUES, ROWS, COLUMNS)
    with torch.no_grad():
        without, _ = network()(spectra(), image())
        zero, _ = network()(spectra(), image(), cues)
        cues[:, :, 3, 4] = 2.0
        some, _ = network()(spectra(), image(), cues)
    assert torch.equal(without, zero)
    assert (some - zero).abs().max() > 0.01


def test_a_network_without_cues_grows_them_and_computes_the_same_at_first() -> None:
    plain, grown = network(0), network()
    grown.adopt(plain.state_dict())
    cues = torch.rand(1, CUES, ROWS, COLUMNS, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        torch.testing.assert_close(grown(spectra(), image(), cues)[0], plain(spectra(), image())[0])
    again = network()
    again.adopt(grown.state_dict())
    with pytest.raises(RuntimeError):
        plain.adopt(grown.state_dict())


def test_a_blank_picture_in_training_leaves_the_cues_to_learn_from() -> None:
    samples = [SceneMaterial(Sampler(scene((0.2,))), simulated).sample(n) for n in range(12)]  # type: ignore[arg-type]
    batch = collate(list(enumerate(samples)))
    made = network()
    made.requires_grad_(False)
    seen, blank = (
        streaming_loss(made, batch, torch.Generator().manual_seed(0), blank_share=share)["loss"] for share in (0.0, 1.0)
    )
    assert not torch.equal(seen, blank)
    batch.image[:] = 128
    cueless = batch.cues[:, :BANDS].amax((1, 2, 3)) == 0
    assert cueless.any()
    grey = streaming_loss(made, batch, torch.Generator().manual_seed(0))["loss"]
    # Samples without maps keep their pictures, so it is not the loss of grey pictures alone.
    assert not torch.equal(blank, grey)


def test_validation_says_what_cues_give() -> None:
    class Material:
        def sample(self, index: int):
            rng = np.random.default_rng(index)
            made = SceneMaterial(Sampler(scene((0.2,))), simulated).sample(index)  # type: ignore[arg-type]
            ears = made.sources * rng.uniform(0.2, 1, (1, 2, 1)).astype(np.float32)
            return type(made)(ears, made.image, made.places, made.classes, made.cues)

    scores = validate(network(), Material(), 4)
    assert {"cued", "cues"} <= scores.keys()
    assert scores["cued"] != scores["score"]
    assert not {"cued", "cues"} & validate(network(0), Material(), 4).keys()
