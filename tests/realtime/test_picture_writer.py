"""Films that grow: sizes are made to fit, and a full disk is one line."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from realtime.errors import RecordingError
from realtime.picture_writer import PictureWriter
from tests.clips import level_image
from tests.realtime.recording import pictures


def test_a_video_that_cannot_be_written_is_told(tiny_disk: Path) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(RecordingError, match="No space left"), PictureWriter(tiny_disk / "a.mp4", 640, 480) as writer:
        for number in range(60):
            writer.write(rng.integers(0, 255, (480, 640, 3), dtype=np.uint8), number / 10)


def test_a_wide_picture_is_shrunk_to_even_sides_and_another_size_is_fitted(tmp_path: Path) -> None:
    with PictureWriter(tmp_path / "a.mp4", 1921, 1081) as writer:
        writer.write(level_image(100, 1921, 1081), 0.0)
        writer.write(level_image(200, 640, 480), 0.5)
        writer.write(level_image(50, 640, 480), 0.5)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (1280, 720)
    times, levels, _ = pictures(tmp_path / "a.mp4")
    assert times == [0.0, 0.5]
    assert levels == pytest.approx([100, 200], abs=2.4)
