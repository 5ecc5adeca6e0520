"""The chain is edited while it plays on a real audio server: nothing is lost, and the callback is never late."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.models.side_model import make_side_model
from tests.realtime.jack_edits import BLOCK_SIZE

ROOT = Path(__file__).parents[2]
PERIOD = 2**16
"""Of the clip: each sample is the one before and one step more."""
STEP = 2.0**-18


@pytest.mark.timeout(180)
def test_a_thousand_edits_lose_no_sample_and_cause_no_xrun(
    jack: Callable[[int], dict[str, str]], tmp_path: Path
) -> None:
    clip, record = tmp_path / "counted.wav", tmp_path / "out.wav"
    soundfile.write(clip, np.arange(PERIOD) * STEP, 48_000, subtype="FLOAT")
    model = make_side_model(tmp_path / "side.onnx")
    done = subprocess.run(
        [sys.executable, "-m", "tests.realtime.jack_edits", str(clip), str(model), str(record)],
        env=jack(BLOCK_SIZE),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["errors"] == []
    assert facts["xruns"] == 0
    sound, _ = soundfile.read(record)
    assert len(sound) > 48_000 * (1.0 + facts["edits_s"])
    counted = np.rint(sound / STEP)
    np.testing.assert_array_equal(counted[:, 0], counted[:, 1])
    # 24 bits in the file, and the rounding of what is faded from itself to itself.
    assert np.abs(sound / STEP - counted).max() < 0.1
    begun = int(np.flatnonzero(counted[:, 0] == 1)[0])
    assert np.all(np.diff(counted[begun:, 0]) % PERIOD == 1)
