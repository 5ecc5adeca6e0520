"""From moments of evidence to one azimuth: a filter over the picture's columns, and a gait that no ear minds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from realtime.cues import BODY, Person

STEP_S = 0.1
WALK = 0.03
"""How far a source moves in a step, standard deviation as a fraction of the picture's width."""
JUMP = 0.003
"""Probability that the sound comes from anywhere else at the next step."""
NEWS = 0.5
"""Weight of a step's evidence: it is gathered over some 40 steps, and neighbours say nearly the same."""
IN_DOUBT = 0.3
"""Evidence that gives the picture no more than this says nothing: so much it finds in the noise of a still picture."""
PEOPLE = 0.1
"""Weight of a step's detections: somebody who is seen sounds more often than what is not a person, no more."""
MOTION, UNMOVED, REACH = 1.0, 0.5, 0.1
"""Weight of where it moves right now, what counts as moving next to the mean, and how far from the evidence that
counts, as a fraction of the picture's width: the evidence speaks of the last seconds, and who walks is ahead of it.
What moves elsewhere moves without the sound."""
NEAR = 0.1
"""Places this far from the likeliest one say where between the columns it is."""
GLIDE_S = 0.25
"""Time constant of the azimuth that is heard."""


class Tracker:
    """Follows one source. One thread.

    Parameters
    ----------
    columns
        Of the evidence.
    field_of_view_deg
        Of the camera, from the picture's left edge to its right.

    Attributes
    ----------
    belief
        (columns,) probability of each column; adds up to 1.
    azimuth_deg
        Where the sound is put: 0 in front, positive to the left. It starts in front.
    """

    def __init__(self, columns: int, field_of_view_deg: float) -> None:
        self._places = (np.arange(columns) + 0.5) / columns
        self._half_width = math.tan(math.radians(field_of_view_deg / 2))
        apart = self._places[:, None] - self._places
        self._near = np.exp(-0.5 * (apart / REACH) ** 2)
        walk = np.exp(-0.5 * (apart / WALK) ** 2)
        self._walk = (1 - JUMP) * walk / walk.sum(0) + JUMP / columns
        self.belief: NDArray[np.float64] = np.full(columns, 1 / columns)
        self.azimuth_deg = 0.0

    def step(
        self,
        evidence: NDArray[np.floating],
        loudness: float,
        people: Sequence[Person] = (),
        moved: NDArray[np.floating] | None = None,
    ) -> float:
        """A tenth of a second later.

        Parameters
        ----------
        evidence
            (columns,) probability that what sounds is there; what it lacks to 1 is that of being out of sight.
        loudness
            0 for silence, which says nothing, to 1.
        people
            Who is seen.
        moved
            (columns,) how much moves there at this moment, on any scale; None where that is not known.

        Returns
        -------
        float
            The new `azimuth_deg`.
        """
        self.belief = self._walk @ self.belief
        seen = max(0.0, (min(1.0, float(evidence.sum())) - IN_DOUBT) / (1 - IN_DOUBT))
        likely = np.maximum(np.asarray(evidence, np.float64) * len(evidence) + 1 - float(evidence.sum()), 1e-3)
        self.belief *= likely ** (NEWS * loudness * seen)
        if people:
            columns = np.array([person.column for person in people])
            bumps = np.exp(-0.5 * ((self._places[:, None] - columns) / BODY) ** 2).max(1)
            self.belief *= np.exp(PEOPLE * loudness * bumps)
        if moved is not None and moved.any():
            ahead = moved * (self._near @ evidence)
            self.belief *= (ahead / ahead.mean() + UNMOVED) ** (MOTION * seen)
        self.belief /= self.belief.sum()
        place, sure = self._likeliest()
        self.azimuth_deg += sure * (self.azimuth_of(place) - self.azimuth_deg) * (1 - math.exp(-STEP_S / GLIDE_S))
        return self.azimuth_deg

    @property
    def place(self) -> float:
        """The likeliest place, 0 at the picture's left edge to 1 at its right."""
        return self._likeliest()[0]

    def _likeliest(self) -> tuple[float, float]:
        """The likeliest place, and how sure it is: 0 where all the rest is as likely, 1 where nothing else is."""
        near = self.belief * (np.abs(self._places - self._places[self.belief.argmax()]) < NEAR)
        share = float(near.sum())
        return float(near @ self._places / share), max(0.0, 2 * share - 1)

    def azimuth_of(self, place: float) -> float:
        """Azimuth in degrees of a place in the picture, through a lens without distortion."""
        return math.degrees(math.atan((1 - 2 * place) * self._half_width))
