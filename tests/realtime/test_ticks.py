"""The same pictures at the same ticks as the ffmpeg program gives with -r."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from realtime.clip import Clip
from realtime.pictures import load_image, save_png
from realtime.ticks import Ticks


def numbered_video(path: Path, rate: Fraction, count: int) -> Path:
    """Lossless; picture i is plain grey of the level 2 * i."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray"
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), 2 * index, np.uint8), format="gray")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def level(image: np.ndarray) -> int:
    return round(float(image.mean()))


@pytest.mark.parametrize(
    ("rate", "count"),
    [("30", 60), ("30000/1001", 60), ("25", 60), ("24", 50), ("10", 20), ("8", 16), ("7", 30), ("60", 90)],
)
def test_as_ffmpeg_takes_them(tmp_path: Path, rate: str, count: int) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("the program ffmpeg is not installed")
    video = numbered_video(tmp_path / "video.mkv", Fraction(rate), count)
    (tmp_path / "files").mkdir()
    command = ["ffmpeg", "-v", "error", "-i", video, "-r", "10", tmp_path / "files" / "%06d.png"]
    subprocess.run(command, check=True, capture_output=True)
    files = [level(load_image(path)) for path in sorted((tmp_path / "files").iterdir())]
    soundfile.write(tmp_path / "sound.wav", np.zeros(16_000), 16_000)
    with Ticks(Clip.from_parts(tmp_path / "sound.wav", video), 10.0) as ticks:
        ours = [level(ticks.at(number)) for number in range(len(files))]
        assert level(ticks.at(len(files) + 50)) == ours[-1]
    assert ours == files


def test_a_folder_at_the_same_rate_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(1, 8):
        save_png(tmp_path / "images" / f"{number:06}.png", np.full((4, 4, 3), 10 * number, np.uint8))
    soundfile.write(tmp_path / "sound.wav", np.zeros(16_000), 16_000)
    with Ticks(Clip.from_parts(tmp_path / "sound.wav", tmp_path / "images"), 10.0) as ticks:
        assert [level(ticks.at(number)) for number in range(9)] == [10, 20, 30, 40, 50, 60, 70, 70, 70]
        assert ticks.at(3) is ticks.at(3)
