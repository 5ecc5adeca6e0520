"""How far the tracker is off on generated talkers, still and walking: python -m models.where.angles SEED:COUNT

Each clip shows and sounds one talker among silent things that move by themselves; the camera sees 90 degrees. The
tracker hears the mean of the ears and sees the film, as live.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.scenes import WORLD, SceneSampler
from models.scenes.film import Film
from realtime.ears import HOP, SAMPLE_RATE
from realtime.errors import EarsightError
from realtime.follow import FIELD_OF_VIEW_DEG, Follow, FollowMasks
from realtime.networks import at_work
from realtime.spectra import stft

DURATION_S = 10.0
FROM_S = 2.0
CLOSE_DEG = 10.0
TALKERS = replace(
    WORLD,
    classes=tuple(sound_class for sound_class in WORLD.classes if sound_class.kind == "talker"),
    field_deg=(FIELD_OF_VIEW_DEG, FIELD_OF_VIEW_DEG),
    stranger_share=0.0,
    unseen_share=0.0,
    unseen_alone_share=0.0,
)


def errors(sampler: SceneSampler, index: int) -> tuple[NDArray[np.float64], bool]:
    """Azimuth errors in degrees of one clip, every 0.1 s from `FROM_S` on, and whether the talker walks."""
    scene, play = sampler.played(index)
    film = Film(scene, play, SAMPLE_RATE, seed=index)
    (actor,) = (actor for actor in play.actors if actor.source is not None)
    vision, stream = at_work(Follow(), SAMPLE_RATE)
    assert isinstance(stream, FollowMasks)
    spectrum = stft(scene.recording.mean(0).astype(np.float64)).astype(np.complex64)
    found: list[float] = []
    times_s: list[float] = []
    for frame in range(spectrum.shape[1]):
        time_s = frame * HOP / SAMPLE_RATE
        if frame % 10 == 0:
            vision.look(film.picture(film.number(time_s)), frame * HOP)
        stream.push(frame, frame * HOP, spectrum[:, frame], infer=True)
        if frame % 10 == 9 and time_s >= FROM_S:
            found.append(stream.azimuth_deg)
            times_s.append(time_s)
    return np.array(found) - actor.track.at(np.array(times_s)), actor.track.moves


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.where.angles", description=__doc__)
    parser.add_argument("clips", metavar="SEED:COUNT", help="which, and how many")
    chosen = parser.parse_args(arguments)
    try:
        seed, count = (int(part) for part in chosen.clips.split(":"))
    except ValueError:
        parser.error(f"'{chosen.clips}' is not understood; accepted: SEED:COUNT, as in 7:20")
    rows: dict[str, list[NDArray[np.float64]]] = {"still": [], "walking": []}
    try:
        sampler = SceneSampler(
            seed, duration_s=DURATION_S, image_height=240, image_width=480, max_sources=1, split="test", variety=TALKERS
        )
        for index in range(count):
            off, walks = errors(sampler, index)
            rows["walking" if walks else "still"].append(off)
    except EarsightError as error:
        sys.exit(f"angles: {error}")
    for name, clips in rows.items():
        if clips:
            off = np.abs(np.concatenate(clips))
            late = np.abs(np.concatenate([clip[len(clip) // 2 :] for clip in clips]))
            half_s = (FROM_S + DURATION_S) / 2
            print(
                f"{name}: {len(clips)} talkers, within {CLOSE_DEG:g} degrees {np.mean(off <= CLOSE_DEG):.0%} of the "
                f"time from {FROM_S:g} s on ({np.mean(late <= CLOSE_DEG):.0%} from {half_s:g} s on), "
                f"median {np.median(off):.1f} degrees"
            )


if __name__ == "__main__":
    main()
