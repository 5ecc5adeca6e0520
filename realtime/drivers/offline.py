"""The driver without a clock: sound through an engine as fast as it goes, on the caller's thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from realtime.engine import Engine


class OfflineDriver:
    """Calls an engine with the blocks that it is given.

    Parameters
    ----------
    engine
        Goes on from where it is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def process(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the engine makes of a block, float32 (channels, n): left and right, float32 (2, n).

        An engine with a source plays that instead; only the length counts then.
        """
        interleaved = np.ascontiguousarray(block.T, dtype=np.float32)
        out = np.empty((len(interleaved), 2), dtype=np.float32)
        self._engine.process(interleaved, out)
        return np.ascontiguousarray(out.T)


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
