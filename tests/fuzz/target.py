"""Target: one place where the program reads something foreign, and how bad input for it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Place:
    """Where a target may work for one input.

    Attributes
    ----------
    given
        File with the input. Nothing in its folder may change.
    made
        An empty folder for what is written.
    """

    given: Path
    made: Path


class Target:
    """Makes inputs as bytes, and has the program read them. One process makes and reads many.

    Attributes
    ----------
    name
        As on the command line.
    suffix
        Of the files that hold its inputs.
    share
        Of all inputs, in the measure of the other targets' shares: small for what takes long.
    """

    name = ""
    suffix = ""
    share = 1.0

    def prepare(self, folder: Path) -> None:
        """Once in a process, before the first input: import, compile, make the good files that inputs are made from."""

    def generate(self, rng: np.random.Generator) -> bytes:
        """An input; the same for generators in the same state."""
        raise NotImplementedError

    def read(self, place: Place) -> Iterable[str]:
        """Have the program read it.

        Returns
        -------
        Iterable[str]
            What the program said beside it, such as warnings.

        Raises
        ------
        EarsightError
            The input was refused, as it should be; anything else is a failure.
        """
        raise NotImplementedError

    def good(self) -> bytes | None:
        """An input that is as it should be, and must be taken; None where there is none."""
        return None

    def close(self) -> None:
        """Once, at the end."""


def generator_of(target: str, seed: int, number: int) -> np.random.Generator:
    """The generator behind an input: target, seed and number name it for good."""
    return np.random.default_rng([seed, number, *target.encode()])
