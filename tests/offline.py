"""A whole sound through an engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from realtime.drivers.offline import OfflineDriver
from realtime.engine import Engine


def run_offline(
    engine: Engine,
    sound: NDArray[np.float32],
    block_size: int,
    before_block: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """What an engine makes of a whole sound.

    Parameters
    ----------
    engine
        Goes on from where it is.
    sound
        float32 (channels, samples).
    block_size
        Samples per call; the last may be shorter.
    before_block
        Called with the block's first sample and its length before each call, as an analysis thread that is never late.

    Returns
    -------
    NDArray
        Left and right, float32 (2, samples), later than the sound by the chain's latency.
    """
    driver = OfflineDriver(engine)
    out = np.empty((2, sound.shape[1]), dtype=np.float32)
    for start in range(0, sound.shape[1], block_size):
        block = sound[:, start : start + block_size]
        if before_block is not None:
            before_block(start, block.shape[1])
        out[:, start : start + block_size] = driver.process(block)
    return out
