"""Pseudo-binaural material: a mono video's source is found where it is, or refused, and heard from where it is seen."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.pseudo.__main__ import main
from models.pseudo.finder import CONFIDENT, Finding, find_source
from models.pseudo.material import PseudoBinaural, direction
from models.pseudo.places import find_places, videos
from models.scenes import SceneSampler
from models.scenes.stage import column, row
from models.scenes.synthesis import STAMPS
from models.scenes.video import write_video
from models.scenes.writer import write_clip
from realtime.errors import DataError

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("fluidsynth") and shutil.which("espeak-ng") and STAMPS.exists()),
        reason="the scenes' material is not installed: fluidsynth espeak-ng tuxpaint-stamps-default",
    ),
    # Some ten seconds of one core, which others may want too.
    pytest.mark.timeout(600),
]

SAMPLE_RATE = 16_000
SCENES = 12
DURATION_S = 0.6


def _write_scenes(folder: Path, seed: int, count: int, sources: int) -> dict[str, list[float]]:
    """Write mono videos of 3 s; returns the true columns of each."""
    sampler = SceneSampler(
        seed,
        sample_rate=SAMPLE_RATE,
        duration_s=3.0,
        image_height=160,
        image_width=320,
        min_sources=sources,
        max_sources=sources,
    )
    truth: dict[str, list[float]] = {}
    for index in range(count):
        sample, stage = sampler.staged(index)
        write_clip(folder / f"{index:02d}.mp4", sample, stage, sample_rate=SAMPLE_RATE, seed=index)
        truth[f"{index:02d}.mp4"] = sample.columns.tolist()
    return truth


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    """A folder of videos with one source each, already looked at, and the sources' true columns."""
    folder = tmp_path_factory.mktemp("mono")
    truth = _write_scenes(folder / "videos", 21, SCENES, 1)
    find_places(folder)
    return folder, {name: columns[0] for name, columns in truth.items()}


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("models.pseudo.material.user_cache", lambda: tmp_path / "cache" / "images")
    monkeypatch.setattr("models.pseudo.places.user_cache", lambda: tmp_path / "cache" / "images")
    return tmp_path / "cache"


def _noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (1, round(48_000 * seconds))).astype(np.float32)


def _energy_db(ears: np.ndarray) -> float:
    """Level of the left ear over the right."""
    left, right = (ears.astype(np.float64) ** 2).sum(axis=-1)
    return float(10 * np.log10(left / right))


def _lead(ears: np.ndarray) -> int:
    """Samples by which the left ear leads the right: where their correlation is largest, within a head's 1 ms."""
    both = np.fft.rfft(ears, 2 * ears.shape[1])
    correlation = np.fft.irfft(both[1] * both[0].conj())
    return int(max(range(-16, 17), key=lambda lag: correlation[lag]))


def test_sources_are_found_where_they_are(scenes: tuple[Path, dict[str, float]]):
    folder, truth = scenes
    findings = {path.name: finding for path, finding in find_places(folder).items()}
    assert findings.keys() == truth.keys()
    accepted = {name: finding for name, finding in findings.items() if not finding.reason}
    assert len(accepted) >= SCENES / 2
    close = [abs(finding.column - truth[name]) < 0.08 for name, finding in accepted.items()]
    assert np.mean(close) >= 0.8
    for finding in findings.values():
        assert (finding.confidence >= CONFIDENT) or finding.reason


def test_two_sources_are_not_believed(tmp_path: Path):
    _write_scenes(tmp_path, 3, 4, 2)
    findings = [find_source(path) for path in sorted(tmp_path.iterdir())]
    # One of two may be so quiet that it hardly moves.
    assert sum(bool(finding.reason) for finding in findings) >= 3
    assert np.median([finding.confidence for finding in findings]) < CONFIDENT / 2


@pytest.mark.parametrize("contrast", [0, 255])
def test_a_still_picture_is_refused(tmp_path: Path, contrast: int):
    still = np.random.default_rng(1).integers(0, contrast, (120, 240, 3), np.uint8, endpoint=True)
    write_video(tmp_path / "still.mp4", [still] * 30, 10, _noise(3.0), 48_000)
    finding = find_source(tmp_path / "still.mp4")
    assert finding.confidence == 0 and "move" in finding.reason


def test_a_moving_camera_alone_is_refused(tmp_path: Path):
    rng = np.random.default_rng(1)
    wide = np.kron(rng.integers(0, 255, (20, 40, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    loud = np.abs(np.sin(np.arange(30)))
    paths = np.round(np.cumsum(loud * 3)).astype(int)
    sound = _noise(3.0) * np.repeat(loud, 4_800).astype(np.float32)
    write_video(tmp_path / "pan.mp4", [wide[40:160, start : start + 240] for start in paths], 10, sound, 48_000)
    finding = find_source(tmp_path / "pan.mp4")
    assert finding.confidence < CONFIDENT and finding.reason


@pytest.mark.parametrize(
    ("images", "rate", "sound", "words"),
    [
        (30, 10, np.zeros((1, 144_000), np.float32), "silent"),
        (10, 10, _noise(1.0), "accepted: 2 to 60 s"),
        (6, 2, _noise(3.0), "pictures per second"),
    ],
)
def test_unsuitable_videos_are_refused_with_the_reason(tmp_path: Path, images: int, rate: int, sound, words: str):
    grey = np.full((64, 128, 3), 90, np.uint8)
    write_video(tmp_path / "clip.mp4", [grey] * images, rate, sound, 48_000)
    finding = find_source(tmp_path / "clip.mp4")
    assert words in finding.reason and finding.confidence == 0


def test_a_cut_is_named(tmp_path: Path):
    shots = np.random.default_rng(0).integers(0, 255, (2, 8, 16, 3))
    shots = np.kron(shots, np.ones((1, 15, 15, 1))).astype(np.uint8)
    write_video(tmp_path / "cut.mp4", [shots[int(number >= 15)] for number in range(30)], 10, _noise(3.0), 48_000)
    assert "cut at 1.5 s" in find_source(tmp_path / "cut.mp4").reason


def test_videos_without_sound_or_that_are_none_are_refused(tmp_path: Path):
    import av

    with av.open(str(tmp_path / "mute.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(30):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    (tmp_path / "text.mp4").write_text("no video")
    for name in ("mute.mp4", "text.mp4"):
        finding = find_source(tmp_path / name)
        assert finding.confidence == 0 and name in finding.reason and "\n" not in finding.reason
    with pytest.raises(DataError, match="found in none of the 2 videos") as caught:
        PseudoBinaural(tmp_path, 0.6, 32, 64, 0)
    assert "\n" not in str(caught.value)


def test_a_folder_without_videos_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="holds no videos"):
        videos(tmp_path)
    with pytest.raises(DataError, match="there is no folder"):
        videos(tmp_path / "absent")


def test_places_are_remembered_until_the_video_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "one.mp4").write_bytes(b"")
    looked: list[Path] = []
    monkeypatch.setattr("models.pseudo.places.find_source", lambda path: looked.append(path) or Finding(confidence=0.7))
    for _ in range(2):
        assert find_places(tmp_path)[tmp_path / "one.mp4"].confidence == 0.7
    assert len(looked) == 1
    assert [path.name for path in (tmp_path / "pseudo").iterdir()] == ["places.json"]
    os.utime(tmp_path / "one.mp4", (1, 1))
    find_places(tmp_path)
    assert len(looked) == 2


def test_a_place_given_by_hand_counts(tmp_path: Path):
    (tmp_path / "one.mp4").write_bytes(b"")
    file = tmp_path / "pseudo" / "places.json"
    file.parent.mkdir()
    file.write_text('{"one.mp4": {"by_hand": true, "column": 0.9, "row": 0.4}}')
    finding = find_places(tmp_path)[tmp_path / "one.mp4"]
    assert (finding.column, finding.row, finding.confidence, finding.reason) == (0.9, 0.4, 1.0, "")
    file.write_text('{"one.mp4": {"by_hand": true, "column": 90, "row": 0.4}}')
    with pytest.raises(DataError, match=r"no place for 'one\.mp4'; accepted by hand: column and row, 0 to 1"):
        find_places(tmp_path)
    for text in ('{"one.mp4": {', "[]"):
        file.write_text(text)
        with pytest.raises(DataError, match=r"places\.json' is no.*delete it"):
            find_places(tmp_path)


def test_where_the_folder_cannot_be_written_to_the_cache_remembers(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "one.mp4").write_bytes(b"")
    (tmp_path / "pseudo").write_text("in the way")
    looked: list[Path] = []
    monkeypatch.setattr("models.pseudo.places.find_source", lambda path: looked.append(path) or Finding(confidence=0.7))
    for _ in range(2):
        find_places(tmp_path)
    assert len(looked) == 1
    assert len(list((own_cache / "pseudo").glob("*.json"))) == 1


def test_the_command_prints_the_table_and_writes_the_places_only(
    scenes: tuple[Path, dict[str, float]], capsys: pytest.CaptureFixture[str]
):
    folder, truth = scenes
    assert main([str(folder)]) == 0
    table = capsys.readouterr().out
    assert all(name in table for name in truth)
    entries = json.loads((folder / "pseudo" / "places.json").read_text())
    assert f"{sum(not entry['reason'] for entry in entries.values())} of {SCENES} videos can be used" in table
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {"pseudo/places.json", *(f"videos/{name}" for name in truth)}
    assert main([str(folder / "absent")]) == 1
    assert capsys.readouterr().err.startswith("there is no folder")


def test_samples_sound_from_where_their_source_is_seen(scenes: tuple[Path, dict[str, float]], own_cache: Path):
    told: list[str] = []
    material = PseudoBinaural(scenes[0], DURATION_S, 56, 112, 5, tell=told.append)
    assert len(material) >= SCENES / 2
    refused = [path.name for path, finding in find_places(scenes[0]).items() if finding.reason]
    assert all(any(name in line for line in told) for name in refused)
    sides: list[bool] = []
    leads: list[tuple[float, int]] = []
    counts: set[int] = set()
    for index in range(40):
        sample = material.sample(index)
        count = len(sample.sources)
        counts.add(count)
        assert sample.sources.shape == (count, 2, round(DURATION_S * 16_000)) and sample.sources.dtype == np.float32
        assert sample.image.shape == (56, 112, 3) and sample.image.dtype == np.uint8
        assert sample.places.shape == (count, 2) and (sample.classes == -1).all()
        assert sample.places.min() >= 0 and sample.places.max() <= 1
        assert 0 < np.abs(sample.sources.sum(axis=0)).max() < 0.9
        for ears, (_, seen) in zip(sample.sources, sample.places, strict=True):
            azimuth_deg, _ = direction(0.5, float(seen), 2.0)
            leads.append((azimuth_deg, _lead(ears)))
            if abs(azimuth_deg) > 10:
                sides.append((_energy_db(ears) > 0) == (azimuth_deg > 0))
    assert counts == {1, 2}
    assert len(sides) > 20 and np.mean(sides) > 0.9
    # Woodworth's formula for a head of 8.75 cm radius. The correlation of tonal sound may lock on to another period,
    # and reflections pull at it: two thirds within 2.5 samples (0.16 ms) suffice.
    angles = np.radians([azimuth_deg for azimuth_deg, _ in leads])
    expected = 16_000 * 0.0875 / 343 * (angles + np.sin(angles))
    assert np.mean(np.abs(expected - [lead for _, lead in leads]) < 2.5) > 2 / 3


def test_sources_are_moved_about_the_picture(scenes: tuple[Path, dict[str, float]], own_cache: Path):
    material = PseudoBinaural(scenes[0], DURATION_S, 28, 56, 6, tell=lambda line: None)
    columns = np.concatenate([material.sample(index).places[:, 1] for index in range(60)])
    spread, _ = np.histogram(columns, bins=4, range=(0, 1))
    assert spread.min() >= 6


def test_same_number_gives_same_bytes_in_any_order_and_process(scenes: tuple[Path, dict[str, float]], own_cache: Path):
    material = PseudoBinaural(scenes[0], DURATION_S, 28, 56, 7, tell=lambda line: None)
    other = pickle.loads(pickle.dumps(PseudoBinaural(scenes[0], DURATION_S, 28, 56, 7, tell=lambda line: None)))
    for index in (4, 0, 2):
        ours, theirs = material.sample(index), other.sample(index)
        assert ours.sources.tobytes() == theirs.sources.tobytes()
        assert ours.image.tobytes() == theirs.image.tobytes()
        assert ours.places.tobytes() == theirs.places.tobytes()
    assert material.sample(0).sources.tobytes() != material.sample(1).sources.tobytes()


@pytest.mark.parametrize(("azimuth_deg", "elevation_deg"), [(0.0, 0.0), (30.0, -10.0), (-40.0, 15.0)])
def test_direction_is_the_inverse_of_the_stage(azimuth_deg: float, elevation_deg: float):
    seen = direction(row(azimuth_deg, elevation_deg, 2.0), column(azimuth_deg), 2.0)
    assert seen == pytest.approx((azimuth_deg, elevation_deg))
