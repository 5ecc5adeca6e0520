"""The truth about a varied scene, as it stands in its file."""

from __future__ import annotations

import math
from typing import Any

from models.scenes.sample import SceneSample
from models.scenes.tracks import Track, still


def told(sample: SceneSample) -> dict[str, Any]:
    """Return the truth as JSON takes it: the camera, the room, the sources and the silent things.

    Each of these has its azimuth in degrees over time as pairs (seconds, degrees), straight between them; `column` and
    `row` say where it is in the picture half-way through the scene, null when it is not seen.
    """
    tracks = sample.tracks or tuple(still(source.azimuth_deg) for source in sample.sources)
    sources: list[dict[str, Any]] = [
        {
            "class": source.class_name,
            "familiar": source.familiar,
            "azimuth_deg": round(source.azimuth_deg, 2),
            "elevation_deg": round(source.elevation_deg, 2),
            "distance_m": round(source.distance_m, 2),
            "level_db": round(source.level_db, 2),
            "start_s": source.start_s,
            "end_s": source.end_s,
            "track": _pairs(track),
            "seen": bool(seen),
            "visible": None if sample.visible is None else round(float(sample.visible[number]), 3),
            "column": _known(column),
            "row": _known(row),
        }
        for number, (source, track, seen, column, row) in enumerate(
            zip(sample.sources, tracks, sample.seen, sample.columns.tolist(), sample.rows.tolist(), strict=True)
        )
    ]
    silent: list[dict[str, Any]] = [
        {
            "class": thing.class_name,
            "azimuth_deg": round(thing.azimuth_deg, 2),
            "elevation_deg": round(thing.elevation_deg, 2),
            "distance_m": round(thing.distance_m, 2),
            "track": _pairs(thing.track),
            "column": _known(thing.column),
            "row": _known(thing.row),
        }
        for thing in sample.silent
    ]
    return {"field_deg": sample.field_deg, "rt60_s": sample.rt60_s, "sources": sources, "silent": silent}


def _pairs(track: Track) -> list[tuple[float, float]]:
    return list(zip(track.times_s, track.azimuths_deg, strict=True))


def _known(share: float) -> float | None:
    return None if math.isnan(share) else round(share, 4)
