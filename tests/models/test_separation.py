"""Separation learns what it is meant to: cues point to places, duets are reproducible, rows differ as they say."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.batches import Sample
from models.scenes.heads import DEFAULT_PATHS
from models.scenes.synthesis import STAMPS
from models.separation.duets import CURTAIN_GAP, LENGTH, LEVEL, MATERIAL_RATE, DuetBatch, Duets, Pool
from models.separation.evaluate import BINAURAL, BLANK, MIXTURE, MONO, evaluate, figures, generated, markdown
from models.separation.eyes import take_features
from models.separation.network import BINS, FRAMES, HOP, N_FFT, SAMPLE_RATE, Separation, average_level, expected_cues
from models.separation.task import SeparationTask, errors, heard, masks, score, spectra
from models.streaming import Streaming
from realtime.errors import DataError, EarsightError, ModelError
from tests.realtime.separation_model import write_model

SMALL: dict[str, Any] = {"eyes_width": 4, "widths": [8, 8, 12, 12, 16], "hidden": 16, "what": 8}

needs_material = pytest.mark.skipif(
    not (shutil.which("fluidsynth") and shutil.which("espeak-ng") and STAMPS.exists() and DEFAULT_PATHS[0].exists()),
    reason="the scenes' material is not installed: fluidsynth espeak-ng tuxpaint-stamps-default libmysofa1",
)


class Tones:
    """Clip k: a tone of its own, louder left when k is even; a picture bright on that side, and a little of k in it."""

    def sample(self, index: int) -> Sample:
        time_s = np.arange(2 * MATERIAL_RATE) / MATERIAL_RATE
        tone = np.sin(2 * np.pi * (200 + 150 * (index % 17)) * time_s)
        gains = np.array([1.0, 0.3] if index % 2 == 0 else [0.3, 1.0])
        image = np.full((112, 224, 3), 20 + index % 50, np.uint8)
        column = 0.25 if index % 2 == 0 else 0.75
        middle = round(column * 224)
        image[:, middle - 10 : middle + 10] = 250
        sound = (0.3 * gains[:, None] * tone).astype(np.float32)[None]
        return Sample(sound, image, np.array([[0.5, column]], np.float32), np.array([-1]))


@dataclass
class Config:
    """What the task asks of a training configuration."""

    seed: int = 3
    batch_size: int = 4
    steps: int = 2
    workers: int = 0
    validation_samples: int = 4

    def material(self, part: str, duration_s: float) -> Tones:
        assert part in ("train", "val")
        assert duration_s > LENGTH / SAMPLE_RATE
        return Tones()


def small(**options: Any) -> Separation:
    torch.manual_seed(0)
    return Separation(**{**SMALL, **options})


def same(ours: DuetBatch, theirs: DuetBatch) -> bool:
    return all(torch.equal(getattr(ours, name), getattr(theirs, name)) for name in ("shown", "other", "image", "mono"))


def test_masks_have_the_shape_of_the_spectra_for_any_length() -> None:
    network = small().eval()
    features = network.visual(torch.zeros(2, 112, 224, 3, dtype=torch.uint8))
    for frames in (16, FRAMES):
        mask = network(torch.randn(2, 2, 2, BINS, frames), features)
        assert mask.shape == (2, 2, BINS, frames)
    assert network.info()["frames"] == FRAMES
    assert LENGTH == (FRAMES - 1) * HOP


def test_the_shipped_size_is_small() -> None:
    network = Separation()
    total = sum(parameter.numel() for parameter in network.parameters())
    audio = total - sum(parameter.numel() for parameter in network.visual_half.parameters())
    assert audio < 3e6


@pytest.mark.parametrize("column", [2, 9, 20, 27])
def test_the_cues_of_a_place_fit_sound_from_there_best(column: int) -> None:
    columns = 28
    azimuth = math.atan(1 - 2 * (column + 0.5) / columns)
    delay_s = 0.0875 / 343 * (math.sin(azimuth) + azimuth)
    generator = torch.Generator().manual_seed(1)
    mono = torch.randn(1, BINS, 16, dtype=torch.complex64, generator=generator)
    frequency = (torch.arange(BINS) * SAMPLE_RATE / N_FFT)[:, None]
    # A source on the left (positive azimuth) reaches the right ear later and softer.
    right = mono * torch.polar(
        torch.full_like(frequency, 10 ** (-9 * math.sin(azimuth) / 20)), -2 * math.pi * frequency * delay_s
    )
    ears = torch.view_as_real(torch.stack((mono, right), 1)).permute(0, 1, 4, 2, 3)
    network = small()
    table = expected_cues(columns)
    maps = network.agreement(ears.expand(columns, -1, -1, -1, -1), table[..., None])
    match, aside, level = maps[:, 5].mean((1, 2)), maps[:, 6].abs().mean((1, 2)), maps[:, 7].abs().mean((1, 2))
    assert int(match.argmax()) == column
    assert int(aside.argmin()) == column
    assert abs(int(level.argmin()) - column) <= 5  # at all frequencies the same here
    assert match[column] > 0.95


def test_mono_sound_has_no_side() -> None:
    ear = torch.randn(1, 1, 2, BINS, 16)
    maps = small().agreement(ear.expand(-1, 2, -1, -1, -1), expected_cues(28)[:1, :, :, None])
    assert maps[:, 2].abs().max() < 1e-5
    assert maps[:, 4].abs().max() < 1e-5
    assert torch.equal(maps[:, 0], maps[:, 1])


def test_the_picture_matters_for_what_and_for_where() -> None:
    network = small().eval()
    nn.init.normal_(network.last.weight)
    spectrum = torch.randn(1, 2, 2, BINS, 16)
    image = torch.full((1, 112, 224, 3), 60, dtype=torch.uint8)
    other = image.clone()
    other[:, :, :60] = 200
    with torch.no_grad():
        first, second = (network(spectrum, network.visual(picture)) for picture in (image, other))
    assert (first - second).abs().max() > 1e-4


def test_a_duet_depends_on_its_number_alone() -> None:
    pool = Pool(Tones(), 9)
    duets = Duets(pool, 1, 6, mono_share=0.5, blank_share=0.5)
    again = Duets(Pool(Tones(), 9), 1, 6, mono_share=0.5, blank_share=0.5)
    late = again[1]  # drawn before batch 0 here
    assert same(duets[0], again[0])
    assert same(duets[1], late)
    assert not same(duets[0], duets[1])


def test_processes_share_a_batch() -> None:
    pool = Pool(Tones(), 9)
    whole = Duets(pool, 1, 6)[2]
    parts = [Duets(pool, 1, 6, rank=rank, processes=3)[2] for rank in range(3)]
    joined = DuetBatch(
        *(torch.cat([getattr(part, name) for part in parts]) for name in ("shown", "other", "image", "mono"))
    )
    assert same(whole, joined)
    assert all(same(part, cut) for part, cut in zip(whole.split(2), parts, strict=True))


def test_a_duet_is_two_clips_and_the_picture_of_the_first() -> None:
    batch = Duets(Pool(Tones(), 40), 5, 60)[0]
    louder_left = (batch.shown.square().sum(-1).diff(dim=1) < 0)[:, 0]
    brightness = batch.image.float().mean((1, 3))  # (B, W)
    bright_left = brightness[:, :112].amax(1) > brightness[:, 112:].amax(1)
    # Also where both were mirrored or a curtain was drawn.
    assert torch.equal(louder_left, bright_left)
    assert not torch.equal(batch.shown, batch.other)
    levels_db = 20 * torch.log10(batch.shown.square().mean((1, 2)).sqrt() / LEVEL)
    assert levels_db.abs().max() < 3.2
    assert levels_db.max() - levels_db.min() > 3


def test_duets_come_in_pairs_with_either_picture() -> None:
    batch = Duets(Pool(Tones(), 40), 5, 20, mono_share=0.5)[0]
    assert torch.equal(batch.shown[::2], batch.other[1::2])
    assert torch.equal(batch.shown[1::2], batch.other[::2])
    assert torch.equal(batch.mono[::2], batch.mono[1::2])
    assert not torch.equal(batch.image[::2], batch.image[1::2])


def test_curtains_hide_no_source() -> None:
    batch = Duets(Pool(Tones(), 40), 5, 60)[0]
    grey = (batch.image == 128).all(-1).all(1)  # (B, W)
    assert 0.3 < float(grey.any(1).float().mean()) < 0.7
    for row in range(len(grey)):
        middle = int(batch.image[row].float().mean((0, 2)).argmax())
        reach = round(CURTAIN_GAP * 224) - 12
        assert not grey[row, max(0, middle - reach) : middle + reach].any()


def test_shares_of_mono_and_blank() -> None:
    batch = Duets(Pool(Tones(), 20), 2, 200, mono_share=0.3, blank_share=0.1)[0]
    blank = (batch.image == 128).flatten(1).all(1)
    assert float(batch.mono.float().mean()) == pytest.approx(0.3, abs=0.1)
    assert float(blank.float().mean()) == pytest.approx(0.1, abs=0.07)
    sound = heard(batch)
    assert torch.equal(sound[batch.mono][:, 0], sound[batch.mono][:, 1])
    assert torch.allclose(sound[~batch.mono], (batch.shown + batch.other)[~batch.mono])


def test_the_ratio_itself_has_no_error_and_is_what_is_learnt() -> None:
    batch = Duets(Pool(Tones(), 20), 2, 6)[0]
    shown, other = spectra(batch.shown).abs(), spectra(batch.other).abs()
    ratio = shown / (shown + other + 1e-9)
    assert errors(ratio, batch).max() < 1e-5
    assert errors(1 - ratio, batch).min() > 0.5
    assert errors(torch.full_like(ratio, 0.5), batch).max() < 0.51


def test_a_few_steps_on_one_batch_bring_the_loss_down() -> None:
    network = small()
    task = SeparationTask(Config(batch_size=6), network, pool=8)  # type: ignore[arg-type]
    batch = next(task.batches(0))
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    losses: list[list[float]] = []
    for _ in range(14):
        terms = task.loss(network, batch, torch.Generator())
        optimiser.zero_grad()
        terms["loss"].backward()
        optimiser.step()
        losses.append([float(terms[name].detach()) for name in ("mask", "spectrum")])
    assert losses[-1][0] < 0.9 * losses[0][0]
    assert losses[-1][1] < losses[0][1]


def test_the_average_spectrum_of_a_tone_is_at_its_frequency() -> None:
    time_s = torch.arange(LENGTH) / SAMPLE_RATE
    tone = torch.sin(2 * math.pi * 1000 * time_s).expand(1, 2, -1)
    level = average_level(spectra(tone).abs())
    assert level.shape == (1, BINS)
    assert int(level.argmax()) == round(1000 * N_FFT / SAMPLE_RATE)
    # Whatever its gain.
    assert torch.allclose(level, average_level(spectra(0.01 * tone).abs()), atol=1e-2)


def test_batches_go_on_from_any_step() -> None:
    task = SeparationTask(Config(steps=3), small(), pool=8, mono_share=0.5)  # type: ignore[arg-type]
    whole, late = list(task.batches(0)), list(task.batches(2))
    assert len(whole) == 3
    assert len(late) == 1
    assert same(whole[2], late[0])


def test_validation_is_the_same_each_time_and_leaves_the_network_training() -> None:
    network = small().train()
    task = SeparationTask(Config(), network, pool=8)  # type: ignore[arg-type]
    scores = task.validate(network)
    assert scores == task.validate(network)
    assert network.training
    assert scores.keys() >= {"score", "mono", "blank", "binaural_snr_db", "mono_snr_db", "mixture_snr_db"}
    assert all(math.isfinite(value) for value in scores.values())


def test_rows_of_the_validation_hear_and_see_what_they_say() -> None:
    seen: list[tuple[bool, bool]] = []

    class Spy(nn.Module):
        def visual(self, image: Tensor) -> Tensor:
            return image

        def forward(self, parts: Tensor, image: Tensor) -> Tensor:
            seen.append((torch.equal(parts[:, 0], parts[:, 1]), bool((image == 128).all())))
            return torch.zeros(len(parts), 2, BINS, parts.shape[-1])

    scores = score(Spy(), Duets(Pool(Tones(), 8), 1, 4, varied=False)[0])
    assert seen == [(False, False), (True, False), (False, True)]
    # Half of the mixture, 6 dB below it, is 0 dB off a clip of the same level.
    assert scores["binaural_snr_db"] > scores["mixture_snr_db"]


def test_features_are_taken_from_a_mono_to_binaural_network(tmp_path: Path) -> None:
    torch.manual_seed(5)
    teacher = Streaming(features=4, hidden=8, visual_width=4)
    path = tmp_path / "streaming.pt"
    torch.save({"kind": "streaming", "config": {}, "model": teacher.state_dict()}, path)
    network = small()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    SeparationTask(Config(), network, features_from=str(path))  # type: ignore[arg-type]
    layer = teacher.visual_branch.layers[0]
    assert torch.equal(network.visual_half.state_dict()["layers.0.0.weight"], layer.state_dict()["0.weight"])
    after = network.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith("visual_half.") for name in changed)


def test_features_of_the_papers_network_fit_too(tmp_path: Path) -> None:
    network = small(eyes_of="mono2binaural")
    weights = {f"visual_net.{name}": value + 1 for name, value in network.visual_half.state_dict().items()}
    path = tmp_path / "paper.pt"
    torch.save({"model": weights}, path)
    wanted = {name: value + 1 for name, value in network.visual_half.state_dict().items()}
    take_features(network.visual_half, path)
    assert all(torch.equal(value, wanted[name]) for name, value in network.visual_half.state_dict().items())
    assert network.info()["image"] == {"height": 224, "width": 448}
    mask = network.eval()(
        torch.randn(1, 2, 2, BINS, 16), network.visual(torch.zeros(1, 224, 448, 3, dtype=torch.uint8))
    )
    assert mask.shape == (1, 2, BINS, 16)


def refused(error: type[EarsightError], words: str, call: Callable[[], object]) -> None:
    with pytest.raises(error, match=words) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "it is not there"),
        (b"no torch file", "gives no visual features"),
        ({"weights": 1}, "lacks 'model'"),
        ({"model": {}}, "lacks 'visual_branch"),
        ({"model": Streaming(4, 8, 3).state_dict()}, "size mismatch|same width"),
    ],
    ids=["missing", "text", "other", "empty", "other width"],
)
def test_features_that_do_not_fit_are_refused(content: object, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    refused(ModelError, words, lambda: take_features(small().visual_half, path))


def test_an_unknown_pair_of_eyes_is_refused() -> None:
    with pytest.raises(TypeError, match="known: streaming, mono2binaural"):
        small(eyes_of="cat")


def test_frozen_eyes_stay_as_they_are() -> None:
    network = small(frozen=True).train()
    before = {name: value.clone() for name, value in network.visual_half.state_dict().items()}
    image = torch.randint(0, 255, (2, 112, 224, 3), dtype=torch.uint8)
    network(torch.randn(2, 2, 2, BINS, 16), network.visual(image)).sum().backward()
    assert all(parameter.grad is None for parameter in network.visual_half.parameters())
    assert network.neck[0].weight.grad is not None
    assert all(torch.equal(value, before[name]) for name, value in network.visual_half.state_dict().items())
    assert small(frozen=True).config["frozen"] is True


def test_a_checkpoint_builds_its_network_again() -> None:
    network = small()
    again = Separation(**json.loads(json.dumps(network.config)))
    again.load_state_dict(network.state_dict())


def test_figures_are_those_of_known_disturbances() -> None:
    generator = np.random.default_rng(0)
    truth = generator.standard_normal((2, 2, 20_000))
    given = truth.copy()
    given[0] += 10 ** (-10 / 20) * truth[1]
    given[1] += 10 ** (-20 / 20) * generator.standard_normal((2, 20_000))
    # The filter of 512 taps takes 2.6 % of any disturbance for its own.
    first = figures(given[[0, 0]], truth[[0, 0]] + 1e-9 * truth[[1, 1]])
    assert math.isfinite(first["sdr_db"])
    found = figures(given, truth)
    assert found["sdr_db"] == pytest.approx((10 + 20) / 2, abs=0.5)
    assert figures(3 * given, truth)["sdr_db"] == pytest.approx(found["sdr_db"], abs=1e-6)
    mixture = truth.sum(0)
    mixed = figures(np.stack((mixture, mixture)), truth)
    assert mixed["sdr_db"] == pytest.approx(0, abs=0.3)
    assert mixed["sir_db"] == pytest.approx(0, abs=0.3)
    assert math.isnan(mixed["sar_db"])


@pytest.mark.parametrize("data", ["duets:1", "duets:-1:3", "duets:1:0", "scenes:1:2", "duets:a:b"])
def test_data_that_are_not_understood_are_refused(data: str) -> None:
    refused(DataError, "accepted: duets:SEED:COUNT", lambda: generated(data, SAMPLE_RATE))


@needs_material
def test_the_table_has_its_rows_and_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = write_model(tmp_path / "plain.onnx")
    out = tmp_path / "scores.json"
    result = evaluate([model], "duets:5:2", out, "as in the test")
    assert json.loads(out.read_text()) == result
    rows = result["rows"]
    assert list(rows) == [MIXTURE, f"plain: {BLANK}", f"plain: {MONO}", f"plain: {BINAURAL}"]
    # A mask that is the same everywhere changes the level alone, which SDR does not mind.
    for row in rows.values():
        assert row["sdr_db"]["mean"] == pytest.approx(rows[MIXTURE]["sdr_db"]["mean"], abs=0.1)
    assert result["gains"]["plain: binaural over mono"]["mean"] == pytest.approx(0, abs=0.05)
    assert (result["duets"], result["command"]) == (2, "as in the test")
    assert "binaural over mono" in capsys.readouterr().out
    assert f"| {MIXTURE} |" in markdown(result)


@needs_material
def test_duets_of_a_seed_are_the_same_each_time() -> None:
    first, again = (next(iter(generated("duets:5:1", SAMPLE_RATE)[1])) for _ in range(2))
    assert np.array_equal(first.clips, again.clips)
    assert np.array_equal(first.images[0], again.images[0])
    assert first.clips.shape == (2, 2, 4 * SAMPLE_RATE)


def test_models_of_one_name_are_refused(tmp_path: Path) -> None:
    paths = [write_model(tmp_path / "x.onnx")] * 2
    refused(DataError, "different names", lambda: evaluate(paths, "duets:1:1"))


def test_masks_are_between_nothing_and_all() -> None:
    batch = Duets(Pool(Tones(), 8), 1, 2)[0]
    network = small().eval()
    sound = heard(replace(batch, mono=torch.ones_like(batch.mono)))
    mask = masks(network, spectra(sound), network.visual(batch.image))
    assert mask.min() >= 0
    assert mask.max() <= 1
