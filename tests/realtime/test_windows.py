"""Rendering by windows equals the plain statement of the published protocol, and of the mended one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from realtime.antialias import resize
from realtime.errors import ClipError, ModelError
from realtime.sessions import Network, load_model
from realtime.windows import COMPAT, MENDED, OverlapMean, Protocol, Windows, cut, gain
from tests import window_protocol
from tests.models.side_model import make_side_model, side_image
from tests.paper_network import PaperNetwork
from tests.window_protocol import LENGTH

TOLERANCE = 1e-4
"""Of full scale: float32 in the network, whose sums each runtime takes in its own order."""
Paper = tuple[PaperNetwork, Network]


@pytest.fixture(scope="module")
def paper(paper_network: PaperNetwork) -> Paper:
    torch.set_num_threads(1)
    return paper_network, load_model(paper_network.model, "cpu")


def ears(
    network: Network, protocol: Protocol, sound: np.ndarray, images: list[np.ndarray], threads: int = 2
) -> np.ndarray:
    """The whole rendering of (channels, N), given in blocks of an awkward size."""
    windows = Windows(network, protocol, lambda number: images[number], threads)
    blocks = (sound[:, start : start + 1237] for start in range(0, sound.shape[1], 1237))
    common, difference, _ = np.concatenate(list(windows.rows(blocks)), axis=1)
    return np.stack((common + difference, common - difference))


def noise(channels: int, samples: int) -> np.ndarray:
    """Two ears that are alike in part, with a rising level: so the stale end and the level of each window matter."""
    generator = np.random.default_rng(samples)
    alone, shared = generator.standard_normal((2, samples)), generator.standard_normal(samples)
    level = np.linspace(0.02, 0.15, samples)
    return ((alone[:channels] + shared) * level).astype(np.float32)


def pictures(count: int, height: int, width: int) -> list[np.ndarray]:
    coarse = np.random.default_rng(count).integers(
        0, 256, (count, height // 20 + 1, width // 20 + 1, 3), dtype=np.uint8
    )
    return list(coarse.repeat(20, axis=1).repeat(20, axis=2)[:, :height, :width])


# 17,300 samples are two batches of windows. With few samples over a window, the last two lie within one step.
@pytest.mark.parametrize(
    ("channels", "samples"), [(2, 17_303), (1, 17_300), (2, LENGTH), (1, LENGTH), (2, LENGTH + 1), (2, LENGTH + 801)]
)
@pytest.mark.timeout(300)
def test_compat_equals_the_authors_program(paper: Paper, channels: int, samples: int) -> None:
    torch_network, network = paper
    sound, images = noise(channels, samples), pictures(11, 180, 320)
    given = ears(network, COMPAT, sound, images)
    wanted = window_protocol.authors(torch_network.network, sound, images)
    assert np.abs(wanted[0] - wanted[1]).max() > 0.02
    np.testing.assert_allclose(given, wanted, atol=TOLERANCE)


@pytest.mark.parametrize("samples", [1, 300, 9_000, LENGTH, LENGTH + 1, 17_300])
@pytest.mark.timeout(300)
def test_mended_equals_its_plain_statement(paper: Paper, samples: int) -> None:
    torch_network, network = paper
    sound, images = noise(1, samples), pictures(11, 224, 448)
    given = ears(network, MENDED, sound, images)
    wanted = window_protocol.mended(torch_network.network, sound[0], lambda time_s: images[int(time_s * 10 + 0.5)])
    assert given.shape[1] == max(samples, LENGTH)
    np.testing.assert_allclose(given[:, :samples], wanted, atol=TOLERANCE)


def test_a_signal_too_short_for_the_authors_program_is_refused(paper: Paper) -> None:
    with pytest.raises(ClipError, match=r"lasts 0\.50 s, less than the 0\.63 s .* without --compat"):
        ears(paper[1], COMPAT, noise(2, 8_000), pictures(11, 224, 448))


@pytest.mark.parametrize("protocol", [MENDED, COMPAT], ids=["mended", "compat"])
def test_any_number_of_cores_gives_the_same_bits(paper: Paper, protocol: Protocol) -> None:
    sound, images = noise(2, 11_000), pictures(11, 180, 320)
    one = ears(paper[1], protocol, sound, images, threads=1)
    np.testing.assert_array_equal(one, ears(paper[1], protocol, sound, images, threads=3))


def test_a_file_for_one_window_at_a_time_serves_too(tmp_path: Path) -> None:
    network = load_model(make_side_model(tmp_path / "side.onnx", "window"), "cpu")
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(20_000) / 16_000)[None].astype(np.float32)
    left, right = ears(network, MENDED, tone, [side_image(255, 0)] * 20)
    # The Nyquist row, which the mask lacks, holds the hard edges of the tone at -60 dB.
    np.testing.assert_allclose(left, 2 * tone[0], atol=2e-4)
    np.testing.assert_allclose(right, 0, atol=2e-4)


def test_each_new_picture_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = load_model(make_side_model(tmp_path / "side.onnx", "window"), "cpu")
    looks: list[int] = []
    visual = network.visual

    def counted(image: np.ndarray) -> np.ndarray:
        looks.append(int(image[0, 0, 0]))
        return visual(image)

    monkeypatch.setattr(network, "visual", counted)
    windows = Windows(network, MENDED, lambda number: images[number // 4])
    images = [side_image(level, 0) for level in range(0, 100, 10)]
    deque(windows.rows([np.ones((1, 32_000), np.float32)]), maxlen=0)
    assert looks == [0, 10, 20, 30, 40]
    assert windows.eyes.images == 5
    assert windows.count == 29


def test_a_streaming_network_is_refused(tmp_path: Path) -> None:
    network = load_model(make_side_model(tmp_path / "side.onnx"), "cpu")
    with pytest.raises(ModelError, match="streaming network, not one of windows"):
        Windows(network, MENDED, lambda number: side_image(0, 0))


@pytest.mark.parametrize("length", [1, 99, 100, 101, 110, 111, 119, 120, 121, 555])
@pytest.mark.parametrize("block", [1, 7, 100, 1000])
def test_windows_start_at_every_step_and_the_last_ends_with_the_signal(length: int, block: int) -> None:
    sound = np.arange(length, dtype=np.float32)[None]
    windows = list(cut((sound[:, i : i + block] for i in range(0, length, block)), 100, 10, padded=True))
    padded = np.pad(sound, ((0, 0), (0, max(0, 100 - length))))
    starts = [*range(0, length - 100, 10), max(0, length - 100)]
    assert [window.start for window in windows] == starts
    for window in windows:
        np.testing.assert_array_equal(window.sound, padded[:, window.start : window.start + 100])
    assert all(window.before is None for window in windows[:-1])
    if len(windows) > 1:
        np.testing.assert_array_equal(windows[-1].before, windows[-2].sound)
    else:
        assert windows[-1].before is None


def test_no_more_is_held_than_a_window_and_a_block() -> None:
    held: list[int] = []

    def blocks() -> Iterator[np.ndarray]:
        for _ in range(1000):
            yield np.zeros((1, 50), np.float32)

    for window in cut(blocks(), 100, 10, padded=True):
        base = window.sound.base
        held.append(0 if base is None else base.size)
    assert max(held) <= 2 * 100 + 50


def test_the_mean_counts_the_windows_that_hold_a_sample() -> None:
    mean = OverlapMean(4)
    pieces = [mean.add(start, np.full((1, 4), value)) for start, value in ((0, 3.0), (2, 5.0), (3, 10.0))]
    whole = np.concatenate([*pieces, mean.rest()], axis=1)
    np.testing.assert_allclose(whole[0], [3, 3, 4, 6, 7.5, 7.5, 10])


def test_silence_and_a_level_below_the_floor_stay_finite(paper: Paper) -> None:
    out = ears(paper[1], COMPAT, np.zeros((2, LENGTH), np.float32), pictures(11, 224, 448))
    np.testing.assert_array_equal(out, 0)
    assert gain({"type": "rms", "target": 0.1414, "floor": 1e-4}, 1e-9) == pytest.approx(1414)
    assert gain({"type": "none"}, 0.0) == 1.0


# Where Pillow, since 12, begins with the rows, single levels differ; both sides of these shrink, or both grow.
@pytest.mark.parametrize(("height", "width"), [(180, 320), (720, 1280), (480, 640), (224, 448), (7, 5), (301, 499)])
def test_pictures_are_resized_as_pillow_does(height: int, width: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    wanted = np.asarray(Image.fromarray(image).resize((448, 224), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(resize(image, 448, 224), wanted)
