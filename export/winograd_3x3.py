"""3x3 convolutions as matrix products, with 16 instead of 36 multiplications for four outputs.

Two neighbouring outputs of a convolution with three taps, y0 = d0 g0 + d1 g1 + d2 g2 and y1 = d1 g0 + d2 g1 + d3 g2,
follow from four products instead of six: Winograd's F(2, 3),

    m0 = (d0 - d2) g0    m1 = (d1 + d2) (g0 + g1 + g2) / 2    m2 = (d2 - d1) (g0 - g1 + g2) / 2    m3 = (d1 - d3) g2
    y0 = m0 + m1 + m2    y1 = m1 - m2 - m3,

nested in rows and columns (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4.1).
As d0 to d3 are rows of a map's planes, sums of whole planes make all of them at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.nodes import Nodes
from export.planes import COLUMNS, ROWS, Planes, moved


def same(nodes: Nodes, level: Planes, kernel: NDArray[np.float64], bias: NDArray[np.float64]) -> Planes:
    """A convolution of 3x3, stride 1 and padding 1, without activation.

    Parameters
    ----------
    kernel
        (C_out, C_in, 3, 3), as `torch.nn.Conv2d` keeps it. The file holds it as it is, and ONNX Runtime makes 16 of
        the nine taps as it loads it.
    bias
        (C_out,).
    """
    taps = [[nodes.constant(tap.astype(np.float32)) for tap in row] for row in kernel.transpose(2, 3, 1, 0)]
    columns = [transformed(nodes, *column) for column in zip(*taps, strict=True)]
    sixteen = [transformed(nodes, *row) for row in zip(*columns, strict=True)]
    offsets = nodes.constant(bias.astype(np.float32))
    met = [spread(nodes, level.grid[0][j], level.grid[1][j], ROWS) for j in range(2)]
    products: list[list[str]] = []
    for m, (even, odd) in enumerate(zip(*met, strict=True)):
        row = [nodes.reshape(value, -1, level.features) for value in spread(nodes, even, odd, COLUMNS)]
        # The second product of the second row is in all outputs, and so is its bias.
        products.append(
            [
                nodes.add("Gemm", value, kernel, offsets) if m == n == 1 else nodes.add("MatMul", value, kernel)
                for n, (value, kernel) in enumerate(zip(row, sixteen[m], strict=True))
            ]
        )
    rows = zip(*(gathered(nodes, *column) for column in zip(*products, strict=True)), strict=True)
    grid = [
        [nodes.reshape(output, -1, level.height, level.width, len(kernel)) for output in gathered(nodes, *row)]
        for row in rows
    ]
    return Planes(grid, level.height, level.width, len(kernel))


def transformed(nodes: Nodes, first: str, middle: str, last: str) -> tuple[str, str, str, str]:
    """Three taps -> what the four spread inputs are multiplied by."""
    half = nodes.constant(np.array(0.5, np.float32))
    outer = nodes.add("Add", first, last)
    plus, minus = (nodes.add("Mul", nodes.add(operator, outer, middle), half) for operator in ("Add", "Sub"))
    return first, plus, minus, last


def spread(nodes: Nodes, even: str, odd: str, dim: int) -> tuple[str, str, str, str]:
    """Even and odd rows (or columns) -> what is multiplied. Two outputs meet the odd row before them, their own even
    and odd row, and the even row after them."""
    before, after = moved(nodes, odd, dim, 1), moved(nodes, even, dim, -1)
    return (
        nodes.add("Sub", before, odd),
        nodes.add("Add", even, odd),
        nodes.add("Sub", odd, even),
        nodes.add("Sub", even, after),
    )


def gathered(nodes: Nodes, m0: str, m1: str, m2: str, m3: str) -> tuple[str, str]:
    """Four products -> even and odd outputs."""
    even = nodes.add("Add", m0, nodes.add("Add", m1, m2))
    return even, nodes.add("Sub", nodes.add("Sub", m1, m2), m3)
