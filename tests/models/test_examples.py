"""A description of data becomes examples: clips of a folder, 360-degree clips decoded for a head, or scenes."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from models import examples
from models.ambisonics import BinauralDecoder, plane_wave
from models.examples import SEATED_HABIT, open_examples
from models.metrics import ild_db, itd_us
from models.scenes import SceneSample
from realtime.errors import DataError, SettingsError
from tests.clips import level_image, make_clip
from tests.models.data_folder import NAMES, make_folder, noise
from tests.models.side_model import side_image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "data")


def test_a_folder_gives_the_truth_at_16_khz_and_the_pictures(folder: Path) -> None:
    clips = open_examples(str(folder))
    first, second = clips
    assert (len(clips), first.name, second.name) == (2, *NAMES)
    assert first.truth.shape == second.truth.shape == (2, 16_000)
    assert not first.truth[1].any() and not second.truth[0].any()
    assert first.rival is None and not clips.has_rival
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
    (folder / "splits/split2").mkdir()
    (folder / "splits/split2/test.txt").write_text("000002\n")
    (folder / "splits/split1/val.txt").write_text("000001\n")
    clips = open_examples(f"{folder}{choice}")
    assert len(clips) == len(names)
    assert tuple(clip.name for clip in clips) == names


def test_lengths_are_the_clips_own_and_pictures_may_be_shorter_and_begin_black(folder: Path) -> None:
    make_clip(folder / "videos/000001.mp4", None, [level_image(0)] * 3 + [level_image(100)] * 4)
    for name, samples in zip(NAMES, (480_240, 47_922), strict=True):
        soundfile.write(folder / f"binaural_audios/{name}.wav", np.zeros((samples, 2)), 48_000)
    first, second = open_examples(str(folder))
    assert first.truth.shape == (2, 160_080)
    assert second.truth.shape == (2, 15_974)
    with first.watch() as images:
        assert images(0.0).mean() == pytest.approx(100, abs=3)
        assert images(9.9).mean() == pytest.approx(100, abs=3)


def test_unusable_clips_are_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "videos/000001.mp4").unlink()
    clips = open_examples(str(folder))
    assert (len(clips), clips.left_out) == (1, ("000001",))
    assert "1 of 2 clips cannot be used" in capsys.readouterr().err
    with pytest.raises(DataError, match=r"there is no '.*000001.mp4'"):
        open_examples(str(folder), tolerated=0)


def test_360_degree_sound_is_decoded_for_a_head(tmp_path: Path) -> None:
    left, right = open_examples(str(make_folder(tmp_path / "data", ambisonic=True)))
    assert left.truth.shape == (2, 16_000)
    assert itd_us(left.truth) > 150 and ild_db(left.truth) > 4
    assert itd_us(right.truth) < -150 and ild_db(right.truth) < -4


def test_the_format_of_360_degree_sound_can_be_named(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "data", NAMES[:1], ambisonic=True)
    (ambix,) = open_examples(str(data))
    sound, rate = soundfile.read(data / "ambisonics/000001.wav")
    w, y, z, x = sound.T
    soundfile.write(
        data / "ambisonics/000001.wav", np.stack((w / 2**0.5, x, y, z), 1).astype(np.float32), rate, subtype="FLOAT"
    )
    (fuma,) = open_examples(str(data), ambisonics="WXYZ")
    assert fuma.truth == pytest.approx(ambix.truth, abs=1e-5)
    (wrong,) = open_examples(str(data))
    assert wrong.truth != pytest.approx(ambix.truth, abs=1e-2)
    with pytest.raises(DataError, match="'WXY' is not an ambisonic format"):
        open_examples(str(data), ambisonics="WXY")


@pytest.mark.parametrize("options", [{"ambisonics": "WXYZ"}, {"head": Path("ears.sofa")}], ids=["format", "head"])
def test_options_of_360_degree_sound_are_refused_where_they_do_nothing(folder: Path, options: dict[str, Any]) -> None:
    for data in (str(folder), "scenes:7:3", "seated:7:3"):
        with pytest.raises(SettingsError, match=r"is binaural.*leave them out") as raised:
            open_examples(data, **options)
        assert "\n" not in str(raised.value)
    assert len(open_examples(str(folder), ambisonics="WYZX")) == 2


def test_predicted_ambisonics_reach_the_same_ears(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "data", NAMES[:1], ambisonic=True)
    (data / "predicted_ambisonics").mkdir()
    predicted = plane_wave(-60, 0)[:, None] * noise(5, 0.5, 16_000)
    soundfile.write(data / "predicted_ambisonics/000001.wav", predicted.T, 16_000, subtype="FLOAT")
    clips = open_examples(str(data))
    (clip,) = clips
    assert clips.has_rival and clip.rival is not None
    expected = BinauralDecoder(16_000).decode(predicted, examples.AmbisonicFormat.parse("WYZX"))
    assert clip.rival.shape == clip.truth.shape
    assert clip.rival[:, :8000] == pytest.approx(expected, abs=1e-6) and not clip.rival[:, 8000:].any()
    (data / "predicted_ambisonics/000001.wav").unlink()
    with pytest.raises(DataError, match=r"there is no '.*predicted_ambisonics"):
        open_examples(str(data))


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("scenes:7:3", {"min_sources": 1, "max_sources": 3}),
        ("scenes:7:3:2", {"min_sources": 2, "max_sources": 2}),
        ("scenes:7:3:1-2", {"min_sources": 1, "max_sources": 2}),
        ("seated:7:3:1", {"min_sources": 1, "max_sources": 1, "habit": SEATED_HABIT}),
    ],
)
def test_scenes_are_drawn_as_described(data: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    class Sampler:
        """Two sources."""

        def __init__(self, seed: int, **options: object) -> None:
            asked.append({"seed": seed, **options})

        def scene(self, index: int) -> SceneSample:
            binaural = np.array([[[1.0], [2.0]], [[index], [5.0]]], np.float32)
            places = np.array([0.2, 0.8], np.float32)
            return SceneSample(binaural, side_image(255, 0), places, places, ())

    monkeypatch.setattr(examples, "SceneSampler", Sampler)
    scenes = open_examples(data)
    assert asked == [{"seed": 7, "sample_rate": 16_000, "duration_s": 4.0, "split": "test", **options}]
    assert [scene.truth.tolist() for scene in scenes] == [[[1.0 + index], [7.0]] for index in range(3)]


def test_real_scenes_have_the_shape_that_is_expected() -> None:
    scenes = pickle.loads(pickle.dumps(open_examples("seated:7:1:1")))
    (scene,) = scenes
    assert (len(scenes), scene.truth.shape, scene.truth.dtype) == (1, (2, 64_000), np.float32)
    with scene.watch() as images:
        assert images(0.0).shape[2] == 3


@pytest.mark.parametrize("numbers", ["", "1", "1:0", "a:3", "1:2:0", "1:2:3:4"])
@pytest.mark.parametrize("prefix", ["scenes", "seated"])
def test_a_malformed_description_of_scenes_is_refused(prefix: str, numbers: str) -> None:
    with pytest.raises(DataError, match=f"accepted: {prefix}:SEED:COUNT"):
        open_examples(f"{prefix}:{numbers}")


def test_a_missing_folder_or_split_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match=r"no data folder '/nowhere/x:test'; accepted: .*scenes:.*seated:"):
        open_examples("/nowhere/x:test")
    with pytest.raises(DataError, match=r"no split .*split9.*; there: splits.split1.test; choose one"):
        open_examples(f"{folder}:split9")
    (folder / "splits/split1/test.txt").write_text("\n")
    with pytest.raises(DataError, match="names no clip"):
        open_examples(str(folder))
