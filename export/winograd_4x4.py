"""4x4 convolutions of stride 2 and their transposes as matrix products, with 9 instead of 16 multiplications.

Either is a sum of 2x2 convolutions over every second row and column of a map. Each of those is done by Winograd's
F(2x2, 2x2): two neighbouring outputs of a convolution with two taps, y0 = d0 g0 + d1 g1 and y1 = d1 g0 + d2 g1, from
three products instead of four,

    m0 = (d0 - d1) g0    m1 = d1 (g0 + g1)    m2 = (d1 - d2) (-g1)    y0 = m0 + m1    y1 = m1 + m2,

nested in rows and columns (Winograd, "Arithmetic Complexity of Computations", 1980; Lavin & Gray, "Fast Algorithms for
Convolutional Neural Networks", CVPR 2016, section 4.1). As ONNX Runtime packs constant matrices when it loads them and
multiplies near the limit of a core, and as features stand last in memory, little but those products remains.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from export.nodes import Nodes
from export.planes import COLUMNS, ROWS, Grid, Planes, joined, moved, split


def down(nodes: Nodes, level: Planes, kernel: NDArray[np.float64], bias: NDArray[np.float64]) -> Planes:
    """A convolution of 4x4, stride 2 and padding 1, without activation.

    Parameters
    ----------
    level
        Of even height and width.
    kernel
        (C_out, C_in, 4, 4), as `torch.nn.Conv2d` keeps it.
    bias
        (C_out,).
    """
    features = kernel.shape[0]
    height, width = level.height // 2, level.width // 2
    halved = [[split(nodes, plane, height, width, level.features).grid for plane in row] for row in level.grid]
    columns = [
        spread(nodes, [halved[i % 2][j % 2][i // 2][j // 2] for i in range(4)], ROWS)  # of every fourth column
        for j in range(4)
    ]
    grid: Grid = []
    for m in range(3):
        met = [spread(nodes, [column[m][i] for column in columns], COLUMNS) for i in range(2)]
        tiles = [nodes.add("Concat", *met[0][n], *met[1][n], axis=-1) for n in range(3)]
        grid.append([nodes.reshape(tile, -1, 4 * level.features) for tile in tiles])
    # Tap 2 j + i meets every second row from i - 1 on, j rows further.
    taps = kernel.reshape(features, -1, 2, 2, 2, 2).transpose(2, 4, 3, 5, 1, 0).reshape(2, 2, -1, features)
    outputs = multiply(nodes, grid, taps, bias)
    planes = [[nodes.reshape(output, -1, height, width, features) for output in row] for row in outputs]
    return Planes(planes, height, width, features)


def up(nodes: Nodes, level: Planes, kernel: NDArray[np.float64], bias: NDArray[np.float64] | None) -> Planes:
    """A transposed convolution of 4x4, stride 2 and padding 1, without activation.

    Parameters
    ----------
    kernel
        (C_in, C_out, 4, 4), as `torch.nn.ConvTranspose2d` keeps it.
    bias
        (C_out,); none where something else brings it.
    """
    features = kernel.shape[1]
    columns = [spread_both(nodes, level.grid[0][j], level.grid[1][j], ROWS) for j in range(2)]
    grid = [
        [nodes.reshape(value, -1, level.features) for value in spread_both(nodes, even, odd, COLUMNS)]
        for even, odd in zip(*columns, strict=True)
    ]
    # Even outputs meet the row before with tap 3 and their own with tap 1, odd ones their own with tap 2 and the row
    # after with tap 0.
    order = [3, 1, 2, 0]
    taps = kernel[:, :, order][..., order].reshape(-1, features, 2, 2, 2, 2).transpose(2, 4, 3, 5, 0, 1)
    planes: Grid = []
    for i in range(2):
        parts = [multiply(nodes, [row[2 * j :] for row in grid[2 * i :]], taps[i, j], bias) for j in range(2)]
        planes.append([joined(nodes, Planes(part, level.height, level.width, features)) for part in parts])
    return Planes(planes, 2 * level.height, 2 * level.width, features)


def spread(nodes: Nodes, fourths: Sequence[str], dim: int) -> list[tuple[str, str]]:
    """Every fourth row (or column), from 0, 1, 2 and 3 on -> what `down` multiplies, for both of its 2-tap kernels."""
    a, b, c, d = fourths
    before, after = moved(nodes, d, dim, 1), moved(nodes, a, dim, -1)
    return [
        (nodes.add("Sub", before, b), nodes.add("Sub", a, c)),
        (b, c),
        (nodes.add("Sub", b, d), nodes.add("Sub", c, after)),
    ]


def spread_both(nodes: Nodes, even: str, odd: str, dim: int) -> list[str]:
    """Even and odd rows (or columns) -> what `up` multiplies: the first three for even outputs, the last for odd."""
    before, after = moved(nodes, odd, dim, 1), moved(nodes, even, dim, -1)
    return [nodes.add("Sub", before, even), even, nodes.add("Sub", even, odd), odd, nodes.add("Sub", odd, after)]


def multiply(
    nodes: Nodes, grid: Sequence[Sequence[str]], taps: NDArray[np.float64], bias: NDArray[np.float64] | None
) -> Grid:
    """F(2x2, 2x2).

    Parameters
    ----------
    grid
        In its first three rows and columns the spread inputs, (M, K) each.
    taps
        (2, 2, K, N), of the 2x2 convolution. They are kept as they are, and ONNX Runtime makes nine of the four as it
        loads the file, which would else hold more than twice as much.
    bias
        (N,).

    Returns
    -------
    Grid
        2x2 outputs, (M, N) each.
    """
    kernels = [[nodes.constant(tap.astype(np.float32)) for tap in row] for row in taps]
    columns = [transformed(nodes, *column) for column in zip(*kernels, strict=True)]
    nine = [transformed(nodes, *row) for row in zip(*columns, strict=True)]
    sums: Grid = []
    for n in range(3):
        # The middle product is in all outputs, and so is its bias.
        given, kernel = grid[1][n], nine[1][n]
        if n != 1 or bias is None:
            middle = nodes.add("MatMul", given, kernel)
        else:
            middle = nodes.add("Gemm", given, kernel, nodes.constant(bias.astype(np.float32)))
        sums.append([nodes.add("Gemm", grid[m][n], nine[m][n], middle) for m in (0, 2)])
    return [[nodes.add("Add", sums[n][i], sums[n + 1][i]) for n in range(2)] for i in range(2)]


def transformed(nodes: Nodes, first: str, second: str) -> tuple[str, str, str]:
    """Two taps g0 and g1 -> what the three spread inputs are multiplied by."""
    return first, nodes.add("Add", first, second), nodes.add("Neg", second)
