"""Measuring separation: known disturbances give known figures, and the table has its rows."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.scenes.synthesis import STAMPS
from models.separation.evaluate import BINAURAL, BLANK, MIXTURE, MONO, evaluate, figures, generated, markdown
from models.separation.network import SAMPLE_RATE
from realtime.errors import DataError
from tests.realtime.separation_model import write_model
from tests.refusals import assert_refused

needs_material = pytest.mark.skipif(
    not (shutil.which("fluidsynth") and shutil.which("espeak-ng") and STAMPS.exists()),
    reason="the scenes' material is not installed: fluidsynth espeak-ng tuxpaint-stamps-default",
)


def test_figures_are_those_of_known_disturbances() -> None:
    generator = np.random.default_rng(0)
    truth = generator.standard_normal((2, 2, 20_000))
    given = truth.copy()
    given[0] += 10 ** (-10 / 20) * truth[1]
    given[1] += 10 ** (-20 / 20) * generator.standard_normal((2, 20_000))
    # The filter of 512 taps takes 2.6 % of any disturbance for its own.
    first = figures(given[[0, 0]], truth[[0, 0]] + 1e-9 * truth[[1, 1]])
    assert math.isfinite(first["sdr_db"])
    found = figures(given, truth)
    assert found["sdr_db"] == pytest.approx((10 + 20) / 2, abs=0.5)
    assert figures(3 * given, truth)["sdr_db"] == pytest.approx(found["sdr_db"], abs=1e-6)
    mixture = truth.sum(0)
    mixed = figures(np.stack((mixture, mixture)), truth)
    assert mixed["sdr_db"] == pytest.approx(0, abs=0.3)
    assert mixed["sir_db"] == pytest.approx(0, abs=0.3)
    assert math.isnan(mixed["sar_db"])


@pytest.mark.parametrize("data", ["duets:1", "duets:-1:3", "duets:1:0", "scenes:1:2", "duets:a:b"])
def test_data_that_are_not_understood_are_refused(data: str) -> None:
    assert_refused(DataError, "accepted: duets:SEED:COUNT", lambda: generated(data, SAMPLE_RATE))


@needs_material
def test_the_table_has_its_rows_and_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = write_model(tmp_path / "plain.onnx")
    out = tmp_path / "scores.json"
    result = evaluate([model], "duets:5:2", out, "as in the test")
    assert json.loads(out.read_text()) == result
    rows = result["rows"]
    assert list(rows) == [MIXTURE, f"plain: {BLANK}", f"plain: {MONO}", f"plain: {BINAURAL}"]
    # A mask that is the same everywhere changes the level alone, which SDR does not mind.
    for row in rows.values():
        assert row["sdr_db"]["mean"] == pytest.approx(rows[MIXTURE]["sdr_db"]["mean"], abs=0.1)
    assert result["gains"]["plain: binaural over mono"]["mean"] == pytest.approx(0, abs=0.05)
    assert (result["duets"], result["command"]) == (2, "as in the test")
    assert "binaural over mono" in capsys.readouterr().out
    assert f"| {MIXTURE} |" in markdown(result)


@needs_material
def test_duets_of_a_seed_are_the_same_each_time() -> None:
    first, again = (next(iter(generated("duets:5:1", SAMPLE_RATE)[1])) for _ in range(2))
    assert np.array_equal(first.clips, again.clips)
    assert np.array_equal(first.images[0], again.images[0])
    assert first.clips.shape == (2, 2, 4 * SAMPLE_RATE)


def test_models_of_one_name_are_refused(tmp_path: Path) -> None:
    paths = [write_model(tmp_path / "x.onnx")] * 2
    assert_refused(DataError, "different names", lambda: evaluate(paths, "duets:1:1"))
