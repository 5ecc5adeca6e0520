"""A clip is played, held, sought and looped to the sample, and its pictures follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from realtime.clip import Clip
from realtime.engine import Engine
from realtime.errors import SettingsError
from realtime.player import FADE_S, Player
from tests.clips import IMAGES_PER_S, level_image, make_clip, tone

Wait = Callable[..., bool]
RATE = 48_000
BLOCK = 128
FADE = round(FADE_S * RATE)
LENGTH_S = 6.0


class Deck:
    """A player and the engine that plays it, by hand and as fast as it goes."""

    def __init__(self, path: Path, wait_for: Wait, *, loop: bool = False) -> None:
        self.player = Player(Clip.open(path), RATE, BLOCK, loop=loop)
        self.engine = Engine(RATE, BLOCK, source=self.player.source)
        self.shown: list[tuple[int, int]] = []
        self._wait = wait_for
        self.player.prime(self)  # pyright: ignore[reportArgumentType] - it looks, which is all that is asked for
        self.player.start(self._show, self.engine)

    picture: NDArray[np.uint8] | None = None

    def look(self, image: NDArray[np.uint8], position: int) -> None:
        self._show(image, position)

    def _show(self, image: NDArray[np.uint8], position: int) -> None:
        self.shown.append((round(float(image.mean())), position))

    def settled(self) -> bool:
        """Every command was obeyed, and there is sound ahead."""
        source, ring = self.player.source, self.player.source.ring
        return self.player._wanted is None and (ring.free() < ring.capacity // 2 or source.ended(ring.written))  # pyright: ignore[reportPrivateUsage]

    def obey(self) -> None:
        assert self._wait(self.settled)

    def play(self, samples: int) -> NDArray[np.float32]:
        """Mono, as it goes into the chain."""
        parts = []
        for _ in range(samples // BLOCK):
            assert self._wait(self.settled)
            out = np.empty((BLOCK, 2), np.float32)
            self.engine.process(None, out)
            parts.append(out[:, 0])
        return np.concatenate(parts)

    @property
    def place(self) -> int:
        """Of the sample that comes next."""
        return round(self.player.playback(self.engine.position).position_s * RATE)


def ramp(places: NDArray[np.int64] | int) -> NDArray[np.float32]:
    """What the clip holds there: each value says where it belongs."""
    return (np.asarray(places) / 2**20).astype(np.float32)


@pytest.fixture(scope="module")
def ramp_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ramp") / "ramp.wav"
    soundfile.write(path, ramp(np.arange(round(LENGTH_S * RATE))), RATE, subtype="FLOAT")
    return path


@pytest.fixture
def deck(wait_for: Wait) -> Iterator[Callable[..., Deck]]:
    decks: list[Deck] = []

    def make(path: Path, *, loop: bool = False) -> Deck:
        decks.append(Deck(path, wait_for, loop=loop))
        return decks[-1]

    yield make
    for one in decks:
        one.player.stop()


def test_after_a_seek_the_sample_at_a_place_is_the_clip_s(deck: Callable[..., Deck], ramp_clip: Path) -> None:
    one = deck(ramp_clip)
    for seconds in (3.0, 0.5, 5.25):
        one.play(2560)
        one.player.seek(seconds)
        one.obey()
        out = one.play(2560)
        first = round(seconds * RATE)
        assert np.array_equal(out[FADE:], ramp(np.arange(first + FADE, first + 2560)))
        assert one.place == first + 2560
    assert one.engine.starved_blocks == 0


def test_what_is_heard_now_counts_the_latency(deck: Callable[..., Deck], ramp_clip: Path) -> None:
    one, latency = deck(ramp_clip), 300
    one.play(2560)
    one.player.seek(2.0)
    one.obey()
    places = []
    for _ in range(8):
        one.play(BLOCK)
        places.append(round(one.player.playback(one.engine.position - latency).position_s * RATE))
    before = [2560 + BLOCK * number - latency for number in (1, 2)]
    after = [2 * RATE + BLOCK * number - latency for number in range(3, 9)]
    assert places == before + after


def test_a_pause_holds_the_place_and_what_follows_is_not_lost(deck: Callable[..., Deck], ramp_clip: Path) -> None:
    one = deck(ramp_clip)
    one.play(2560)
    one.player.pause()
    paused = one.play(48_000)
    assert not paused[FADE:].any()
    assert one.place == 2560 + FADE
    state = one.player.playback(one.engine.position)
    assert (state.playing, state.ended, state.duration_s) == (False, False, LENGTH_S)
    one.player.play()
    assert np.array_equal(one.play(2560)[FADE:], ramp(np.arange(2560 + 2 * FADE, 5120 + FADE)))
    assert one.player.playback(one.engine.position).playing
    assert one.engine.starved_blocks == 0


def test_a_loop_stays_in_its_region_and_ends_with_it(deck: Callable[..., Deck], ramp_clip: Path) -> None:
    one = deck(ramp_clip)
    one.play(12_800)
    one.player.loop((0.2, 0.5))
    one.obey()
    out = one.play(96_000)
    # It went on where it was, though all up to two seconds ahead had been read already.
    assert np.array_equal(out[: 24_000 - 12_800 - FADE], ramp(np.arange(12_800, 24_000 - FADE)))
    assert out.max() <= ramp(24_000)
    assert out[48_000:].min() >= ramp(9_600 - FADE)
    assert one.player.playback(one.engine.position).region == (0.2, 0.5)
    one.player.loop(None)
    one.obey()
    first = one.place
    assert np.array_equal(one.play(48_000), ramp(np.arange(first, first + 48_000)))
    assert one.player.playback(one.engine.position).region is None


def test_a_loop_that_was_passed_already_begins_at_its_start(deck: Callable[..., Deck], ramp_clip: Path) -> None:
    one = deck(ramp_clip)
    one.play(48_000)
    one.player.loop((0.1, 0.3))
    one.obey()
    assert np.array_equal(one.play(2560)[FADE:], ramp(np.arange(4_800 + FADE, 4_800 + 2560)))


def test_the_shortest_loop_keeps_up(deck: Callable[..., Deck], ramp_clip: Path) -> None:
    one = deck(ramp_clip)
    one.player.loop((3.0, 3.05))
    one.player.seek(3.0)
    one.obey()
    out = one.play(48_000)
    assert out[FADE:].min() >= ramp(3 * RATE - FADE)
    assert out.max() <= ramp(3 * RATE + 2_400)
    assert one.engine.starved_blocks == 0


def test_the_end_is_told_and_left_by_seek_or_play(deck: Callable[..., Deck], ramp_clip: Path) -> None:
    one = deck(ramp_clip)
    one.player.seek(LENGTH_S - 0.1)
    one.obey()
    out = one.play(9_600)
    assert np.array_equal(out[FADE:4_800], ramp(np.arange(6 * RATE - 4_800 + FADE, 6 * RATE)))
    assert not out[4_800:].any()
    state = one.player.playback(one.engine.position)
    assert (state.playing, state.ended, state.position_s) == (False, True, LENGTH_S)
    assert one.player.finished(one.engine.position)
    one.player.seek(1.0)
    one.obey()
    assert np.array_equal(one.play(2560)[FADE:], ramp(np.arange(RATE + FADE, RATE + 2560)))
    one.player.seek(2 * LENGTH_S)
    one.obey()
    one.play(2560)
    assert one.player.playback(one.engine.position).ended
    one.player.play()
    one.obey()
    assert np.array_equal(one.play(2560)[FADE:], ramp(np.arange(FADE, 2560)))
    assert not one.player.playback(one.engine.position).ended
    assert one.engine.starved_blocks == 0


def test_the_whole_clip_again_and_again_has_no_gap(deck: Callable[..., Deck], tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", ramp(np.arange(10_000)), RATE, subtype="FLOAT")
    one = deck(tmp_path / "short.wav", loop=True)
    assert np.array_equal(one.play(64_000), np.resize(ramp(np.arange(10_000)), 64_000))
    assert one.place == 64_000 % 10_000


def test_a_file_that_is_cut_off_plays_to_the_break(deck: Callable[..., Deck], tmp_path: Path) -> None:
    soundfile.write(tmp_path / "whole.flac", tone(LENGTH_S, 2, RATE).T, RATE)
    data = (tmp_path / "whole.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(data[: len(data) // 2])
    one = deck(tmp_path / "cut.flac")
    out = one.play(6 * RATE)
    assert one.player.playback(one.engine.position).ended
    trouble = one.player.trouble
    assert "ends after" in trouble
    assert "\n" not in trouble
    one.player.seek(1.0)
    one.obey()
    assert np.abs(one.play(9_600)).max() > 0.4
    one.play(6 * RATE)
    assert one.player.trouble == trouble
    assert 1.0 * RATE < np.flatnonzero(out)[-1] < 5.0 * RATE


def test_sound_that_breaks_can_be_played_again_once_it_is_mended(
    deck: Callable[..., Deck], ramp_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = deck(ramp_clip)

    def broken(*_: object) -> None:
        raise OSError("the disk went away")

    with monkeypatch.context() as patch:
        patch.setattr("realtime.clip_sound.ClipSound.read", broken)
        one.player.seek(4.0)
        one.obey()
        one.play(2560)
        assert one.player.playback(one.engine.position).ended
    assert "the disk went away" in one.player.trouble
    one.player.seek(2.0)
    one.obey()
    assert np.array_equal(one.play(2560)[FADE:], ramp(np.arange(2 * RATE + FADE, 2 * RATE + 2560)))


def test_pictures_follow_also_back_and_while_paused(deck: Callable[..., Deck], tmp_path: Path, wait_for: Wait) -> None:
    images = [level_image(20 + index) for index in range(round(8 * IMAGES_PER_S))]
    path = make_clip(tmp_path / "levels.mp4", tone(8.0, 2, RATE), images, sample_rate=RATE)
    one = deck(path)

    def arrives(seconds: float) -> bool:
        # Levels survive the codec to within 2.
        return wait_for(lambda: abs(one.shown[-1][0] - (20 + seconds * IMAGES_PER_S)) <= 2)

    assert one.shown[0][0] <= 22
    one.player.seek(7.0)
    one.obey()
    one.play(BLOCK)
    assert arrives(7.0)
    one.player.pause()
    one.play(1280)
    for seconds in (2.0, 6.5):
        one.player.seek(seconds)
        one.obey()
        one.play(BLOCK)
        assert arrives(seconds)
    assert all(position <= one.engine.position for _, position in one.shown)


@pytest.mark.parametrize("region", [(1.0, 1.04), (2.0, 1.0), (5.98, 9.0), (float("nan"), 2.0)])
def test_a_loop_that_is_too_short_is_refused(
    deck: Callable[..., Deck], ramp_clip: Path, region: tuple[float, float]
) -> None:
    one = deck(ramp_clip)
    with pytest.raises(SettingsError, match="accepted: 50 ms") as caught:
        one.player.loop(region)
    assert "\n" not in str(caught.value)
    assert one.player.playback(0).region is None
