"""A rendered mask lies on the sound that it was made from: a step of the mask is heard where its frame is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime.pipeline import Pipeline
from realtime.sessions import load_model
from realtime.vision import Features
from tests.models.side_model import make_side_model

STEP_FRAME = 60


@pytest.mark.parametrize("mode", ["filter", "overlap"])
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_half_of_a_step_lies_between_the_frames_before_and_after_it(tmp_path: Path, mode: str, rate: int) -> None:
    network = load_model(make_side_model(tmp_path / "side.onnx"), "cpu")
    hop = rate // 100
    pipeline = Pipeline(network, rate, hop, mode, live=False)
    plain = pipeline.stream.push

    def push(frame: int, *arguments, **options):
        pipeline.vision.remember(Features(np.full((1, 1), 0.5 * (frame >= STEP_FRAME), np.float32), 0))
        return plain(frame, *arguments, **options)

    pipeline.stream.push = push
    blocks = []
    for _ in range(130):
        out = np.empty((hop, 2), np.float32)
        pipeline.engine.process(np.full((hop, 1), 0.5, np.float32), out)
        pipeline.advance()
        blocks.append(out[:, 0])
    left = np.concatenate(blocks)[pipeline.latency :]
    middle = pipeline.stft.centre(STEP_FRAME) - hop // 2
    settled = slice(middle - 20 * hop, middle + 20 * hop)
    half = settled.start + int(np.argmax(left[settled] > 0.5 * 1.25))
    # Of a constant, the filter's step is a ramp of a hop and the length of its taps: a millisecond is near enough.
    assert abs(half - middle) < rate / 1000
