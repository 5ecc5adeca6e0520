"""Real containers in, files out: whole, as long as the clip, aligned to the sample, the same every time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime.chain.plan import Plan, Slot
from realtime.clip import Clip
from realtime.errors import ClipError, ModelError, RecordingError, SettingsError
from realtime.pictures import save_png
from realtime.render import render_clip
from tests.clips import make_clip, tone
from tests.models.side_model import make_side_model, side_image


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.fixture(scope="module")
def window_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "windows.onnx", "window")


def picture(left: int, right: int) -> np.ndarray:
    return np.kron(side_image(left, right), np.ones((8, 8, 1), np.uint8))


@pytest.fixture
def parts(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """A sound file and a folder with one image of two halves."""

    def make(sound: np.ndarray, rate: int, left: int = 255, right: int = 0) -> tuple[Path, Path]:
        (tmp_path / "images").mkdir(exist_ok=True)
        save_png(tmp_path / "images" / "000001.png", side_image(left, right))
        soundfile.write(tmp_path / "sound.wav", sound.T, rate, "FLOAT")
        return tmp_path / "sound.wav", tmp_path / "images"

    return make


def noise(samples: int, channels: int = 1) -> np.ndarray:
    return (0.2 * np.random.default_rng(0).standard_normal((channels, samples))).clip(-0.45, 0.45).astype(np.float32)


@pytest.mark.parametrize("mode", ["filter", "overlap"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_container_comes_back_with_its_picture_and_two_ears(
    model: Path, tmp_path: Path, suffix: str, mode: str
) -> None:
    clip = make_clip(tmp_path / f"in{suffix}", tone(1.0), [picture(250, 5)] * 25)
    out = tmp_path / f"out{suffix}"
    snapshot = render_clip(clip, out, mode=mode, model=model)
    probe = ["ffprobe", "-v", "error", "-of", "json", "-show_entries", "stream=codec_type,codec_name,channels"]
    told = subprocess.run([*probe, str(out)], capture_output=True, check=True, text=True).stdout
    streams = json.loads(told)["streams"]
    kinds = {stream["codec_type"]: stream for stream in streams}
    assert kinds["video"]["codec_name"] == "h264"
    assert kinds["audio"]["channels"] == 2
    left, right = np.abs(Clip.open(out).audio()[:, 4000:12_000]).mean(1)
    assert left > 10 * right
    assert snapshot.duration_s == pytest.approx(Clip.open(clip).audio().shape[1] / 16_000, abs=1e-6)


@pytest.mark.parametrize("mode", ["filter", "overlap"])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_sound_and_images_come_out_aligned_to_the_sample(
    model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]], mode: str, rate: int
) -> None:
    sound = noise(rate, 2)
    render_clip(parts(sound, rate, 128, 128), tmp_path / "out.wav", mode=mode, model=model)
    out, out_rate = soundfile.read(tmp_path / "out.wav")
    assert out_rate == rate
    assert out.shape == (rate, 2)
    # A picture that is the same on both sides gives no difference; the file has 24 bits.
    np.testing.assert_allclose(out, np.repeat(sound.mean(0)[:, None], 2, 1), atol=2**-22)


@pytest.mark.parametrize("samples", [1, 63, 480, 4000])
@pytest.mark.parametrize("mode", ["filter", "overlap"])
def test_a_clip_shorter_than_a_window_is_rendered_whole(
    model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]], samples: int, mode: str
) -> None:
    render_clip(parts(noise(samples), 48_000), tmp_path / "out.flac", mode=mode, model=model)
    out, _ = soundfile.read(tmp_path / "out.flac")
    assert out.shape == (samples, 2)


def test_the_same_clip_gives_the_same_bytes(
    model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]]
) -> None:
    source = parts(noise(48_000), 48_000)
    for name in ("one.wav", "two.wav"):
        render_clip(source, tmp_path / name, model=model)
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()


def test_not_a_number_in_a_file_becomes_silence_and_is_counted(
    model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]]
) -> None:
    sound = noise(24_000)
    sound[0, 1000:1010] = np.nan
    snapshot = render_clip(parts(sound, 48_000), tmp_path / "out.wav", model=model)
    out, _ = soundfile.read(tmp_path / "out.wav")
    assert np.isfinite(out).all()
    assert snapshot.bad_samples == 10


def test_progress_ends_at_one(model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]]) -> None:
    seen: list[float] = []
    render_clip(parts(noise(48_000), 48_000), tmp_path / "out.wav", model=model, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_a_truncated_file_gives_what_can_be_read_and_says_so(model: Path, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "in.mp4", tone(2.0), [picture(250, 5)] * 50, options={"movflags": "faststart"})
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
    snapshot = render_clip(clip, tmp_path / "out.wav", model=model)
    assert snapshot.notices
    out, _ = soundfile.read(tmp_path / "out.wav")
    assert len(out) > 8000


def test_what_cannot_be_rendered_is_refused_and_leaves_no_file(model: Path, window_model: Path, tmp_path: Path) -> None:
    good = make_clip(tmp_path / "good.mp4", tone(0.5), [picture(250, 5)] * 12)
    mute = make_clip(tmp_path / "mute.mp4", None, [picture(250, 5)] * 12)
    blind = make_clip(tmp_path / "blind.m4a", tone(0.5), None)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(good.read_bytes()[:400])
    empty = tmp_path / "empty.wav"
    soundfile.write(empty, np.zeros((0, 2)), 48_000)
    out = tmp_path / "out.wav"
    for clip, words in ((mute, "no sound"), (blind, "no picture"), (cut, "cut"), (tmp_path / "none.mp4", "none.mp4")):
        with pytest.raises(ClipError, match=words):
            render_clip(clip, out, model=model)
    with pytest.raises(ClipError):
        render_clip(empty, out, model=model)
    with pytest.raises(SettingsError, match="accepted"):
        render_clip(good, out, mode="slow", model=model)
    with pytest.raises(SettingsError, match="--compat does not go with mode filter"):
        render_clip(good, out, compat=True, model=model)
    with pytest.raises(ModelError, match="streaming network, not one of windows"):
        render_clip(good, out, mode="window", model=model)
    with pytest.raises(ClipError, match="without --compat"):
        render_clip(good, out, mode="window", compat=True, model=window_model)
    with pytest.raises(ModelError):
        render_clip(good, out, model=tmp_path / "none.onnx")
    with pytest.raises(RecordingError):
        render_clip(good, tmp_path / "out.ogg", model=model)
    assert not list(tmp_path.glob("*out*"))
    out.write_bytes(b"mine")
    with pytest.raises(RecordingError, match="exists"):
        render_clip(good, out, model=model)
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("seconds", [0.0001, 0.3, 0.63, 1.501])
def test_windows_give_the_clips_own_rate_length_and_band(
    window_model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]], rate: int, seconds: float
) -> None:
    sound = noise(round(rate * seconds) or 1, 2)
    render_clip(parts(sound, rate), tmp_path / "out.wav", mode="window", model=window_model)
    out, out_rate = soundfile.read(tmp_path / "out.wav")
    assert out_rate == rate
    assert out.shape == (sound.shape[1], 2)
    mono = sound.mean(0)
    left, right = out.T
    np.testing.assert_allclose((left + right) / 2, mono, atol=2**-22)
    if seconds > 0.1:
        # A mask of one puts all to the left, at every frequency but that of the Nyquist row, which the mask lacks: it
        # has about a 400th of white noise's power.
        inner = slice(rate // 50, -rate // 50)
        assert np.sqrt(np.mean(right[inner] ** 2)) < 0.05 * np.sqrt(np.mean(mono[inner] ** 2))


def test_a_mask_of_zero_gives_the_mono_sound_in_windows_too(
    window_model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]]
) -> None:
    sound = noise(48_000, 2)
    render_clip(parts(sound, 48_000, 90, 90), tmp_path / "out.wav", mode="window", model=window_model)
    out, _ = soundfile.read(tmp_path / "out.wav")
    np.testing.assert_allclose(out, np.repeat(sound.mean(0)[:, None], 2, 1), atol=2**-22)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("compat", [False, True])
def test_windows_straight_from_a_video(window_model: Path, tmp_path: Path, suffix: str, compat: bool) -> None:
    clip = make_clip(
        tmp_path / f"in{suffix}", tone(1.5, sample_rate=48_000), [picture(250, 5)] * 40, sample_rate=48_000
    )
    seen: list[float] = []
    out = tmp_path / f"out{suffix}"
    snapshot = render_clip(clip, out, mode="window", compat=compat, model=window_model, progress=seen.append)
    rendered = Clip.open(out)
    assert rendered.sample_rate == snapshot.sample_rate == (16_000 if compat else 48_000)
    left, right = np.abs(rendered.audio()[:, 4000:12_000]).mean(1)
    assert left > 10 * right
    assert snapshot.duration_s == pytest.approx(1.5, abs=0.05)
    assert snapshot.images == 10 if not compat else snapshot.images > 5
    assert snapshot.masks == snapshot.blocks == 1 + int(np.ceil((snapshot.duration_s - 0.63) / 0.05))
    assert snapshot.audio_inference_ms.p50 > 0
    assert snapshot.mode == ("window, compat" if compat else "window")
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_compat_keeps_to_both_channels_of_a_binaural_clip(
    window_model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]]
) -> None:
    sound = noise(16_000, 2)
    render_clip(parts(sound, 16_000, 90, 90), tmp_path / "out.wav", mode="window", compat=True, model=window_model)
    out, _ = soundfile.read(tmp_path / "out.wav")
    # Without a difference: the mono sound, but after the last regular window (5,600 to 15,680) that window's own end
    # again, since the authors' program lays the last difference around the mix before; here at the level of its own.
    np.testing.assert_allclose(out[:5920, 0], sound.mean(0)[:5920], atol=2**-22)
    level = [float(np.sqrt(np.mean(sound[:, start : start + 10_080] ** 2))) for start in (5_600, 5_920)]
    stale = sound.mean(0)[15_360:15_680] * level[1] / level[0]
    np.testing.assert_allclose(out[15_680:, 0], stale, atol=1e-6)


@pytest.mark.parametrize("mode", ["filter", "overlap"])
def test_a_chain_is_rendered_aligned_with_its_latency_taken_off(
    model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]], mode: str
) -> None:
    """Half as loud before the network, and a limiter that does nothing but look ahead after it."""
    sound, images = parts(noise(24_000), 48_000)
    plan = Plan().add(Slot("half", "trim", {"gain_db": -20.0}), 0).add(Slot("limiter", "limiter"))
    plain = render_clip((sound, images), tmp_path / "plain.wav", mode=mode, model=model)
    chained = render_clip((sound, images), tmp_path / "chained.wav", mode=mode, model=model, plan=plan)
    assert chained.latency.plugins == plain.latency.plugins + 96
    assert chained.latency.algorithmic == plain.latency.algorithmic
    alone, through = (soundfile.read(tmp_path / f"{name}.wav")[0] for name in ("plain", "chained"))
    np.testing.assert_allclose(through, 0.1 * alone, atol=1e-4)


def test_what_a_chain_lacks_is_told_and_the_rest_is_rendered(
    model: Path, tmp_path: Path, parts: Callable[..., tuple[Path, Path]]
) -> None:
    sound, images = parts(noise(9600), 48_000)
    plan = Plan().add(Slot("lost", "python:nobody"))
    snapshot = render_clip((sound, images), tmp_path / "out.wav", model=model, plan=plan)
    assert "no installed package brings 'python:nobody'" in snapshot.notices[0]
    plain = render_clip((sound, images), tmp_path / "plain.wav", model=model)
    assert plain.notices == ()
    np.testing.assert_array_equal(soundfile.read(tmp_path / "out.wav")[0], soundfile.read(tmp_path / "plain.wav")[0])
