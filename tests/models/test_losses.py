"""The losses are zero for the truth, have the value that can be worked out for what is not, and can be learnt."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from models import losses
from models.batches import UNKNOWN, Batch
from models.losses import PLACE_SPREAD, spectra, streaming_loss, taught_scores
from models.streaming import Streaming
from realtime.cues import COLUMNS, CUES, ROWS
from realtime.spectra import stft

SAMPLES = 3200
NOWHERE = -1e4


def small(seed: int = 0) -> Streaming:
    torch.manual_seed(seed)
    return Streaming(features=8, hidden=32, visual_width=4)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch_of(sources: Tensor, places: Tensor, seed: int = 3) -> Batch:
    """Sources (B, S, 2, N) at places (B, S, 2) in random pictures."""
    image = torch.randint(0, 256, (len(sources), 112, 224, 3), generator=generator(seed), dtype=torch.uint8)
    shape = sources.shape[:2]
    classes, indices = torch.zeros(shape, dtype=torch.int64), torch.arange(len(sources)) + 10 * seed
    cues = torch.zeros(len(sources), CUES, ROWS, COLUMNS)
    looks = torch.full((len(sources), ROWS, COLUMNS), UNKNOWN)
    return Batch(sources, image, places, torch.ones(shape, dtype=torch.bool), classes, indices, cues, looks)


def noise(*shape: int, seed: int = 1) -> Tensor:
    return 0.1 * torch.randn(*shape, generator=generator(seed))


def panned(left: float, right: float) -> Batch:
    """Two scenes of one source each, with a gain for each ear and no delay: the mask is one number."""
    return batch_of(noise(2, 1, 1, SAMPLES) * torch.tensor([[left], [right]]), torch.full((2, 1, 2), 0.5))


def two_sources() -> Batch:
    """Each ear hears both, each source at its own gains and places."""
    gains = torch.tensor([[[[1.0], [0.4]], [[0.3], [0.9]]], [[[0.6], [0.6]], [[1.0], [0.2]]]])
    places = torch.tensor([[[0.4, 0.2], [0.5, 0.8]], [[0.6, 0.5], [0.3, 0.1]]])
    return batch_of(noise(2, 2, 1, SAMPLES) * gains, places)


def heard_at(column: int, seed: int = 1) -> tuple[Tensor, float]:
    """Noise at two ears (1, 2, N) as an untrained network's table has it, and the power of the difference in mono's."""
    entry = torch.complex(*small().table[:, column].detach().T)
    points = torch.linspace(0, 256, SAMPLES // 2 + 1)
    below = points.floor().long().clamp(max=255)
    mask = torch.lerp(entry[below], entry[below + 1], (points - below).to(entry.dtype))
    spectrum = torch.fft.rfft(noise(SAMPLES, seed=seed))
    ears = torch.fft.irfft(torch.stack(((1 + mask) * spectrum, (1 - mask) * spectrum)), SAMPLES)
    return ears[None], mask.abs().square().mean().item()


def answer(network: Streaming, monkeypatch: pytest.MonkeyPatch, mask: complex) -> None:
    """Make the network's masks one number."""

    def masks(places: Tensor, bins: Tensor) -> Tensor:
        flat = torch.ones(len(places), len(bins), places.shape[1])
        return torch.stack((mask.real * flat, mask.imag * flat), 1)

    monkeypatch.setattr(network, "masks", masks)


def look(network: Streaming, monkeypatch: pytest.MonkeyPatch, logits: Tensor) -> None:
    """Make the network look by these logits (7, 28) for any sound, and never nowhere."""
    keys = torch.zeros(1, network.features + 1, 7, 28)
    keys[:, -1] = logits
    monkeypatch.setattr(network, "visual", lambda image: keys.expand(len(image), -1, -1, -1))
    torch.nn.init.zeros_(network.audio_branch.queries.weight)
    torch.nn.init.constant_(network.audio_branch.queries.get_parameter("bias"), NOWHERE)


@pytest.fixture
def quiet_microphones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "_noise", lambda batch, seed: torch.zeros(len(batch.sources), *batch.sources.shape[2:]))


def test_spectra_are_those_of_the_evaluation_but_for_the_edges() -> None:
    sound = noise(2, 3, SAMPLES)
    ours = spectra(sound)
    assert ours.shape == (2, 3, 257, 21)
    theirs = stft(sound[1, 2].numpy())
    # float32; the evaluation may pad otherwise, which two frames at each end see.
    np.testing.assert_allclose(ours[1, 2, :, 2:-2].numpy(), theirs[:, 2:19], rtol=0, atol=1e-4)


@pytest.mark.usefixtures("quiet_microphones")
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("left", "right"), [(1.0, 0.25), (0.1, 0.7), (0.5, 0.5)])
def test_difference_is_zero_for_the_true_mask_and_known_for_others(
    left: float, right: float, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, batch = small(), panned(left, right)
    truth = (left - right) / (left + right)
    for mask in (truth, 0.0, -truth, truth + 0.5j):
        answer(network, monkeypatch, mask)
        terms = streaming_loss(network, batch, generator(seed))
        # Error and mono are summed over the same bins, and |M X - D|^2 = |M - truth|^2 |X|^2 whatever the gain; the
        # power's guard of 1e-6 is 1e-3 of the softest scene's, 30 dB down.
        assert terms["difference"].item() == pytest.approx(abs(mask - truth) ** 2, rel=2e-3, abs=1e-9)
        assert (terms["compressed"].item() < 1e-9) == (mask == truth)


def test_noise_of_the_microphones_cannot_be_explained_but_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    network, batch = small(), panned(1.0, 0.25)
    answer(network, monkeypatch, 0.6)
    errors = [streaming_loss(network, batch, generator(), seed=seed)["difference"].item() for seed in range(8)]
    # -70 to -30 dB of the ears' sound, both halves of it in mono and difference.
    assert min(errors) > 0
    assert max(errors) < 3e-3
    assert len(set(errors)) == 8


@pytest.mark.usefixtures("quiet_microphones")
@pytest.mark.parametrize("column", [2, 8])
def test_a_source_heard_as_the_table_has_it_and_looked_for_there_is_explained(
    column: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = small()
    ears, apart = heard_at(column)
    batch = batch_of(ears.expand(2, 1, 2, SAMPLES), torch.full((2, 1, 2), 0.5))

    def difference(looked_at: int) -> float:
        logits = torch.full((7, 28), NOWHERE / 10)
        logits[3, looked_at] = 0
        look(network, monkeypatch, logits)
        return streaming_loss(network, batch, generator())["difference"].item()

    # Delays of up to 0.7 ms move a little of the sound across the edges of the 25 ms window.
    assert difference(column) < 0.1 * apart
    assert difference(27 - column) > 2 * apart


def test_looking_everywhere_surprises_by_the_logarithm_of_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    network = small()
    look(network, monkeypatch, torch.zeros(7, 28))
    terms = streaming_loss(network, two_sources(), generator())
    assert terms["attention"].item() == pytest.approx(math.log(196), rel=1e-4)  # float32 mean over thousands of bins


def test_looking_at_the_source_is_rewarded(monkeypatch: pytest.MonkeyPatch) -> None:
    network = small()
    row, column = (torch.arange(7) + 0.5) / 7, (torch.arange(28) + 0.5) / 28
    around = -((row - 0.3) / 2).square()[:, None] - (column - 0.2).square()
    look(network, monkeypatch, around / (2 * PLACE_SPREAD**2))

    def attention(*place: float) -> float:
        batch = batch_of(noise(2, 1, 2, SAMPLES), torch.tensor(place).expand(2, 1, 2))
        return streaming_loss(network, batch, generator())["attention"].item()

    # Looked at exactly as taught: what is left is the entropy of the taught Gaussian, and nothing is less.
    taught = torch.softmax((around / (2 * PLACE_SPREAD**2)).flatten(), 0)
    assert attention(0.3, 0.2) == pytest.approx(float(-(taught * taught.log()).nan_to_num().sum()), rel=1e-3)
    assert attention(0.3, 0.2) < attention(0.3, 0.25) < attention(0.3, 0.8)
    assert attention(0.3, 0.2) < attention(0.7, 0.2)


def test_bins_that_belong_to_nobody_are_not_taught() -> None:
    sound = noise(2, 1, 2, SAMPLES).expand(-1, 2, -1, -1)
    batch = batch_of(sound, torch.tensor([[0.5, 0.1], [0.5, 0.9]]).expand(2, 2, 2))
    assert streaming_loss(small(), batch, generator())["attention"].item() == 0


def test_the_total_is_the_weighted_sum_of_its_terms() -> None:
    terms = streaming_loss(small(), two_sources(), generator())
    total = terms["difference"] + losses.COMPRESSED_WEIGHT * terms["compressed"]
    torch.testing.assert_close(terms["loss"], total + losses.ATTENTION_WEIGHT * terms["attention"])


def test_the_seeds_alone_decide() -> None:
    network, batch = small(), two_sources()
    first, again, other = (streaming_loss(network, batch, generator(seed)) for seed in (5, 5, 6))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["loss"], other["loss"])
    assert not torch.equal(first["loss"], streaming_loss(network, batch, generator(5), seed=1)["loss"])


def test_the_same_sample_is_changed_alike_in_any_batch() -> None:
    network, batch = small().eval(), two_sources()
    whole = streaming_loss(network, batch, generator())
    halves = [
        streaming_loss(network, Batch(*(getattr(batch, f.name)[n : n + 1] for f in fields(batch))), generator())
        for n in (0, 1)
    ]
    # The attention's mean is over bins, of which the samples have different numbers.
    for name in ("difference", "compressed"):
        torch.testing.assert_close((halves[0][name] + halves[1][name]) / 2, whole[name], rtol=1e-4, atol=0)


def test_a_recording_teaches_without_known_places() -> None:
    batch = two_sources()
    network = small()
    terms = streaming_loss(network, replace(batch, places=torch.full_like(batch.places, torch.nan)), generator())
    assert terms["attention"].item() == 0
    terms["loss"].backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())
    torch.testing.assert_close(terms["difference"], streaming_loss(network, batch, generator())["difference"])


def test_a_silent_source_is_nobodys_place() -> None:
    batch, network = two_sources(), small()
    padded = replace(
        batch,
        sources=torch.cat((torch.zeros(2, 1, 2, SAMPLES), batch.sources), 1),
        places=torch.cat((torch.zeros(2, 1, 2), batch.places), 1),
    )
    without, with_silence = (streaming_loss(network, each, generator()) for each in (batch, padded))
    for name, term in without.items():
        torch.testing.assert_close(with_silence[name], term, rtol=1e-4, atol=1e-6)  # float32 sums in another order


def test_silence_has_a_finite_loss_and_gradient() -> None:
    network = small()
    terms = streaming_loss(network, batch_of(torch.zeros(2, 1, 2, SAMPLES), torch.full((2, 1, 2), 0.5)), generator())
    terms["loss"].backward()
    assert all(term.isfinite() for term in terms.values())
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())


def test_every_weight_is_taught() -> None:
    network = small()
    # A band's memory adds nothing at first, so its own weights are taught from the second step on.
    torch.nn.init.normal_(network.audio_branch.bands.out.weight, std=0.1)
    streaming_loss(network, two_sources(), generator())["loss"].backward()
    untaught = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert untaught == []


def test_taught_scores_are_logits_averaged_over_a_gaussian_around_the_place() -> None:
    network, batch = small(), two_sources()
    queries = torch.randn(2, 4, 5, 9, generator=generator(7))
    features = torch.randn(2, 9, 7, 28, generator=generator(8))
    logits = network.logits(queries, features)[..., :-1].reshape(2, 4, 5, 7, 28).double()
    scores = taught_scores(network, queries, features, batch.places)
    assert scores.shape == (2, 4, 5, 2)
    for b in range(2):
        for s in range(2):
            weights = torch.zeros(7, 28, dtype=torch.double)
            for r in range(7):
                for c in range(28):
                    down = float((r + 0.5) / 7 - batch.places[b, s, 0]) * 112
                    right = float((c + 0.5) / 28 - batch.places[b, s, 1]) * 224
                    weights[r, c] = math.exp(-(down**2 + right**2) / (2 * (PLACE_SPREAD * 224) ** 2))
            expected = (logits[b] * weights / weights.sum()).sum((-2, -1))
            # float32 sums of 196 places
            torch.testing.assert_close(scores[b, ..., s].double(), expected, rtol=0, atol=1e-5)


def test_a_tiny_network_learns_a_batch_by_heart() -> None:
    network = small()
    places = torch.tensor([[[0.5, 3.5 / 28]], [[0.5, 1 - 3.5 / 28]]])
    left = heard_at(3)[0]
    batch = batch_of(torch.stack((left, left.flip(1))), places)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    history: list[dict[str, float]] = []
    for _ in range(20):
        terms = streaming_loss(network, batch, generator())
        optimizer.zero_grad()
        terms["loss"].backward()
        optimizer.step()
        history.append({name: term.item() for name, term in terms.items()})
    first, last = history[0], history[-1]
    # Seen: 0.01, 0.03 and 0.45; the attention cannot fall below the taught Gaussian's entropy of 2.3.
    assert last["difference"] < 0.1 * first["difference"]
    assert last["compressed"] < 0.1 * first["compressed"]
    assert last["attention"] < 0.6 * first["attention"]
