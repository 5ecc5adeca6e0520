"""Maps of features as four planes each, between which convolutions of every second row and column are plain ones.

Features stand last in memory, so that a plane is a matrix: its places by its features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from export.nodes import Nodes

Grid = list[list[str]]
"""Values by rows and columns."""
ROWS, COLUMNS = 1, 2
"""Dimensions of a plane."""


@dataclass(frozen=True)
class Planes:
    """A map (B, 2 height, 2 width, features) between layers, as four.

    Attributes
    ----------
    grid
        Plane [i][j] (B, height, width, features) has rows i, i + 2, ... and columns j, j + 2, ...
    """

    grid: Grid
    height: int
    width: int
    features: int

    def each(self, nodes: Nodes, operator: str, **attributes: float) -> Planes:
        """An activation of all planes."""
        grid = [[nodes.add(operator, plane, **attributes) for plane in row] for row in self.grid]
        return Planes(grid, self.height, self.width, self.features)

    def plus(self, nodes: Nodes, other: Planes) -> Planes:
        """The sum with a map of the same shape."""
        grid = [[nodes.add("Add", self.grid[i][j], other.grid[i][j]) for j in range(2)] for i in range(2)]
        return Planes(grid, self.height, self.width, self.features)

    def beside(self, nodes: Nodes, other: Planes) -> Planes:
        """The features of both."""
        grid = [[nodes.add("Concat", self.grid[i][j], other.grid[i][j], axis=-1) for j in range(2)] for i in range(2)]
        return Planes(grid, self.height, self.width, self.features + other.features)


def split(nodes: Nodes, level: str, height: int, width: int, features: int) -> Planes:
    """(B, 2 height, 2 width, features) -> its planes."""
    rows = nodes.several(2, "Split", nodes.reshape(level, -1, height, 2, 2 * width * features), axis=2, num_outputs=2)
    grid: Grid = []
    for row in rows:
        halves = nodes.reshape(row, -1, height, width, 2, features)
        grid.append(
            [
                nodes.reshape(plane, -1, height, width, features)
                for plane in nodes.several(2, "Split", halves, axis=3, num_outputs=2)
            ]
        )
    return Planes(grid, height, width, features)


def joined(nodes: Nodes, planes: Planes) -> str:
    """Planes, also as (B height width, features) -> (B, 2 height, 2 width, features)."""
    height, width, features = planes.height, planes.width, planes.features
    rows = [
        nodes.reshape(nodes.add("Concat", *row, axis=-1), -1, height, 1, 2 * width * features) for row in planes.grid
    ]
    return nodes.reshape(nodes.add("Concat", *rows, axis=2), -1, 2 * height, 2 * width, features)


def moved(nodes: Nodes, plane: str, dim: int, by: int) -> str:
    """Each row (or column) where the one before (by 1) or after (by -1) was; zeros come in."""
    pads = np.zeros((2, 4), np.int64)
    pads[:, dim] = by, -by
    return nodes.add("Pad", plane, nodes.constant(pads.ravel()))
