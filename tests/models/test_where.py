"""The where-network: what it is taught, that mirrors and bands do to it what they must, its training and its file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.scenes.classes import CLASSES
from models.training_config import TrainingConfig
from models.where.evaluate import columns, main, overlay, report
from models.where.maps import MOST, Maps, Sounds, powers
from models.where.network import COLUMNS, ROWS, SLOTS, Where, by_band, probabilities
from models.where.task import MapBatch, WhereTask, cross_entropy, judge
from realtime.hearing import BANDS, FEATURES, powers_of
from realtime.stft import StreamingSTFT
from realtime.where import Map


class Bank:
    """Bursts of noise, another colour and rhythm for each class, in the place of the sound bank."""

    def segment(self, class_name: str, samples: int, split: str, rng: np.random.Generator) -> NDArray[np.float32]:
        number = [kind.name for kind in CLASSES].index(class_name)
        own = np.random.default_rng([number, int(rng.integers(1000)), len(split)])
        noise = np.convolve(own.normal(size=samples), own.normal(size=4), "same")
        gate = np.repeat(own.random(samples // 2000 + 1) < 0.35, 2000)[:samples]
        return (0.05 * noise * (gate + 0.01)).astype(np.float32)


@pytest.fixture(scope="module")
def sounds() -> Sounds:
    short = {"train": (1, 8.0), "test": (1, 8.0)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.where.maps.SEGMENTS", short)
        return Sounds("train", Bank())  # pyright: ignore[reportArgumentType] - segments are all that is asked for


@pytest.fixture
def network() -> Where:
    """Small, and as after training: what is heard and seen counts to the end."""
    torch.manual_seed(0)
    network = Where(filters=4, hidden=8).eval()
    for name, weight in network.named_parameters():
        if weight.ndim > 1:
            weight.data *= 1 if name.startswith("sound") else 4
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.uniform_(0, 0.2)
    return network


def test_a_sample_depends_on_its_number_and_seed_alone(sounds: Sounds) -> None:
    first, again, other = Maps(sounds, 1).sample(5), Maps(sounds, 1).sample(5), Maps(sounds, 2).sample(5)
    for name in ("motion", "sound", "target", "weight"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.motion, other.motion)


def test_samples_say_where_the_energy_of_each_band_is(sounds: Sounds) -> None:
    maps = Maps(sounds, 3)
    samples = [maps.sample(number) for number in range(40)]
    counts = [int((sample.energies.sum(0) > 0).sum()) for sample in samples]
    assert set(counts) == set(range(1, MOST + 1))
    for sample, count in zip(samples, counts, strict=True):
        assert sample.motion.shape == (SLOTS, ROWS, COLUMNS)
        assert sample.sound.shape == (SLOTS, FEATURES)
        assert sample.motion.min() >= 0
        np.testing.assert_allclose(sample.target.sum(1), 1, atol=1e-5)
        assert ((sample.weight > 0) & (sample.weight <= 1)).all()
        shares = sample.energies / sample.energies.sum(1, keepdims=True)
        here = sample.target[:, :-1].reshape(BANDS, ROWS, COLUMNS)
        away = [number for number in range(count) if np.isnan(sample.places[number, 0])]
        np.testing.assert_allclose(sample.target[:, -1], shares[:, away].sum(1), atol=1e-5)
        if count == 1 and not away:
            row, column = sample.places[0]
            assert abs((here[0].sum(0) @ np.arange(COLUMNS)) - column) < 0.6
            assert abs((here[0].sum(1) @ np.arange(ROWS)) - row) < 0.6
    assert any(np.isnan(s.places[:n, 0]).any() for s, n in zip(samples, counts, strict=True))


def test_players_move_in_time_with_their_sound(sounds: Sounds) -> None:
    maps = Maps(sounds, 4)
    found: list[float] = []
    for number in range(60):
        sample = maps.sample(number, 1)
        row, column = np.round(sample.places[0]).astype(int)
        onsets, cell = sample.sound[:, -2], sample.motion[:, row, column]
        lagged = [np.corrcoef(np.roll(onsets, lag), cell)[0, 1] for lag in range(-1, 4) if cell.std() > 0]
        elsewhere = sample.motion[:, row, (column + COLUMNS // 2) % COLUMNS]
        others = [np.corrcoef(np.roll(onsets, lag), elsewhere)[0, 1] for lag in range(-1, 4) if elsewhere.std() > 0]
        if lagged and others:
            found.append(max(lagged) - max(others))
    assert np.median(found) > 0.1


def test_sounds_are_heard_as_they_are_live() -> None:
    sound = np.random.default_rng(0).normal(size=4000).astype(np.float32)
    stft = StreamingSTFT(16_000, 16_000, 512, 160, 400)
    live = [powers_of(stft.spectrum(sound[k * 160 : k * 160 + 400])) for k in range(22)]
    np.testing.assert_allclose(powers(sound)[:22], np.stack(live), rtol=1e-3)


def test_mirrored_motion_gives_the_mirrored_map(network: Where) -> None:
    generator = torch.Generator().manual_seed(0)
    motion = torch.rand(2, SLOTS, ROWS, COLUMNS, generator=generator).square()
    sound = torch.randn(2, SLOTS, FEATURES, generator=generator)
    with torch.no_grad():
        places, nowhere = probabilities(network(sound, network.visual(motion)))
        mirrored, as_nowhere = probabilities(network(sound, network.visual(motion.flip(-1))))
    torch.testing.assert_close(places.flip(-1), mirrored)
    torch.testing.assert_close(nowhere, as_nowhere)
    torch.testing.assert_close(places.sum((2, 3)) + nowhere, torch.ones(2, BANDS))
    assert float((places - mirrored).abs().max()) > 1e-4


def test_bands_change_places_with_their_sounds(network: Where) -> None:
    generator = torch.Generator().manual_seed(1)
    features = network.visual(torch.rand(1, SLOTS, ROWS, COLUMNS, generator=generator))
    sound = torch.randn(1, SLOTS, FEATURES, generator=generator)
    order = [1, 0, 3, 2]
    halves = [2 * band + half for band in order for half in range(2)]
    swapped = sound[
        :, :, [*halves, *(8 + band for band in order), *(12 + band for band in order), *range(16, FEATURES)]
    ]
    torch.testing.assert_close(by_band(swapped), by_band(sound)[:, order])
    with torch.no_grad():
        torch.testing.assert_close(network(swapped, features), network(sound, features)[:, order])


def test_stillness_and_silence_are_finite(network: Where) -> None:
    with torch.no_grad():
        still = network(torch.zeros(1, SLOTS, FEATURES), network.visual(torch.zeros(1, SLOTS, ROWS, COLUMNS)))
    assert bool(torch.isfinite(still).all())


def test_a_few_steps_teach_it(sounds: Sounds) -> None:
    torch.manual_seed(0)
    network = Where(filters=6, hidden=12)
    maps = Maps(sounds, 5)
    batch = MapBatch.of([maps.sample(number, 1) for number in range(10)])
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    losses: list[float] = []
    for _ in range(15):
        loss = cross_entropy(network(batch.sound, network.visual(batch.motion)), batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.7


def test_judging(sounds: Sounds) -> None:
    maps = Maps(sounds, 6)
    samples = [maps.sample(number, 2) for number in range(12)]
    truth = torch.from_numpy(np.log(np.stack([sample.target for sample in samples]) + 1e-9))
    right = judge(truth, samples)
    assert right["near"] == right["band"] == 1
    assert right["other"] == 0
    assert judge(torch.zeros_like(truth), samples)["near"] < 0.6
    swapped = [
        np.concatenate(
            (sample.target[:, :-1].reshape(BANDS, ROWS, COLUMNS)[:, :, ::-1].reshape(BANDS, -1), sample.target[:, -1:]),
            axis=1,
        )
        for sample in samples
    ]
    assert judge(torch.from_numpy(np.log(np.stack(swapped) + 1e-9)), samples)["band"] < 0.5


def test_the_task_gives_each_process_its_part(sounds: Sounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.where.task.Sounds", lambda split: sounds)
    config = TrainingConfig("where", Path("unused"), steps=3, batch_size=4, workers=0, validation_samples=3)
    task = WhereTask(config, None)
    whole = list(task.batches(1))
    assert len(whole) == 2
    halves = [list(task.batches(1, rank, 2)) for rank in range(2)]
    torch.testing.assert_close(whole[1].motion, torch.cat([half[1].motion for half in halves]))
    network = Where(filters=2, hidden=4)
    terms = task.loss(network, whole[0], torch.Generator())
    assert terms["loss"].requires_grad
    scores = task.validate(network)
    assert network.training
    assert scores["score"] > 0
    assert {"single_near", "single_most", "duet_band", "trio_other"} <= scores.keys()
    assert scores == task.validate(network)


def test_the_configuration_that_ships_is_read_and_fits() -> None:
    config = TrainingConfig.read(Path(__file__).parents[2] / "models/configs/where.toml")
    network = config.build()
    assert isinstance(network, Where)
    assert json.dumps(network.info())


def test_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = np.zeros((BANDS, ROWS, COLUMNS), np.float32)
    places[:, 3, 22] = 0.9
    places[0, 3, 22], places[0, 3, 2] = 0, 0.9
    given = Map(0, places, np.full(BANDS, 0.1, np.float32), np.full(BANDS, 1 / BANDS, np.float32), 1.0)
    found = np.stack([columns(given)] * 3)
    np.testing.assert_allclose(found[0], np.array([22.5, 2.5, 22.5, 22.5, 22.5]) / COLUMNS)
    lines = report("clip", found, 0.8)
    assert "0.80  (0.80 to 0.80)  right 100%" in lines[1]
    assert "0.09  (0.09 to 0.09)  right 0%" in lines[2]
    painted = overlay(np.full((40, 80, 3), 100, np.uint8), given)
    assert painted.shape == (40 * (1 + BANDS), 80, 3)
    reddest = painted[40:80, :, 0].astype(int) - painted[40:80, :, 2]
    assert abs(np.unravel_index(reddest.argmax(), reddest.shape)[1] / 80 - 2.5 / COLUMNS) < 0.05
    with pytest.raises(SystemExit, match="does not exist"):
        main([str(tmp_path / "none.onnx"), str(tmp_path / "none.mp4")])
    assert not capsys.readouterr().out
