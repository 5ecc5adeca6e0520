"""Evaluation finds the clips, measures model and baselines, and writes what the command line promises."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from models import examples
from models.evaluate import BLANK, MIRRORED, MONO, evaluate_model, statistics
from models.examples import open_examples
from models.metrics import METRICS
from models.scenes import SceneSample
from realtime.errors import DataError
from tests.clips import make_clip
from tests.models.side_model import HEIGHT, WIDTH, make_side_model, side_image

NAMES = ("000001", "000002")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """FAIR-Play's layout: in one clip all sound is left and the picture bright there, in the other right, at 48 kHz."""
    root = tmp_path / "data"
    for part in ("binaural_audios", "videos", "splits/split1", "splits/split2"):
        (root / part).mkdir(parents=True)
    noise = np.random.default_rng(0).standard_normal(48_000).astype(np.float32) * 0.1
    for index, name in enumerate(NAMES):
        ears = np.zeros((48_000, 2), np.float32)
        ears[:, index] = noise
        soundfile.write(root / "binaural_audios" / f"{name}.wav", ears, 48_000, subtype="FLOAT")
        image = side_image(235, 16) if index == 0 else side_image(16, 235)
        make_clip(root / "videos" / f"{name}.mp4", None, [image.repeat(8, axis=0).repeat(8, axis=1)] * 25)
    (root / "splits/split1/test.txt").write_text("000001.mp3\n/elsewhere/binaural_audios/000002.wav\n\n")
    (root / "splits/split1/val.txt").write_text("000001\n")
    with h5py.File(root / "splits/split2/test.h5", "w") as file:
        file["audio"] = np.array([b"/elsewhere/000002.wav"])
    return root


def test_a_folder_gives_the_truth_at_16_khz_and_the_pictures(folder: Path) -> None:
    count, clips = open_examples(str(folder))
    first, second = clips
    assert (count, first.name, second.name) == (2, *NAMES)
    assert first.truth.shape == second.truth.shape == (2, 16_000)
    assert not first.truth[1].any() and not second.truth[0].any()
    with second.watch() as images:
        image = images(0.5)
    assert image[:, : image.shape[1] // 4].mean() < 40 < 200 < image[:, -image.shape[1] // 4 :].mean()


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (":test", NAMES),
        (":val", NAMES[:1]),
        (":split1/val", NAMES[:1]),
        (":split2", NAMES[1:]),
        (":split2/test", NAMES[1:]),
    ],
)
def test_a_split_is_chosen(folder: Path, choice: str, names: tuple[str, ...]) -> None:
    count, clips = open_examples(f"{folder}{choice}")
    assert count == len(names)
    assert tuple(clip.name for clip in clips) == names


def test_the_rows_tell_what_the_picture_contributes(folder: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.json"
    result = evaluate_model(model, str(folder), baselines=True, json_path=out)
    assert json.loads(out.read_text()) == result
    assert (result["data"], result["clips"]) == (str(folder), 2)
    rows = result["rows"]
    assert list(rows) == ["side", MONO, BLANK, MIRRORED]
    assert all(row.keys() == METRICS.keys() and row["stft"].keys() == {"mean", "std", "sem"} for row in rows.values())
    error = {name: row["wav"]["mean"] for name, row in rows.items()}
    side = {name: row["side_accuracy"]["mean"] for name, row in rows.items()}
    # The picture's halves differ by 219 of 255, so the mask is 0.86 of the full one.
    assert error["side"] < 0.05 * error[MONO]
    assert error[MIRRORED] > 3 * error[MONO]
    assert error[BLANK] == pytest.approx(error[MONO], rel=1e-4)
    assert side == {"side": 1.0, MONO: 0.5, BLANK: 0.5, MIRRORED: 0.0}


def test_the_table_goes_to_stdout_and_nothing_else(
    folder: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate_model(model, f"{folder}:val", baselines=True)
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert all(any(name in line for line in lines) for name in ("side", MONO, BLANK, MIRRORED))
    assert sum("of mono-mono" in line for line in lines) == 3
    assert all(title in captured.out for title in ("STFT", "ENV", "WAV", "SNR dB", "ITD error us", "ILD error dB"))
    assert "nan" not in captured.out


def test_generated_scenes_are_evaluated(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    class Sampler:
        """Two sources, the louder one left."""

        def __init__(self, seed: int, **options: object) -> None:
            asked.append({"seed": seed, **options})

        def scene(self, index: int) -> SceneSample:
            noise = np.random.default_rng(index).standard_normal((2, 8000)).astype(np.float32) * 0.1
            binaural = np.zeros((2, 2, 8000), np.float32)
            binaural[0, 0], binaural[1, 1] = noise[0], 0.1 * noise[1]
            places = np.array([0.2, 0.8], np.float32)
            return SceneSample(binaural, side_image(255, 0), places, places, ())

    monkeypatch.setattr(examples, "SceneSampler", Sampler)
    result = evaluate_model(model, "scenes:7:3:2")
    assert asked == [
        {"seed": 7, "sample_rate": 16_000, "duration_s": 4.0, "split": "test", "min_sources": 2, "max_sources": 2}
    ]
    assert list(result["rows"]) == ["side"]
    assert result["rows"]["side"]["side_accuracy"] == {"mean": 1.0, "std": 0.0, "sem": 0.0}


def test_real_scenes_have_the_shape_that_is_expected() -> None:
    count, clips = open_examples("scenes:7:1:1")
    (clip,) = clips
    assert (count, clip.truth.shape, clip.truth.dtype) == (1, (2, 64_000), np.float32)
    with clip.watch() as images:
        assert images(0.0).shape[2] == 3


@pytest.mark.parametrize("data", ["scenes:", "scenes:1", "scenes:1:0", "scenes:a:3", "scenes:1:2:0", "scenes:1:2:3:4"])
def test_a_malformed_description_of_scenes_is_refused(data: str) -> None:
    with pytest.raises(DataError, match="accepted: scenes:SEED:COUNT"):
        open_examples(data)


def test_a_missing_folder_or_split_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match="no data folder '/nowhere/x:test'"):
        open_examples("/nowhere/x:test")
    with pytest.raises(DataError, match=r"no split .*split9.*; there: split1/test, split1/val, split2/test"):
        open_examples(f"{folder}:split9")
    (folder / "splits/split1/test.txt").write_text("\n")
    with pytest.raises(DataError, match="names no clip"):
        open_examples(str(folder))


@pytest.mark.parametrize("lost", ["binaural_audios/000002.wav", "videos/000002.mp4"])
def test_a_missing_clip_is_named(folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    _, clips = open_examples(str(folder))
    with pytest.raises(DataError, match=f"clip '000002' of the split has no .*{lost}"):
        list(clips)


@pytest.mark.parametrize(
    ("sound", "complaint"),
    [(np.zeros((16_000, 1)), "has 1 channels; accepted: 2"), (np.zeros((200, 2)), "200 samples long")],
)
def test_an_unusable_sound_is_named(folder: Path, sound: NDArray[np.float64], complaint: str) -> None:
    soundfile.write(folder / "binaural_audios/000001.wav", sound, 16_000)
    _, clips = open_examples(str(folder))
    with pytest.raises(DataError, match=complaint):
        next(clips)


def test_a_result_that_cannot_be_written_is_one_line(folder: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        evaluate_model(model, f"{folder}:val", json_path=tmp_path / "nowhere" / "scores.json")


def test_statistics_leave_out_what_is_not_a_number() -> None:
    assert statistics([1.0, 3.0, np.nan, np.inf]) == {
        "mean": 2.0,
        "std": pytest.approx(2**0.5),
        "sem": pytest.approx(1.0),
    }
    assert statistics([5.0]) == {"mean": 5.0, "std": None, "sem": None}
    assert statistics([np.nan]) == {"mean": None, "std": None, "sem": None}


def test_the_side_model_is_as_small_as_it_says(model: Path) -> None:
    assert side_image(1, 2).shape == (HEIGHT, WIDTH, 3)
    assert model.stat().st_size < 10_000
