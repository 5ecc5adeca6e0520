"""Sound through the whole pipeline with a network whose mask is known: unity, silence, masks in, both modes alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime.pipeline import Pipeline
from realtime.sessions import Network, load_model
from realtime.vision import Features
from tests.models.side_model import make_side_model, side_image

RATE = 48_000
BLOCK = 480


@pytest.fixture(scope="module")
def side_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.fixture
def network(side_model: Path) -> Network:
    return load_model(side_model, "cpu")


def noise(seconds: float, rate: int = RATE) -> np.ndarray:
    return (0.2 * np.random.default_rng(0).standard_normal(round(seconds * rate))).astype(np.float32)


def run(pipeline: Pipeline, sound: np.ndarray, block: int = BLOCK) -> np.ndarray:
    """Left and right, the latency taken off."""
    padded = np.concatenate((sound, np.zeros(pipeline.latency, np.float32)))
    out = []
    for start in range(0, len(padded), block):
        piece = np.ascontiguousarray(padded[start : start + block, None])
        result = np.empty((len(piece), 2), np.float32)
        pipeline.engine.process(piece, result)
        pipeline.advance()
        out.append(result.T)
    return np.concatenate(out, 1)[:, pipeline.latency :]


@pytest.mark.parametrize("mode", ["filter", "overlap"])
@pytest.mark.parametrize("live", [True, False])
def test_a_null_mask_gives_the_input_back_on_both_ears(network: Network, mode: str, live: bool) -> None:
    sound = noise(1.0)
    pipeline = Pipeline(network, RATE, BLOCK, mode, live=live)
    pipeline.vision.remember(Features(np.zeros((1, 1), np.float32), 0))
    out = run(pipeline, sound)
    np.testing.assert_array_equal(out[0], sound)
    np.testing.assert_array_equal(out[1], sound)


@pytest.mark.parametrize("mode", ["filter", "overlap"])
def test_silence_in_gives_silence_out(network: Network, mode: str) -> None:
    pipeline = Pipeline(network, RATE, BLOCK, mode)
    pipeline.vision.look(side_image(255, 0), 0)
    assert not run(pipeline, np.zeros(RATE, np.float32)).any()


@pytest.mark.parametrize("mode", ["filter", "overlap"])
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_constant_mask_scales_the_ears(network: Network, mode: str, rate: int) -> None:
    block = rate // 100
    pipeline = Pipeline(network, rate, block, mode, live=False)
    pipeline.vision.look(side_image(255, 128), 0)
    mask = (255 - 128) / 255
    sound = noise(1.0, rate)
    out = run(pipeline, sound, block)
    settled = slice(rate // 5, -rate // 5)
    # A real constant mask is one tap; what is left is the interpolation of the mask onto the device's grid.
    np.testing.assert_allclose(out[0][settled], (1 + mask) * sound[settled], atol=2e-3)
    np.testing.assert_allclose(out[1][settled], (1 - mask) * sound[settled], atol=2e-3)


def test_the_mode_that_is_live_by_default_adds_at_most_one_and_a_half_milliseconds(network: Network) -> None:
    assert Pipeline(network, RATE, 128, "filter").latency <= 0.0015 * RATE


def test_live_overlap_adds_at_most_twenty_milliseconds(network: Network) -> None:
    assert Pipeline(network, RATE, 128, "overlap").latency <= 0.020 * RATE
    assert Pipeline(network, RATE, 64, "overlap").latency <= 0.020 * RATE


def test_an_impulse_comes_out_after_the_stated_latency(network: Network) -> None:
    for mode in ("filter", "overlap"):
        pipeline = Pipeline(network, RATE, 64, mode)
        sound = np.zeros(RATE // 2, np.float32)
        sound[1000] = 1
        assert int(np.argmax(np.abs(run(pipeline, sound, 64)[0]))) == 1000


def test_a_late_frame_gets_no_inference_and_is_counted(network: Network) -> None:
    pipeline = Pipeline(network, RATE, BLOCK, "filter")
    out = np.empty((BLOCK, 2), np.float32)
    block = np.ascontiguousarray(noise(0.01)[:, None])
    for _ in range(50):
        pipeline.engine.process(block, out)
    pipeline.advance()
    frames = pipeline.stft.frames_until(pipeline.engine.position)
    assert pipeline.analysis.masks + pipeline.analysis.late_inferences == frames
    assert pipeline.analysis.late_inferences > 30


def test_overlap_falls_back_to_the_filter_without_a_jump(network: Network) -> None:
    pipeline = Pipeline(network, RATE, BLOCK, "overlap")
    pipeline.vision.look(side_image(255, 0), 0)
    time_s = np.arange(2 * RATE) / RATE
    sound = (0.3 * np.sin(2 * np.pi * 400 * time_s)).astype(np.float32)
    out = []
    for number, start in enumerate(range(0, len(sound), BLOCK)):
        result = np.empty((BLOCK, 2), np.float32)
        pipeline.engine.process(np.ascontiguousarray(sound[start : start + BLOCK, None]), result)
        if number < 60 or number > 120:  # in between the network is late
            pipeline.advance()
        out.append(result)
    left = np.concatenate(out)[RATE // 4 :, 0]
    assert pipeline.spatialiser.late_blocks > 30
    own_jump = 2 * 0.3 * 2 * np.pi * 400 / RATE
    assert np.abs(np.diff(left)).max() < 1.01 * own_jump


def test_a_window_network_gives_masks_every_fifth_frame(tmp_path: Path) -> None:
    network = load_model(make_side_model(tmp_path / "window.onnx", "window"), "cpu")
    for mode in ("filter", "overlap"):
        pipeline = Pipeline(network, RATE, BLOCK, mode, live=False)
        pipeline.vision.look(side_image(0, 255), 0)
        sound = noise(1.0)
        out = run(pipeline, sound)
        settled = slice(RATE // 4, -RATE // 4)
        np.testing.assert_allclose(out[1][settled], 2 * sound[settled], atol=2e-3)
        np.testing.assert_allclose(out[0][settled], 0 * sound[settled], atol=2e-3)
        assert pipeline.analysis.masks % 5 == 0
        assert pipeline.analysis.masks >= 95


def test_not_a_number_in_the_input_never_reaches_the_output(network: Network) -> None:
    pipeline = Pipeline(network, RATE, BLOCK, "filter")
    sound = noise(0.5)
    sound[5000:5100] = np.nan
    sound[7000] = np.inf
    out = run(pipeline, sound)
    assert np.isfinite(out).all()
    assert pipeline.engine.bad_samples == 101
