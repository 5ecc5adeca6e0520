"""Variety: what differs from one scene to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from models.scenes.classes import CLASSES, SoundClass
from models.scenes.repertoire import FAMILIAR, FOREIGN


@dataclass(frozen=True, slots=True)
class Variety:
    """What varies in scenes, and how much. Shares and chances are 0..1; the defaults are the plain scenes.

    Parameters
    ----------
    name
        What it is called.
    classes
        What can sound.
    most_sources
        How many sources a scene has at most.
    silent
        Chances of no, one and two silent objects.
    stranger_share
        Share of sources that look like nothing in particular, so that appearance says nothing.
    unseen_share, unseen_alone_share
        Share of scenes of several sources, and of one, in which a source is heard but not seen.
    moving_share
        Share of sources that move.
    level_share
        Share of sources whose level changes within the scene.
    noise_snr_db
        Range of the sound's level over that of diffuse noise at the ears; None for no noise.
    colour_db
        Deviation of the microphones' random equaliser.
    rt60_s, dry_share
        Range of the rooms' reverberation times, and share of rooms without any.
    lead_db
        Range over the rooms of how far the direct sound's energy is above that of the reflections at least.
    elevation_deg, distance_m
        Where sources stand.
    field_deg
        Range of the camera's horizontal field of view.
    plain_field_share
        Share of cameras that see 90 degrees whatever the range.
    occluder_share
        Share of scenes with something in front of the others.
    camera_faults
        Whether pictures are defocused, shaken, over- and underexposed, noisy and compressed.
    ears
        Whose they are where no SOFA file is given.
    part
        Which photographs of things and kinds of surroundings: none is in both.
    """

    name: str
    classes: tuple[SoundClass, ...] = CLASSES
    most_sources: int = 3
    silent: tuple[float, float, float] = (1.0, 0.0, 0.0)
    stranger_share: float = 0.0
    unseen_share: float = 0.0
    unseen_alone_share: float = 0.0
    moving_share: float = 0.0
    level_share: float = 0.0
    noise_snr_db: tuple[float, float] | None = None
    colour_db: float = 0.0
    rt60_s: tuple[float, float] = (0.12, 0.5)
    dry_share: float = 0.25
    lead_db: tuple[float, float] = (2.0, 14.0)
    elevation_deg: tuple[float, float] = (-7.0, 3.0)
    distance_m: tuple[float, float] = (1.0, 4.5)
    field_deg: tuple[float, float] = (90.0, 90.0)
    plain_field_share: float = 0.0
    occluder_share: float = 0.0
    camera_faults: bool = False
    ears: Literal["kemar", "sphere"] = "kemar"
    part: Literal["familiar", "foreign"] = "familiar"


PLAIN = Variety("plain")
"""Scenes as they have always been."""

WORLD = Variety(
    "world",
    classes=FAMILIAR,
    most_sources=4,
    silent=(0.5, 0.35, 0.15),
    stranger_share=0.12,
    unseen_share=0.15,
    unseen_alone_share=0.02,
    moving_share=0.25,
    level_share=0.4,
    noise_snr_db=(20.0, 50.0),
    colour_db=3.0,
    rt60_s=(0.12, 0.8),
    lead_db=(8.0, 24.0),
    elevation_deg=(-12.0, 8.0),
    distance_m=(0.8, 6.0),
    field_deg=(62.0, 104.0),
    plain_field_share=0.3,
    occluder_share=0.3,
    camera_faults=True,
)
"""For training and testing."""

SHIFT = replace(
    WORLD,
    name="shift",
    classes=FOREIGN,
    rt60_s=(0.2, 0.8),
    dry_share=0.15,
    ears="sphere",
    part="foreign",
)
"""For judging a network on what it was never trained on."""

VARIETIES = {variety.name: variety for variety in (PLAIN, WORLD, SHIFT)}
