"""What is played of a clip at one moment, and what can be listened to beside the binaural sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Listening: TypeAlias = Literal["binaural", "mono", "recorded"]
"""What goes to the headphones: what the chain makes, what it is made from, or what a clip of two channels holds."""

LISTENING: tuple[Listening, ...] = get_args(Listening)


@dataclass(frozen=True)
class Playback:
    """The state of a clip that is being played, at one moment.

    Attributes
    ----------
    position_s
        Of what is heard now, after latency, on the clip's axis; seconds.
    duration_s
        Of the clip, seconds.
    playing
        False while paused and after the end was reached.
    ended
        The end was reached and there is no loop; seek goes on from another place, play from the start.
    region
        The part that is looped, seconds, or None.
    """

    position_s: float
    duration_s: float
    playing: bool
    ended: bool
    region: tuple[float, float] | None
