"""Figures: percentiles from histograms, the statistics file's shape, recent ages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from realtime.stats import Durations, Percentiles, RecentAge, Snapshot, write_json

KEYS = {
    *("version", "machine", "sample_rate", "block_size", "mode", "model", "duration_s", "realtime_factor", "blocks"),
    *("xruns", "late_blocks", "late_inferences", "latency_samples", "callback_us", "inference_ms", "mask_age_ms"),
    *("image_age_ms", "masks_per_s", "camera", "audio"),
}


def test_percentiles_of_a_histogram_are_upper_edges() -> None:
    counts = np.zeros(1000, np.int64)
    counts[10], counts[20], counts[900] = 90, 9, 1
    assert Percentiles.of_histogram(counts, 0.5) == Percentiles(5.5, 10.5, 10.5, 450.5)
    assert Percentiles.of_histogram(np.zeros(5, np.int64), 1.0) == Percentiles()


def test_durations_beyond_the_last_bin_count_as_the_last() -> None:
    durations = Durations()
    for milliseconds in (1, 2, 5000):
        durations.add(milliseconds * 1_000_000)
    assert durations.percentiles_ms() == Percentiles(2.01, 1000.0, 1000.0, 1000.0)
    durations.reset()
    assert durations.percentiles_ms() == Percentiles()


def test_recent_age_is_of_what_came_since_the_last_look() -> None:
    age = RecentAge()
    counts = np.zeros(100, np.int64)
    counts[10] = 4
    assert age.since_last(counts.copy()) == 10.5
    counts[30] = 2
    assert age.since_last(counts.copy()) == 30.5
    assert age.since_last(counts.copy()) == 30.5
    assert age.since_last(np.zeros(100, np.int64)) == 30.5  # the counters were set back


def test_the_statistics_file_has_the_agreed_shape(tmp_path: Path) -> None:
    write_json(tmp_path / "stats.json", Snapshot().as_dict())
    figures = json.loads((tmp_path / "stats.json").read_text())
    assert figures.keys() == KEYS
    assert figures["machine"].keys() == {"cpu", "cores", "os", "python", "provider"}
    assert figures["latency_samples"].keys() == {"device_input", "device_output", "plugins", "algorithmic", "total"}
    assert figures["inference_ms"].keys() == {"audio", "visual"}
    assert figures["camera"].keys() == {"opened", "images", "dropped", "reconnects"}
    for spread in (figures["callback_us"], figures["mask_age_ms"], figures["inference_ms"]["audio"]):
        assert spread.keys() == {"p50", "p95", "p99", "max"}
    assert not list(tmp_path.glob(".*"))
