"""Sound through an engine as fast as it goes, on the caller's thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from realtime.engine import Engine


def run_offline(
    engine: Engine,
    sound: NDArray[np.float32],
    block_size: int,
    before_block: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """What an engine makes of a sound.

    Parameters
    ----------
    engine
        Goes on from where it is.
    sound
        float32 (channels, samples). An engine with a source plays that instead; only the length counts then.
    block_size
        Samples per call; the last may be shorter.
    before_block
        Called with the block's first sample and its length before each call, as an analysis thread that is never late.

    Returns
    -------
    NDArray
        Left and right, float32 (2, samples), later than the sound by the chain's latency.
    """
    samples = sound.shape[1]
    interleaved = np.ascontiguousarray(sound.T, dtype=np.float32)
    out = np.empty((samples, 2), dtype=np.float32)
    for start in range(0, samples, block_size):
        end = min(start + block_size, samples)
        if before_block is not None:
            before_block(start, end - start)
        engine.process(interleaved[start:end], out[start:end])
    return np.ascontiguousarray(out.T)
