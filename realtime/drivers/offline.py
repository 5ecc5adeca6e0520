"""The driver without a clock: sound through an engine as fast as it goes, on the caller's thread."""

from __future__ import annotations

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
