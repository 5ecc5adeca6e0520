"""Evaluation finds the clips, measures model and baselines, and writes what the command line promises."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
from onnx import numpy_helper

from models import examples
from models.evaluate import AMBISONICS, BLANK, MIRRORED, evaluate_model
from models.metrics import METRICS
from models.scenes import SceneSample
from models.scores import MONO, statistics
from realtime.errors import DataError, ModelError
from tests.models.data_folder import make_folder, noise
from tests.models.side_model import HEIGHT, WIDTH, make_side_model, side_image


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """In one clip all sound is left and the picture bright there, in the other right; the first is split1/val."""
    root = make_folder(tmp_path / "data")
    (root / "splits/split1/val.txt").write_text("000001\n")
    return root


def test_the_rows_tell_what_the_picture_contributes(folder: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.json"
    result = evaluate_model(model, str(folder), baselines=True, json_path=out)
    assert json.loads(out.read_text()) == result
    assert (result["data"], result["clips"]) == (str(folder), 2)
    rows = result["rows"]
    assert list(rows) == ["side", MONO, BLANK, MIRRORED]
    assert all(
        row.keys() == METRICS.keys() and row["stft"].keys() == {"mean", "std", "sem", "median"} for row in rows.values()
    )
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


def make_blind_model(path: Path) -> Path:
    """A model that leans to the left, the more the brighter its picture is."""
    model = onnx.load(make_side_model(path))
    (weights,) = (tensor for tensor in model.graph.initializer if tensor.name.endswith("weights"))
    weights.CopyFrom(numpy_helper.from_array(np.abs(numpy_helper.to_array(weights)) / 2, weights.name))
    onnx.save(model, path)
    return path


def test_what_made_the_result_stands_in_it(folder: Path, model: Path) -> None:
    (folder / "videos/000002.mp4").unlink()
    result = evaluate_model(model, str(folder), command="earsight evaluate x")
    assert result["command"] == "earsight evaluate x"
    assert datetime.fromisoformat(result["date"])
    assert (result["clips"], result["left_out"]) == (1, ["000002"])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_clip_that_breaks_on_the_way_is_left_out_and_named(
    workers: int, tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make_folder(tmp_path / "data", ("000001", "000002", "000003"))
    alone = evaluate_model(model, str(whole_without(data, "000002", tmp_path / "whole")))
    cut_off(data / "binaural_audios/000002.wav")
    capsys.readouterr()
    out = tmp_path / "scores.json"
    result = evaluate_model(model, str(data), json_path=out, workers=workers)
    assert (result["clips"], result["left_out"], result["rows"]) == (2, ["000002"], alone["rows"])
    assert json.loads(out.read_text()) == result
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("000002 is left out: ")
    assert last == "left out 1 of 3 clips: 000002"


def test_when_no_clip_remains_it_is_an_error(folder: Path, model: Path) -> None:
    for name in ("000001", "000002"):
        cut_off(folder / f"binaural_audios/{name}.wav")
    with pytest.raises(DataError, match=r"none of the 2 clips .*000001\.wav"):
        evaluate_model(model, str(folder))


def cut_off(path: Path) -> None:
    """Leave a header that promises a second of sound, and next to nothing of it: no look at headers finds that."""
    soundfile.write(path, noise(0)[:, None].repeat(2, axis=1), 48_000, format="FLAC")
    path.write_bytes(path.read_bytes()[:1000])
    assert soundfile.info(path).duration == 1


def whole_without(data: Path, name: str, target: Path) -> Path:
    """A copy of a data folder whose split does without a clip."""
    shutil.copytree(data, target)
    split = target / "splits/split1/test.txt"
    split.write_text("".join(line for line in split.read_text().splitlines(keepends=True) if name not in line))
    return target


def test_generated_scenes_are_evaluated(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sampler:
        """Two sources, the louder one left."""

        def __init__(self, seed: int, **options: object) -> None:
            del seed, options

        def scene(self, index: int) -> SceneSample:
            noise = np.random.default_rng(index).standard_normal((2, 8000)).astype(np.float32) * 0.1
            binaural = np.zeros((2, 2, 8000), np.float32)
            binaural[0, 0], binaural[1, 1] = noise[0], 0.1 * noise[1]
            places = np.array([0.2, 0.8], np.float32)
            return SceneSample(binaural, side_image(255, 0), places, places, ())

    monkeypatch.setattr(examples, "SceneSampler", Sampler)
    result = evaluate_model(model, "scenes:7:3:2")
    assert list(result["rows"]) == ["side"]
    assert result["rows"]["side"]["side_accuracy"] == {"mean": 1.0, "std": 0.0, "sem": 0.0, "median": 1.0}


def test_a_scene_is_never_left_out(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks, the others like it lack too: the figures would be those of what is left."""

    class Sampler:
        def __init__(self, seed: int, **options: object) -> None:
            del seed, options

        def scene(self, index: int) -> SceneSample:
            raise DataError("no voices; run: apt-get install espeak-ng")

    monkeypatch.setattr(examples, "SceneSampler", Sampler)
    with pytest.raises(DataError, match="no voices"):
        evaluate_model(model, "scenes:7:3")


def test_a_network_of_its_own_can_be_the_row_audio_only(folder: Path, model: Path, tmp_path: Path) -> None:
    blind = make_blind_model(tmp_path / "blind.onnx")
    rows = evaluate_model(model, str(folder), baselines=True, audio_only=blind)["rows"]
    assert list(rows) == ["side", MONO, BLANK, MIRRORED]
    # It leans to the left whatever it sees: right about one of the two clips.
    assert rows[BLANK]["side_accuracy"]["mean"] == 0.5
    assert rows[BLANK]["side_accuracy"]["std"] == pytest.approx(0.5**0.5)
    assert list(evaluate_model(model, str(folder), audio_only=blind)["rows"]) == ["side", BLANK]


def test_360_degree_sets_have_a_row_for_predicted_ambisonics(tmp_path: Path, model: Path) -> None:
    data = make_folder(tmp_path / "data", ambisonic=True)
    assert list(evaluate_model(model, str(data), baselines=True)["rows"]) == ["side", MONO, BLANK, MIRRORED]
    shutil.copytree(data / "ambisonics", data / "predicted_ambisonics")
    rows = evaluate_model(model, str(data), baselines=True)["rows"]
    assert list(rows) == ["side", MONO, BLANK, MIRRORED, AMBISONICS]
    assert rows[AMBISONICS]["stft"] == {"mean": 0.0, "std": 0.0, "sem": 0.0, "median": 0.0}
    assert rows[AMBISONICS]["side_accuracy"]["mean"] == 1.0
    assert rows["side"]["side_accuracy"]["mean"] == 1.0
    assert AMBISONICS not in evaluate_model(model, str(data))["rows"]


def test_two_processes_give_the_figures_of_one(folder: Path, model: Path) -> None:
    alone, together = (evaluate_model(model, str(folder), baselines=True, workers=workers) for workers in (1, 2))
    assert together == alone


def test_an_error_in_a_process_is_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read model"):
        evaluate_model(tmp_path / "nowhere.onnx", str(folder), workers=2)


def test_a_result_that_cannot_be_written_is_one_line(folder: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        evaluate_model(model, f"{folder}:val", json_path=tmp_path / "nowhere" / "scores.json")


def test_statistics_leave_out_what_is_not_a_number() -> None:
    assert statistics([1.0, 3.0, np.nan, np.inf]) == {
        "mean": 2.0,
        "std": pytest.approx(2**0.5),
        "sem": pytest.approx(1.0),
        "median": pytest.approx(2.0),
    }
    assert statistics([5.0]) == {"mean": 5.0, "std": None, "sem": None, "median": 5.0}
    assert statistics([np.nan]) == {"mean": None, "std": None, "sem": None, "median": None}


def test_the_side_model_is_as_small_as_it_says(model: Path) -> None:
    assert side_image(1, 2).shape == (HEIGHT, WIDTH, 3)
    assert model.stat().st_size < 10_000
