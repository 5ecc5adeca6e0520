"""Windows of recorded clips: drawn by their number alone, each clip once an epoch, sound and picture of one moment."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from models.ambisonics import DEFAULT, AmbisonicFormat, decoder
from models.recordings import Recordings
from realtime.clip import Clip
from realtime.errors import DataError
from tests.clips import IMAGES_PER_S, level_image, make_clip
from tests.models.data_folder import NAMES, make_folder

SAMPLES = 4800
WINDOW_S = 0.3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five clips of a second, which differ in their sound."""
    return make_folder(tmp_path_factory.mktemp("recordings") / "data", [f"00000{number}" for number in range(5)])


def recordings(folder: Path, part: str = "test", **options) -> Recordings:
    return Recordings(str(folder), part, WINDOW_S, (24, 48), **options)


def whole(folder: Path, name: str, kind: str = "binaural_audios") -> NDArray[np.float32]:
    return Clip.open(folder / kind / f"{name}.wav").audio(16_000)


def place_of(window: NDArray[np.float32], sound: NDArray[np.float32]) -> int:
    """Where a window comes from, by its cross-correlation with a whole sound."""
    size = window.shape[1] + sound.shape[1]
    cross = np.fft.rfft(sound, size) * np.fft.rfft(window, size).conj()
    return int(np.fft.irfft(cross.sum(axis=0), size)[: sound.shape[1] - window.shape[1] + 1].argmax())


def write_one(root: Path, sound: NDArray[np.float32], rate: int, images: list[NDArray[np.uint8]]) -> Path:
    for part in ("binaural_audios", "videos", "splits/split1"):
        (root / part).mkdir(parents=True)
    soundfile.write(root / "binaural_audios/000001.wav", sound.T, rate, subtype="FLOAT")
    make_clip(root / "videos/000001.mp4", None, images)
    (root / "splits/split1/test.txt").write_text("000001\n")
    return root


def test_a_sample_is_one_recording_of_unknown_places(folder: Path) -> None:
    sample = recordings(folder).sample(0)
    assert (sample.sources.shape, sample.sources.dtype) == ((1, 2, SAMPLES), np.float32)
    assert (sample.image.shape, sample.image.dtype) == ((24, 48, 3), np.uint8)
    assert sample.places.shape == (1, 2) and np.isnan(sample.places).all()
    assert sample.classes.tolist() == [-1] and sample.classes.dtype == np.int64


def test_a_window_is_cut_from_its_clip_to_the_sample(folder: Path) -> None:
    material = recordings(folder)
    sounds = [whole(folder, name) for name in material.folder.names]
    for index in range(5):
        window = material.sample(index).sources[0]
        fits = []
        for sound in sounds:
            start = place_of(window, sound)
            fits.append(float(np.abs(window - sound[:, start : start + SAMPLES]).max()))
        # What is left is the edge of the resampler's filter beyond the margin.
        assert sorted(fits)[0] < 1e-4 and sorted(fits)[1] > 0.05


def test_each_clip_comes_once_an_epoch_in_a_new_order(folder: Path) -> None:
    material = recordings(folder)
    sounds = [whole(folder, name) for name in material.folder.names]

    def clip_of(index: int) -> int:
        window = material.sample(index).sources[0]
        errors = []
        for sound in sounds:
            start = place_of(window, sound)
            errors.append(float(np.abs(window - sound[:, start : start + SAMPLES]).mean()))
        return int(np.argmin(errors))

    epochs = [[clip_of(5 * epoch + place) for place in range(5)] for epoch in range(3)]
    assert all(sorted(epoch) == [0, 1, 2, 3, 4] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_a_sample_depends_on_seed_and_number_alone(folder: Path) -> None:
    one, other = recordings(folder, seed=3), recordings(folder, seed=3)
    forward = [one.sample(index) for index in range(7)]
    backward = [other.sample(index) for index in reversed(range(7))][::-1]
    sent = pickle.loads(pickle.dumps(one))
    for index, (first, second) in enumerate(zip(forward, backward, strict=True)):
        third = sent.sample(index)
        assert (first.sources == second.sources).all() and (first.sources == third.sources).all()
        assert (first.image == second.image).all() and (first.image == third.image).all()
    different = recordings(folder, seed=4)
    assert any((forward[index].sources != different.sample(index).sources).any() for index in range(5))


def test_windows_lie_everywhere_in_a_clip(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "data", NAMES[:1])
    material, sound = recordings(data), whole(data, NAMES[0])
    starts = [place_of(material.sample(index).sources[0], sound) for index in range(40)]
    latest = 16_000 - SAMPLES
    assert min(starts) < 0.15 * latest and max(starts) > 0.85 * latest
    assert len(set(starts)) > 30


def test_fixed_windows_are_the_middle_of_each_clip_in_order(folder: Path) -> None:
    material = recordings(folder, fixed=True)
    for index, name in enumerate(material.folder.names):
        window = material.sample(index).sources[0]
        assert np.abs(window - whole(folder, name)[:, 5600 : 5600 + SAMPLES]).max() < 1e-4
        assert (material.sample(index + len(material)).sources[0] == window).all()


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_any_sample_rate_is_read_to_the_sample(tmp_path: Path, rate: int) -> None:
    sound = np.random.default_rng(1).standard_normal((2, rate)).astype(np.float32) * 0.1
    data = write_one(tmp_path / "data", sound, rate, [level_image(100)] * 25)
    material, full = recordings(data), whole(data, "000001")
    for index in range(4):
        window = material.sample(index).sources[0]
        start = place_of(window, full)
        assert np.abs(window - full[:, start : start + SAMPLES]).max() < 2e-4


def test_the_picture_is_that_of_the_windows_middle(tmp_path: Path) -> None:
    # A ramp in the left channel tells the time; the picture brightens by 8 levels every tenth of a second.
    ramp = np.linspace(0, 1, 32_000, dtype=np.float32)
    images = [level_image(40 + 8 * (index * 10 // IMAGES_PER_S)) for index in range(2 * IMAGES_PER_S)]
    data = write_one(tmp_path / "data", np.stack((ramp, ramp)), 16_000, images)
    for cache in (None, tmp_path / "cache"):
        material = recordings(data, cache=cache)
        for index in range(8):
            sample = material.sample(index)
            middle_s = 2 * float(sample.sources[0, 0].mean())
            # The video shows a change up to a twenty-fifth of a second late, the cache sees it ten times a second.
            expected = {40 + 8 * int((middle_s - late_s) * 10) for late_s in (0.0, 0.04, 0.1)}
            assert min(abs(sample.image.mean() - level) for level in expected) < 3, (cache, index, middle_s)


def test_a_video_that_ends_early_holds_its_last_picture_and_black_at_the_start_is_skipped(tmp_path: Path) -> None:
    sound = np.full((2, 32_000), 0.1, np.float32)
    images = [level_image(0)] * 5 + [level_image(90)] * 5 + [level_image(180)] * 5
    data = write_one(tmp_path / "data", sound, 16_000, images)
    late = Recordings(str(data), "test", 0.1, (24, 48), fixed=True).sample(0)
    assert late.image.mean() == pytest.approx(180, abs=3)
    (data / "binaural_audios/000001.wav").unlink()
    soundfile.write(data / "binaural_audios/000001.wav", sound[:, :2000].T, 16_000)
    early = Recordings(str(data), "test", 0.1, (24, 48), fixed=True).sample(0)
    assert early.image.mean() == pytest.approx(90, abs=3)


def test_a_clip_shorter_than_the_window_is_followed_by_silence(tmp_path: Path) -> None:
    sound = np.random.default_rng(1).standard_normal((2, 4000)).astype(np.float32) * 0.1
    window = recordings(write_one(tmp_path / "data", sound, 16_000, [level_image(9)] * 9)).sample(0).sources[0]
    assert window[:, :4000] == pytest.approx(sound) and not window[:, 4000:].any() and window.shape == (2, SAMPLES)


def test_what_is_not_finite_is_silence(tmp_path: Path) -> None:
    sound = np.full((2, 8000), 0.1, np.float32)
    sound[0, ::100] = np.nan
    sound[1, ::100] = np.inf
    sample = recordings(write_one(tmp_path / "data", sound, 16_000, [level_image(9)] * 9)).sample(0)
    assert np.isfinite(sample.sources).all() and np.abs(sample.sources).max() == pytest.approx(0.1)


def test_a_360_degree_set_is_decoded(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "data", ambisonic=True)
    material = recordings(data, fixed=True)
    form = AmbisonicFormat.parse(DEFAULT)
    for index, name in enumerate(NAMES):
        window = material.sample(index).sources[0]
        ears = decoder(16_000, None).decode(whole(data, name, "ambisonics"), form)
        assert np.abs(window - ears[:, 5600 : 5600 + SAMPLES]).max() < 1e-4
        energy = (window**2).sum(axis=1)
        assert (energy[0] > 2 * energy[1]) == (index == 0)


def test_unusable_clips_are_left_out_and_told(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "data")
    (data / "videos/000001.mp4").unlink()
    told: list[str] = []
    material = recordings(data, tell=told.append)
    assert len(material) == 1 and len(told) == 2
    with pytest.raises(DataError, match="1 of the 2 clips"):
        recordings(data, tolerated=0)
    with pytest.raises(DataError, match=r"no split .*train"):
        recordings(data, part="train")


def test_a_sound_that_breaks_later_is_named(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "data", NAMES[:1])
    material = recordings(data)
    (data / "binaural_audios/000001.wav").write_bytes(b"RIFF")
    with pytest.raises(DataError, match=r"000001.wav' cannot be read .*; copy it again"):
        material.sample(0)
