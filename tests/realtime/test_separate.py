"""Separation by parts of the picture: what goes in comes out, shared among the sources, at any rate and length."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner

from realtime.clip import Clip
from realtime.clip_writer import write_muxed
from realtime.commands.separation import separate
from realtime.errors import ClipError, EarsightError, ModelError, RecordingError, SettingsError
from realtime.modelfile import read_model, shipped_model
from realtime.pictures import save_png
from realtime.separate import HALVES, parts_at, separate_clip
from realtime.separator import Separating, Separator, full_band, istft, stft
from tests.clips import level_image, tone
from tests.clips import make_clip as make_media
from tests.realtime.separation_model import HEIGHT, WIDTH, write_model
from tests.refusals import assert_refused

# The way down to the network's rate, through the STFT and back rounds at float32; the files have 24 bits.
TOLERANCE = 2e-5


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "brightness.onnx")


def noise(samples: int, seed: int = 0) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(seed).standard_normal((2, samples))).astype(np.float32)


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """A clip with lossless sound and one picture of two plain halves."""

    def make(
        sound: NDArray[np.float32], rate: int = 16_000, halves: tuple[int, int] = (255, 0), name: str = "duo"
    ) -> Path:
        folder = tmp_path / f"{name}-images"
        folder.mkdir()
        image = np.full((8 * HEIGHT, 8 * WIDTH, 3), halves[1], np.uint8)
        image[:, : 4 * WIDTH] = halves[0]
        save_png(folder / "000001.png", image)
        wav = tmp_path / f"{name}-sound.wav"
        soundfile.write(wav, sound.T, rate, "FLOAT")
        path = tmp_path / f"{name}.mkv"
        write_muxed(path, Clip.from_parts(wav, folder), sound, rate)
        return path

    return make


def read(path: Path) -> tuple[NDArray[np.float32], int]:
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(sound.T, np.float32), rate


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("seconds", [0.01, 1.0, 4.321])
def test_masks_are_laid_on_the_whole_band_and_add_up_to_the_signal(model: Path, rate: int, seconds: float) -> None:
    sound = noise(round(seconds * rate))
    images = [np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in (51, 204)]
    separator = Separator(model)
    blocks = np.array_split(sound, range(777, sound.shape[1], 777), axis=1)
    separating = Separating(separator, lambda time_s: images)
    sources = np.concatenate(list(full_band(blocks, rate, separating, separator.info.sample_rate)), axis=-1)
    assert sources.shape == (2, *sound.shape)
    assert np.abs(sources[0] - 0.2 * sound).max() < TOLERANCE
    assert np.abs(sources[1] - 0.8 * sound).max() < TOLERANCE


def test_parts_share_what_both_claim_and_leave_what_none_does(model: Path) -> None:
    sound, separator = noise(30_000), Separator(model)

    def gains(*levels: int, exclusive: bool = True) -> list[float]:
        images = [np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in levels]
        separating = Separating(separator, lambda time_s: images, exclusive=exclusive)
        rows = np.concatenate(list(separating.rows([sound])), axis=1)
        return [float(np.vdot(rows[2 + 4 * k : 4 + 4 * k], sound) / np.vdot(sound, sound)) for k in range(len(levels))]

    # One per cent of the mean: weighted sums of float32.
    assert gains(255, 255) == pytest.approx([0.5, 0.5], rel=1e-4)
    assert gains(255, 51) == pytest.approx([1 / 1.2, 0.2 / 1.2], rel=1e-4)
    assert gains(51, 51) == pytest.approx([0.2, 0.2], rel=1e-4)
    assert gains(255, 255, exclusive=False) == pytest.approx([1, 1], rel=1e-4)


def test_a_window_takes_the_picture_at_its_middle(model: Path) -> None:
    separator = Separator(model)
    asked: list[float] = []

    def look(time_s: float) -> list[NDArray[np.uint8]]:
        asked.append(time_s)
        return [np.full((HEIGHT, WIDTH, 3), 255 if time_s < 3 else 0, np.uint8)]

    sound = noise(6 * separator.info.sample_rate)
    rows = np.concatenate(list(Separating(separator, look).rows([sound])), axis=1)
    half_s = separator.length / 2 / separator.info.sample_rate
    assert asked[:3] == pytest.approx([half_s, 2 * half_s, 3 * half_s])
    assert asked[-1] == pytest.approx(6 - half_s)
    rate = separator.info.sample_rate
    assert np.abs(rows[2:4] - sound)[:, : 2 * rate].max() < TOLERANCE
    assert np.abs(rows[2:4])[:, 4 * rate :].max() < TOLERANCE


def test_what_the_network_hears_can_differ_from_what_is_masked(model: Path) -> None:
    separator = Separator(model)
    heard: list[NDArray[np.float32]] = []

    def hear(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        heard.append(sound)
        return np.zeros_like(sound)

    white = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    sound = noise(separator.length)
    rows = np.concatenate(list(Separating(separator, lambda _: [white], hear=hear).rows([sound])), axis=1)
    assert np.array_equal(heard[0], sound)
    assert np.abs(rows[2:4] - sound).max() < TOLERANCE


@pytest.mark.parametrize("samples", [1, 255, 256, 20_224])
def test_the_transform_is_inverted(samples: int) -> None:
    sound = noise(samples)
    assert np.abs(istft(stft(sound, 1024, 256), 256, samples) - sound).max() < 1e-6


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_clip_becomes_a_file_for_each_half(
    rate: int, model: Path, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    sound = noise(3 * rate + 17)
    seen: list[float] = []
    files = separate_clip(make_clip(sound, rate), tmp_path, model=model, progress=seen.append)
    assert [file.name for file in files] == ["duo-left.wav", "duo-right.wav"]
    # White or black, and grey (128) in place of the other half.
    for file, gain in zip(files, (383 / 510, 128 / 510), strict=True):
        ears, written_rate = read(file)
        assert (written_rate, ears.shape) == (rate, sound.shape)
        assert np.vdot(ears, sound) / np.vdot(sound, sound) == pytest.approx(gain, rel=5e-3)
        assert np.abs(ears - gain * sound).max() < 1e-2
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0, abs=1e-3)  # containers round their duration to milliseconds


def test_places_cut_the_picture_halfway_to_their_neighbours() -> None:
    parts = parts_at([0.8, 0.2, 0.3])
    assert [part.name for part in parts] == ["1", "2", "3"]
    assert [(part.left, part.right) for part in parts] == [(0.55, 1.0), (0.0, 0.25), (0.25, 0.55)]
    image = np.arange(100, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    cut = parts[1].cut(image)
    assert np.array_equal(cut[:, :25], image[:, :25])
    assert (cut[:, 25:] == 128).all()
    assert [part.name for part in HALVES] == ["left", "right"]


@pytest.mark.parametrize("places", [[], [0.2, 1.2], [-0.1], [0.5, 0.5], [float("nan")]])
def test_places_that_cannot_be_are_refused(places: list[float]) -> None:
    with pytest.raises(SettingsError, match=r"accepted: different fractions"):
        parts_at(places)


def test_a_recording_that_is_not_binaural_is_refused_in_one_line(
    model: Path, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    sound = noise(16_000)
    sound[1] = sound[0]
    sound[:, :9_000] = 0
    out = tmp_path / "out"
    out.mkdir()
    assert_refused(ClipError, "same sound on both.*binaural", lambda: separate_clip(make_clip(sound), out, model=model))
    mono = tmp_path / "mono.wav"
    soundfile.write(mono, noise(16_000)[0], 16_000)
    assert_refused(ClipError, "no picture", lambda: separate_clip(mono, out, model=model))
    assert list(out.iterdir()) == []


def test_mono_sound_with_picture_is_refused(model: Path, tmp_path: Path) -> None:
    path = make_media(tmp_path / "mono.mp4", tone(0.5, 1), [level_image(90)] * 5)
    assert_refused(
        ClipError, "1 channel; separation needs a binaural", lambda: separate_clip(path, tmp_path, model=model)
    )


def test_files_are_not_overwritten_and_not_left_half_done(
    model: Path, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "duo-right.wav").write_bytes(b"mine")
    clip = make_clip(noise(16_000))
    assert_refused(RecordingError, "exists already", lambda: separate_clip(clip, out, model=model))
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("duo-right.wav", b"mine")]
    separate_clip(clip, out, model=model, force=True)
    assert sorted(path.name for path in out.iterdir()) == ["duo-left.wav", "duo-right.wav"]
    assert read(out / "duo-right.wav")[0].shape == (2, 16_000)


def test_networks_of_other_kinds_are_refused_both_ways(
    model: Path, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    clip = make_clip(noise(16_000))
    other = shipped_model()
    assert_refused(ModelError, "'streaming'; accepted: separation", lambda: separate_clip(clip, tmp_path, model=other))
    assert_refused(ModelError, "'separation'; accepted: streaming, window", lambda: read_model(model))


@pytest.fixture
def run() -> Callable[..., tuple[int, str]]:
    app = typer.Typer()
    app.command()(separate)

    def call(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        error = result.exception
        return result.exit_code, str(error) if isinstance(error, EarsightError) else result.output

    return call


def test_the_command_makes_its_folder_and_takes_places(
    model: Path, make_clip: Callable[..., Path], tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    clips = [make_clip(noise(9_000), name="a"), make_clip(noise(9_000, 1), name="b")]
    out = tmp_path / "deep" / "out"
    code, said = run(*clips, "-o", out, "--at", "0.2,0.8", "--model", model)
    assert code == 0, said
    assert sorted(path.name for path in out.iterdir()) == ["a-1.wav", "a-2.wav", "b-1.wav", "b-2.wav"]
    assert "a-1.wav" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "left"], "--at 'left' is not understood"),
        (["--at", "0.2,0.2"], "different fractions"),
        (["twice"], "two clips of the same name"),
        (["file"], "is no folder"),
        (["there"], "exists already"),
    ],
)
def test_the_command_says_what_is_wrong_before_any_work(
    arguments: list[str], words: str, model: Path, tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    clip, out = tmp_path / "x.mkv", tmp_path / "out"
    given: list[object] = [clip]
    match arguments:
        case ["twice"]:
            given.append(tmp_path / "other" / "x.mkv")
        case ["file"]:
            out.write_text("")
        case ["there"]:
            out.mkdir()
            (out / "x-left.wav").write_text("")
        case options:
            given += options
    code, said = run(*given, "-o", out, "--model", model)
    assert code == 1
    assert words in said
