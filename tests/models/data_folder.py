"""A data folder in FAIR-Play's layout, made on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.clips import make_clip
from tests.models.side_model import side_image

NAMES = ("000001", "000002")
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:3c3e0f14\nsize 1921102\n"


def noise(seed: int, seconds: float = 1.0, sample_rate: int = 48_000) -> NDArray[np.float32]:
    """White noise at -20 dB, (samples,)."""
    return np.random.default_rng(seed).standard_normal(round(seconds * sample_rate)).astype(np.float32) * 0.1


def make_folder(root: Path, names: Sequence[str] = NAMES, ambisonic: bool = False) -> Path:
    """Clips of a second at 48 kHz, with the whole sound and the picture's bright half to the left and right in turn.

    All of them are in split1/test. Ambisonic sound is a plane wave from +-60 degrees, as AmbiX.
    """
    kind = "ambisonics" if ambisonic else "binaural_audios"
    for part in (kind, "videos", "splits/split1"):
        (root / part).mkdir(parents=True)
    for number, name in enumerate(names):
        left = number % 2 == 0
        side = 1 if left else -1
        gains = (1, side * 3**0.5 / 2, 0, 0.5) if ambisonic else (left, not left)
        sound = noise(number)[:, None] * np.array(gains, np.float32)
        soundfile.write(root / kind / f"{name}.wav", sound, 48_000, subtype="FLOAT")
        image = side_image(235, 16) if left else side_image(16, 235)
        make_clip(root / "videos" / f"{name}.mp4", None, [image.repeat(8, axis=0).repeat(8, axis=1)] * 25)
    (root / "splits/split1/test.txt").write_text("".join(f"{name}.mp3\n" for name in names))
    return root
