"""The paper's loss has the values that can be worked out, and each switch does what it says and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from models.batches import UNKNOWN, Batch
from models.losses import as_channels, spectra
from models.mono2binaural import Mono2Binaural
from models.paper_loss import PaperLoss, cells_near, windowed
from realtime.cues import COLUMNS, CUES, ROWS
from realtime.pictures import GREY

SAMPLES = 10_080
WIDTH = 16


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network(seed: int = 0) -> Mono2Binaural:
    torch.manual_seed(seed)
    return Mono2Binaural(width=WIDTH)


def batch_of(count: int = 2, windows: int = 1) -> Batch:
    """Each ear hears two sources at gains of its own; known classes and places."""
    gains = torch.tensor([[[1.0], [0.4]], [[0.3], [0.9]]])
    sources = 0.1 * torch.randn(count, 2, 1, windows * SAMPLES, generator=generator(1)) * gains
    image = torch.randint(0, 256, (count, 224, 448, 3), generator=generator(2), dtype=torch.uint8)
    places = torch.tensor([[0.4, 0.2], [0.5, 0.8]]).expand(count, 2, 2)
    present = torch.ones(count, 2, dtype=torch.bool)
    classes, cues = torch.tensor([[3, 17]]).expand(count, 2), torch.zeros(count, CUES, ROWS, COLUMNS)
    looks = torch.full((count, ROWS, COLUMNS), UNKNOWN)
    return Batch(sources, image, places, present, classes, torch.arange(count), cues, looks)


def loss_of(net: Mono2Binaural, batch: Batch, **options: Any) -> dict[str, Tensor]:
    torch.manual_seed(5)  # of what the switches add
    return PaperLoss(net, **options)(net, batch, generator())


class Answers(Mono2Binaural):
    """Gives these masks."""

    def __init__(self, masks: Tensor) -> None:
        super().__init__(width=WIDTH)
        self.audio_net.encode = lambda spectrum: []  # type: ignore[method-assign]  # stands in for the network
        self.audio_net.decode = lambda encoded, features: [(masks + 1) / 2]  # type: ignore[method-assign]  # as above


def test_it_is_zero_for_the_true_mask_and_the_differences_power_for_none() -> None:
    batch = batch_of()
    ears = batch.sources.sum(1)
    batch = replace(batch, sources=torch.stack((ears[:, 0], ears[:, 1].roll(5, -1)), 1)[:, None])
    ears = batch.sources.sum(1)
    mono, difference = spectra(ears.sum(1), "reflect"), spectra(ears[:, 0] - ears[:, 1], "reflect")
    truth = as_channels(difference / mono)[:, :, :-1]
    scaled = difference * (0.1 / ears.square().mean((1, 2)).sqrt())[:, None, None]
    power = float(as_channels(scaled)[:, :, :-1].square().mean())
    for factor, expected in ((1, 0.0), (0, power), (-1, 4 * power)):
        loss = loss_of(Answers(factor * truth), batch)["loss"].item()
        assert loss == pytest.approx(expected, rel=1e-4, abs=1e-8 * power)  # float32


def test_it_ignores_the_recordings_gain() -> None:
    batch, net = batch_of(), Answers(torch.zeros(2, 2, 256, 64))
    quiet, loud = (loss_of(net, replace(batch, sources=gain * batch.sources)) for gain in (0.1, 3))
    torch.testing.assert_close(quiet["loss"], loud["loss"], rtol=1e-4, atol=0)  # float32


def test_windows_of_one_sample_share_its_picture() -> None:
    net = network().eval()
    long = batch_of(windows=2)
    parts = [replace(long, sources=long.sources[..., n * SAMPLES :][..., :SAMPLES]) for n in (0, 1)]
    together = loss_of(net, long, windows=2)["loss"]
    torch.testing.assert_close(together, torch.stack([loss_of(net, part)["loss"] for part in parts]).mean())
    assert torch.equal(windowed(long.sources[:, 0], 2)[1], long.sources[0, 0, :, SAMPLES:])


def mirrored(batch: Batch) -> Batch:
    places = torch.stack((batch.places[..., 0], 1 - batch.places[..., 1]), -1)
    return replace(batch, sources=batch.sources.flip(2), image=batch.image.flip(2), places=places)


def test_mirror_swaps_ears_with_the_picture_in_half_of_the_samples() -> None:
    batch, net = batch_of(8), network()
    paper_loss = PaperLoss(net, mirror=True)
    changed = paper_loss._changed(batch, batch.draws(3, 0))
    other = mirrored(batch)
    swapped = (changed.image != batch.image).flatten(1).any(1)
    assert 0 < swapped.sum() < 8
    for n, is_swapped in enumerate(swapped.tolist()):
        source = other if is_swapped else batch
        for name in ("sources", "image", "places"):
            torch.testing.assert_close(getattr(changed, name)[n], getattr(source, name)[n])


def test_blank_share_greys_pictures_and_teaches_no_place_there() -> None:
    batch = batch_of(8)
    changed = PaperLoss(network(), blank_share=0.5)._changed(batch, batch.draws(3, 0))
    grey = (changed.image == GREY).flatten(1).all(1)
    assert 0 < grey.sum() < 8
    assert torch.equal(changed.sources, batch.sources)
    assert torch.equal(changed.image[~grey], batch.image[~grey])
    near = cells_near(changed.places, (7, 14)).flatten(1).any(1)
    assert torch.equal(near, ~grey)


def test_switches_that_are_off_change_nothing() -> None:
    net, batch = network().eval(), batch_of()
    plain = loss_of(net, batch)
    assert plain.keys() == {"difference", "loss"}
    assert torch.equal(plain["loss"], plain["difference"])
    assert not list(PaperLoss(net).parameters())


def test_every_switch_adds_its_weighted_term_and_is_taught() -> None:
    net, batch = network(), batch_of(4)
    torch.manual_seed(5)
    paper_loss = PaperLoss(net, heads_weight=0.5, flipped_weight=0.25, labels_weight=2.0)
    terms = paper_loss(net, batch, generator())
    assert terms.keys() == {"difference", "heads", "flipped", "labels", "loss"}
    total = terms["difference"] + 0.5 * terms["heads"] + 0.25 * terms["flipped"] + 2.0 * terms["labels"]
    torch.testing.assert_close(terms["loss"], total)
    terms["loss"].backward()
    untaught = [name for name, p in paper_loss.named_parameters() if p.grad is None or not p.grad.any()]
    assert untaught == []


def test_a_recording_has_no_labels_to_teach() -> None:
    net, batch = network(), batch_of()
    unknown = replace(
        batch, places=torch.full_like(batch.places, torch.nan), classes=torch.full_like(batch.classes, -1)
    )
    terms = loss_of(net, unknown, labels_weight=1.0)
    assert terms["loss"].isfinite()
    assert not cells_near(unknown.places, (7, 14)).any()


def test_cells_near_a_place_are_those_around_it() -> None:
    near = cells_near(torch.tensor([[[0.5, 0.25]]]), (7, 14))[0, 0]
    rows, columns = near.nonzero().T
    assert near.any()
    # Half of 7 rows; 0.25 of 14 columns lies on the border of columns 3 and 4 at 3.5.
    assert set(columns.tolist()) <= {2, 3, 4}
    assert set(rows.tolist()) <= {2, 3, 4}
    assert near[3, 3]


def test_a_narrow_network_learns_a_batch_by_heart() -> None:
    net = network()
    batch = batch_of()
    batch = replace(batch, sources=batch.sources[:, :1])
    paper_loss = PaperLoss(net)
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    history: list[float] = []
    for _ in range(12):
        terms = paper_loss(net, batch, generator())
        optimizer.zero_grad()
        terms["loss"].backward()
        optimizer.step()
        history.append(terms["difference"].item())
    # One source at gains of 1 and 0.4: one mask fits every bin.
    assert history[-1] < 0.5 * history[0]


def test_samples_without_labels_change_no_label_term() -> None:
    net, batch = network().eval(), batch_of(4)
    half = replace(batch, classes=torch.where(torch.arange(4)[:, None] < 2, batch.classes, -1))
    known = Batch(*(getattr(batch, field.name)[:2] for field in fields(batch)))
    mixed, alone = (loss_of(net, each, labels_weight=1.0)["labels"] for each in (half, known))
    torch.testing.assert_close(mixed, alone, rtol=1e-4, atol=1e-6)


def test_the_flipped_task_leaves_the_statistics_of_what_the_network_hears() -> None:
    states: list[dict[str, Tensor]] = []
    for options in ({}, {"flipped_weight": 1.0}):
        net = network()
        loss_of(net, batch_of(), **options)
        states.append({key: value for key, value in net.audio_net.state_dict().items() if "convlayer" in key})
    for key in states[0]:
        if key.endswith(("running_mean", "running_var")) and "up" not in key:
            assert torch.equal(states[0][key], states[1][key]), key


@pytest.mark.parametrize(
    "options", [{"windows": 0}, {"windows": 1.5}, {"heads_weight": "x"}, {"labels_weight": -1}, {"blank_share": 1.5}]
)
def test_values_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="accepted"):
        PaperLoss(network(), **options)
