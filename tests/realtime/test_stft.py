"""The streaming STFT is torch's and librosa's at the model's rate, and nearly so at any other; its inverse is exact."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.spectra import stft as whole_stft
from realtime.stft import NewestHop, OverlapAdd, StreamingSTFT


def make(sample_rate: int) -> StreamingSTFT:
    return StreamingSTFT(sample_rate, 16_000, 512, 160, 400)


def frames_of(stft: StreamingSTFT, sound: np.ndarray) -> np.ndarray:
    padded = np.concatenate((np.zeros(stft.half, np.float32), sound))
    count = stft.frames_until(len(sound))
    return np.stack([stft.spectrum(padded[stft.centre(k) :][: stft.length]) for k in range(count)], 1)


def test_equals_the_whole_clip_transform_at_the_models_rate() -> None:
    sound = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    ours = frames_of(make(16_000), sound)
    theirs = whole_stft(sound)[:, : ours.shape[1]]
    # float32 against float64 sums of 400 products
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000, 22_050, 8_000])
def test_a_tone_has_the_same_spectrum_at_any_rate(sample_rate: int) -> None:
    def tone(rate: int) -> np.ndarray:
        return np.sin(2 * np.pi * 1000 * np.arange(rate) / rate + 0.3).astype(np.float32)

    ours, reference = frames_of(make(sample_rate), tone(sample_rate)), frames_of(make(16_000), tone(16_000))
    middle = slice(10, 80)
    difference = np.abs(np.abs(ours[:, middle]) - np.abs(reference[:, middle])).max()
    # Odd rates put a frame up to half a sample beside its place, and the window has a whole number of samples.
    assert difference < 0.01 * np.abs(reference).max()


def test_bins_above_the_devices_nyquist_are_silent() -> None:
    sound = np.random.default_rng(1).standard_normal(8_000).astype(np.float32)
    assert np.all(frames_of(make(8_000), sound)[129:] == 0)


@pytest.mark.parametrize("sample_rate", [16_000, 44_100, 48_000])
def test_a_frame_is_complete_as_soon_as_its_last_sample_is_there(sample_rate: int) -> None:
    stft = make(sample_rate)
    for frame in range(50):
        end = stft.centre(frame) + stft.half
        assert stft.frames_until(end) == frame + 1
        assert stft.frames_until(end - 1) == frame


@pytest.mark.parametrize("kind", [OverlapAdd, NewestHop])
@pytest.mark.parametrize("sample_rate", [16_000, 22_050, 44_100, 48_000])
def test_overlap_add_with_a_flat_response_gives_the_sound_back(
    sample_rate: int, kind: type[OverlapAdd] | type[NewestHop]
) -> None:
    stft = make(sample_rate)
    overlap = kind(stft)
    sound = np.random.default_rng(2).standard_normal(sample_rate).astype(np.float32)
    padded = np.concatenate((np.zeros(stft.half, np.float32), sound))
    flat = np.ones(overlap.fft_size // 2 + 1, np.complex64)
    first = overlap.restart(0)
    out = [overlap.add(k, padded[stft.centre(k) :][: stft.length], flat) for k in range(stft.frames_until(len(sound)))]
    result = np.concatenate(out)
    assert np.abs(result - sound[first:][: len(result)]).max() < 1e-5
    # Each sample is there once the last frame that reaches it is.
    assert first + len(result) >= len(sound) - overlap.reach


def test_the_newest_hop_is_there_a_millisecond_after_its_last_sample() -> None:
    assert NewestHop(make(48_000)).reach == 480 + 48


def test_from_one_response_to_the_next_the_newest_hop_fades_evenly() -> None:
    stft = make(48_000)
    hops = NewestHop(stft)
    sound = np.ones(9_600, np.float32)
    first = hops.restart(10)
    out = []
    for frame in range(10, 14):
        gain = 0.0 if frame < 12 else 1.0
        response = np.full(hops.fft_size // 2 + 1, gain, np.complex64)
        out.append(hops.add(frame, sound[stft.centre(frame) - stft.half :][: stft.length], response))
    assert first == stft.centre(10) + stft.half - 48
    assert not len(out[0])
    np.testing.assert_allclose(out[1], 0, atol=1e-6)
    np.testing.assert_allclose(out[2], np.arange(1, 481) / 480, atol=1e-5)
    np.testing.assert_allclose(out[3], 1, atol=1e-5)


@pytest.mark.parametrize("kind", [OverlapAdd, NewestHop])
def test_overlap_add_goes_on_after_skipped_frames_where_it_says(
    kind: type[OverlapAdd] | type[NewestHop],
) -> None:
    stft = make(48_000)
    overlap = kind(stft)
    sound = np.random.default_rng(3).standard_normal(48_000).astype(np.float32)
    flat = np.ones(overlap.fft_size // 2 + 1, np.complex64)
    first = overlap.restart(20)
    segments = ((k, sound[stft.centre(k) - stft.half :][: stft.length]) for k in range(20, 60))
    result = np.concatenate([overlap.add(k, segment, flat) for k, segment in segments])
    assert np.abs(result - sound[first : first + len(result)]).max() < 1e-5
