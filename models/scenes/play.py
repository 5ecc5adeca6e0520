"""Play: a stage whose actors move, each in its own manner, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL import Image

from models.scenes.stage import FIELD_OF_VIEW_DEG, Lens, Sprite, Stage
from models.scenes.tracks import Track

Manner = Literal["stroke", "mouth", "call", "shake", "stand", "sway", "fidget"]


@dataclass(frozen=True, slots=True)
class Actor:
    """How a sprite moves.

    Parameters
    ----------
    source
        Number of the source whose sound it moves with; None for what is silent.
    manner
        With the sound: strokes at its onsets, a mouth or a call that opens with its level, shaking with its level. By
        itself: standing, swaying slowly, fidgeting now and then.
    track
        Its azimuth over time.
    person
        Whether it is a drawn person, with a mouth in a known place.
    """

    source: int | None
    manner: Manner
    track: Track
    person: bool


class Play(Stage):
    """What the camera sees over time.

    Parameters
    ----------
    background, sprites, lens
        As of a `Stage`.
    actors
        One per sprite.
    field_deg
        The camera's horizontal field of view.
    """

    def __init__(
        self,
        background: Image.Image,
        sprites: tuple[Sprite, ...],
        lens: Lens,
        actors: tuple[Actor, ...],
        field_deg: float = FIELD_OF_VIEW_DEG,
    ) -> None:
        super().__init__(background, sprites, lens)
        self.actors = actors
        self.field_deg = field_deg
