"""Generated scenes: what is heard agrees with what is seen and with the stated truth, and comes out the same again."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from models.scenes import SceneSampler
from models.scenes.backgrounds import Backgrounds
from models.scenes.classes import BY_NAME, CLASSES
from models.scenes.midi import Note, midi_file, phrase
from models.scenes.rooms import Place, Room, RoomBank
from models.scenes.sounds import SPLITS, SoundBank, cache_folder
from models.scenes.stage import column, row
from models.scenes.synthesis import STAMPS
from models.scenes.writer import write_scenes
from realtime.errors import DataError
from realtime.head import Head

pytestmark = pytest.mark.skipif(
    not (shutil.which("fluidsynth") and shutil.which("espeak-ng") and STAMPS.exists()),
    reason="the scenes' material is not installed: fluidsynth espeak-ng tuxpaint-stamps-default",
)


@pytest.fixture(scope="module")
def sampler() -> SceneSampler:
    return SceneSampler(7)


@pytest.fixture(scope="module")
def head() -> Head:
    return Head(16_000)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with the sounds of the user's, to which a test may add."""
    SoundBank(16_000)
    folder = tmp_path / "cache" / "earsight" / cache_folder().name
    folder.mkdir(parents=True)
    for path in cache_folder().glob("*.npy"):
        (folder / path.name).symlink_to(path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def _lead(ears: np.ndarray) -> int:
    """Return by how many samples the left ear leads the right, from their cross-correlation."""
    return ears.shape[1] - 1 - int(np.correlate(ears[0], ears[1], "full").argmax())


def _energy(ears: np.ndarray) -> np.ndarray:
    return (ears.astype(np.float64) ** 2).sum(axis=1)


def test_same_number_gives_same_bytes_in_any_order_and_process(sampler: SceneSampler):
    other = pickle.loads(pickle.dumps(SceneSampler(7)))
    for index in (5, 0, 2):
        ours, theirs = sampler.scene(index), other.scene(index)
        assert ours.binaural.tobytes() == theirs.binaural.tobytes()
        assert ours.image.tobytes() == theirs.image.tobytes()
        assert ours.sources == theirs.sources


def test_seed_split_and_number_each_change_the_scene(sampler: SceneSampler):
    scenes = [sampler.scene(0), sampler.scene(1), SceneSampler(8).scene(0), SceneSampler(7, split="test").scene(0)]
    assert len({scene.image.tobytes() for scene in scenes}) == 4
    assert len({scene.binaural.tobytes() for scene in scenes}) == 4


def test_shapes_levels_and_gaps(sampler: SceneSampler):
    counts: set[int] = set()
    for index in range(40):
        scene = sampler.scene(index)
        count = len(scene.sources)
        counts.add(count)
        assert scene.binaural.shape == (count, 2, 20_480) and scene.binaural.dtype == np.float32
        assert scene.image.shape == (112, 224, 3) and scene.image.dtype == np.uint8
        assert scene.columns.dtype == scene.rows.dtype == np.float32
        assert np.isfinite(scene.binaural).all()
        assert np.abs(scene.binaural.sum(axis=0)).max() < 0.9
        azimuths = np.sort([source.azimuth_deg for source in scene.sources])
        assert np.diff(azimuths).min(initial=90.0) >= 10.0
        assert max(source.level_db for source in scene.sources) == 0.0
        assert min(source.level_db for source in scene.sources) >= -9.0
    assert counts == {1, 2, 3}


def test_sprites_are_inside_and_where_they_sound(sampler: SceneSampler):
    for index in range(40):
        scene, stage = sampler.staged(index)
        for number, (source, sprite) in enumerate(zip(scene.sources, stage.sprites, strict=True)):
            assert scene.columns[number] == np.float32(column(source.azimuth_deg))
            assert scene.rows[number] == np.float32(row(source.azimuth_deg, source.elevation_deg, 2.0))
            half_width, half_height = sprite.image.width / 448, sprite.image.height / 224
            assert half_width < scene.columns[number] < 1 - half_width
            assert half_height < scene.rows[number] < 1 - half_height


def test_columns_and_rows_follow_the_pinhole():
    assert column(0.0) == 0.5
    assert column(45.0) == pytest.approx(0.0)
    assert column(-45.0) == pytest.approx(1.0)
    assert column(20.0) < 0.5 < column(-20.0)
    assert row(0.0, 5.0, 2.0) < 0.5 < row(0.0, -5.0, 2.0)


@pytest.mark.parametrize("azimuth_deg", [10.0, 22.5, 40.0, 90.0])
def test_left_ear_leads_and_is_louder_for_a_source_on_the_left(head: Head, azimuth_deg: float):
    left, right = head.hrir(azimuth_deg, 0.0), head.hrir(-azimuth_deg, 0.0)
    assert _lead(left) > 0 > _lead(right)
    # Woodworth's formula for a head of 8.75 cm radius; KEMAR's delay is within 3 samples (0.19 ms) of it.
    angle = np.radians(azimuth_deg)
    assert _lead(left) == pytest.approx(16_000 * 0.0875 / 343 * (angle + np.sin(angle)), abs=3)
    assert _energy(left)[0] > 1.2 * _energy(left)[1]
    assert _energy(right)[1] > 1.2 * _energy(right)[0]


def test_mirrored_azimuth_swaps_the_ears(head: Head):
    for azimuth_deg in (15.0, 37.5, 75.0):
        left, right = _energy(head.hrir(azimuth_deg, 0.0)), _energy(head.hrir(-azimuth_deg, 0.0))
        # KEMAR's two sides are one measurement, mirrored.
        np.testing.assert_allclose(left, right[::-1], rtol=0.02)


def test_head_between_measured_directions_keeps_level_and_delay(head: Head):
    for azimuth_deg in np.arange(5.0, 40.0, 5.0):
        levels = [10 * np.log10(_energy(head.hrir(azimuth_deg + step, 0.0))) for step in (0.0, 2.5, 5.0)]
        # Between neighbours, half a decibel allowed: plain averaging would lose several at the shadowed ear.
        assert (levels[1] > np.minimum(levels[0], levels[2]) - 0.5).all()
        assert (levels[1] < np.maximum(levels[0], levels[2]) + 0.5).all()


def test_scenes_are_louder_on_the_side_of_their_source():
    sampler = SceneSampler(1, max_sources=1)
    agreeing: list[bool] = []
    for index in range(60):
        scene = sampler.scene(index)
        azimuth_deg = scene.sources[0].azimuth_deg
        if abs(azimuth_deg) >= 15.0:
            left, right = _energy(scene.binaural[0])
            agreeing.append((left > right) == (azimuth_deg > 0))
            assert (scene.columns[0] < 0.5) == (azimuth_deg > 0)
    # A nearby side wall may outweigh a far source, rarely.
    assert len(agreeing) >= 20 and np.mean(agreeing) > 0.9


def test_direct_sound_comes_first_with_gain_one(head: Head):
    bank = RoomBank(head, 3)
    rooms = [bank[number] for number in range(bank.count)]
    assert any(room.rt60_s == 0 for room in rooms) and max(room.rt60_s for room in rooms) > 0.35
    for room in rooms[:12]:
        place = room.place(30.0, np.random.default_rng(0))
        response = room.response(place, head)
        direct = head.hrir(place.azimuth_deg, place.elevation_deg)
        first = 20  # samples: 1 ms before the earliest arrival, then the first 0.25 ms of it
        np.testing.assert_allclose(response[:, :first], direct[:, :first], atol=1e-3)
        assert _energy(response)[0] > _energy(direct)[0] * 0.9
        assert response.shape[1] <= 0.36 * 16_000


def test_a_longer_reverberation_leaves_more_energy(head: Head):
    room = Room(np.random.default_rng(5))
    place = Place(0.0, 0.0, 1.2)
    energies: list[float] = []
    for rt60_s in (0.0, 0.2, 0.4):
        room.rt60_s = rt60_s
        energies.append(float(_energy(room.response(place, head)).sum()))
    assert energies[0] < energies[1] < energies[2]


def test_splits_share_no_sample():
    bank = SoundBank(16_000)
    for path in bank._files["piano"]:
        bank._open[path] = np.arange(30_000, dtype=np.int16), np.ones(38, np.bool_)
    heard: dict[str, set[int]] = {}
    for split in SPLITS:
        rng = np.random.default_rng(0)
        cuts = [bank.segment("piano", 1000, split, rng) for _ in range(400)]
        heard[split] = set(np.round(np.concatenate(cuts) * 32768).astype(int).tolist())
    assert max(heard["train"]) < min(heard["val"]) <= max(heard["val"]) < min(heard["test"])
    assert min(heard["test"]) >= 24_000


def test_a_segment_longer_than_its_split_is_several_cuts():
    bank = SoundBank(16_000)
    segment = bank.segment("dog", 16_000 * 10, "val", np.random.default_rng(0))
    assert segment.shape == (160_000,)
    assert np.abs(segment).max() > 0.05


def test_every_class_sounds_and_has_a_picture(sampler: SceneSampler):
    assert len(CLASSES) >= 12
    assert {sound_class.kind for sound_class in CLASSES} == {"instrument", "talker", "animal"}
    for sound_class in CLASSES:
        rng = np.random.default_rng(1)
        for _ in range(3):
            segment = sampler._bank.segment(sound_class.name, 20_480, "train", rng)
            assert np.sqrt((segment**2).mean()) > 0.003
            picture, height = sampler._book.picture(sound_class.name, rng)
            assert picture.mode == "RGBA" and min(picture.size) > 5 and 0 < height < 1
            assert 0.02 < np.asarray(picture.getchannel("A")).mean() / 255 < 1


def test_midi_file_is_well_formed():
    data = midi_file([Note(0.0, 0.5, 60, 100), Note(0.25, 2.0, 64, 90)], 40)
    assert data.startswith(b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk")
    assert int.from_bytes(data[18:22]) == len(data) - 22
    assert data.endswith(b"\xff\x2f\x00")
    # The first note stops at 0.5 s = 480 ticks, 240 after the second starts: 240 is 0x81 0x70 as a variable length.
    assert bytes((0x81, 0x70, 0x90, 64, 90, 0x81, 0x70, 0x80, 60, 0)) in data


def test_phrases_stay_in_range():
    for sound_class in CLASSES:
        if sound_class.kind == "instrument" and sound_class.style != "drums":
            notes = phrase(sound_class, 20.0, np.random.default_rng(0))
            assert notes and all(sound_class.low <= note.pitch <= sound_class.high for note in notes)
            # The last bar, four halves of the slowest beat of 0.86 s, may run over.
            assert all(0.0 <= note.start_s < 21.8 for note in notes)


@pytest.mark.parametrize("missing", ["fluidsynth", "espeak-ng"])
def test_missing_program_names_the_package(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if missing == "espeak-ng":
        monkeypatch.setattr("models.scenes.sounds.CLASSES", (BY_NAME["woman"],))
    with pytest.raises(DataError, match=f"'{missing}' is not on the PATH; run: apt-get install {missing}") as caught:
        SoundBank(16_000)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"split": "dev"}, "train, val, test"),
        ({"max_sources": 4}, "1..3"),
        ({"min_sources": 0}, "1..3"),
        ({"head": Path("nowhere.sofa")}, "SimpleFreeFieldHRIR"),
        ({"images": Path("nowhere")}, "no folder of pictures"),
        ({"sounds": Path("nowhere")}, "no folder of sounds"),
    ],
)
def test_wrong_options_say_what_is_accepted(options: dict, words: str):
    with pytest.raises(DataError, match=words):
        SceneSampler(0, **options)


def test_a_file_that_is_no_head_is_refused(tmp_path: Path):
    path = tmp_path / "head.sofa"
    path.write_bytes(b"not HDF5")
    with pytest.raises(DataError, match="not a SOFA file"):
        Head(16_000, path)


def test_own_pictures_and_sounds_are_used(tmp_path: Path, own_cache: Path):
    images, sounds = tmp_path / "images", tmp_path / "sounds"
    (sounds / "dog").mkdir(parents=True)
    images.mkdir()
    Image.new("RGB", (640, 480), (10, 200, 30)).save(images / "green.png")
    tone = np.sin(2 * np.pi * 440 * np.arange(88_200) / 44_100)
    soundfile.write(sounds / "dog" / "tone.wav", tone, 44_100)
    sampler = SceneSampler(0, images=images, sounds=sounds)
    assert sampler._bank.count("dog") == SoundBank(16_000).count("dog") + 1
    assert list(own_cache.glob("extra-dog-*"))
    corner = sampler._backgrounds.cut(np.random.default_rng(0)).getpixel((0, 0))
    assert corner == (10, 200, 30)
    (sounds / "unicorn").mkdir()
    with pytest.raises(DataError, match="not named after a class"):
        SceneSampler(0, sounds=sounds)


@pytest.mark.parametrize("size", [(640, 480), (1023, 301), (300, 997), (50, 20)])
def test_pictures_of_any_shape_fill_the_background(tmp_path: Path, size: tuple[int, int]):
    Image.new("RGB", size, (10, 200, 30)).save(tmp_path / "green.png")
    backgrounds = Backgrounds(120, 240, seed=0, folder=tmp_path)
    for seed in range(3):
        assert backgrounds.cut(np.random.default_rng(seed)).getcolors() == [(120 * 240, (10, 200, 30))]


def test_only_a_share_of_the_backgrounds_are_pictures(tmp_path: Path):
    Image.new("RGB", (640, 480), (10, 200, 30)).save(tmp_path / "green.png")
    backgrounds = Backgrounds(
        30, 60, seed=0, count=3, folder=tmp_path, share=0.25, paint=lambda *size: Image.new("RGB", size[:2], (9, 0, 0))
    )
    rng = np.random.default_rng(0)
    green = [backgrounds.cut(rng).getpixel((5, 5)) == (10, 200, 30) for _ in range(400)]
    assert 0.18 < np.mean(green) < 0.32


def test_written_scenes_have_the_layout_and_can_be_read(tmp_path: Path):
    done: list[tuple[int, int]] = []
    write_scenes(tmp_path / "a", 3, 5, duration_s=1.0, progress=lambda *numbers: done.append(numbers))
    assert done == [(1, 3), (2, 3), (3, 3)]
    names = ["000001", "000002", "000003"]
    files = {path.relative_to(tmp_path / "a").as_posix() for path in (tmp_path / "a").rglob("*") if path.is_file()}
    assert files == (
        {f"binaural_audios/{name}.wav" for name in names}
        | {f"videos/{name}.mp4" for name in names}
        | {f"truth/{name}.json" for name in names}
        | {f"splits/split1/{split}.txt" for split in SPLITS}
    )
    listed = [(tmp_path / "a" / "splits" / "split1" / f"{split}.txt").read_text() for split in SPLITS]
    assert listed == ["000001.wav\n", "000002.wav\n", "000003.wav\n"]
    for name in names:
        ears, sample_rate = soundfile.read(tmp_path / "a" / "binaural_audios" / f"{name}.wav")
        assert ears.shape == (48_000, 2) and sample_rate == 48_000
        truth = json.loads((tmp_path / "a" / "truth" / f"{name}.json").read_text())
        keys = {"class", "azimuth_deg", "elevation_deg", "distance_m", "start_s", "end_s"}
        assert 1 <= len(truth) <= 3 and all(set(source) == keys for source in truth)
        _check_video(tmp_path / "a" / "videos" / f"{name}.mp4", ears.mean(axis=1))
    with pytest.raises(DataError, match="already holds scenes"):
        write_scenes(tmp_path / "a", 3, 5)


def _check_video(path: Path, mono: np.ndarray) -> None:
    with av.open(str(path)) as container:
        images = [image.to_ndarray(format="rgb24") for image in container.decode(video=0)]
    with av.open(str(path)) as container:
        sound = np.concatenate([block.to_ndarray()[0] for block in container.decode(audio=0)])
    assert len(images) == 10 and images[0].shape == (240, 480, 3)
    # AAC is lossy, but in place: half a block (512 samples) off would not correlate.
    assert np.corrcoef(sound[4_000:44_000], mono[4_000:44_000])[0, 1] > 0.98


def test_any_number_of_workers_writes_the_same(tmp_path: Path):
    for workers in (1, 2):
        write_scenes(tmp_path / str(workers), 2, 9, duration_s=0.5, workers=workers)
    ours = sorted(path for path in (tmp_path / "1").rglob("*") if path.is_file())
    assert len(ours) == 9
    for path in ours:
        assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes()
