"""Recorded clips to binaural files through the same pipeline as live, as fast as it goes and the same every time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.chain.plan import Plan
from realtime.clip import Clip, ClipImages
from realtime.clip_writer import MUXED_SUFFIXES, check_target, write_muxed, write_sound
from realtime.drivers.offline import OfflineDriver
from realtime.errors import ClipError, SettingsError
from realtime.lookahead import LookAhead
from realtime.modelfile import shipped_model
from realtime.networks import open_network
from realtime.pipeline import Pipeline
from realtime.settings import FOLLOW, MODES
from realtime.stats import Latency, Percentiles, Snapshot
from realtime.window_rendering import WindowRendering
from realtime.windows import IMAGES_PER_S

RENDER_MODES = (*MODES, "window")
GATHERED_BLOCKS = 100
"""Blocks that are handed on at once: a file is written in large pieces."""


def render_clip(
    source: Path | tuple[Path, Path],
    out: Path,
    *,
    mode: str = "filter",
    compat: bool = False,
    model: Path | None = None,
    provider: str = "auto",
    plan: Plan | None = None,
    force: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Snapshot:
    """Render one clip to a file.

    Parameters
    ----------
    source
        A clip with sound and picture, or a sound file and its images (a folder or a video).
    out
        .wav, .flac, .mp4 or .mkv; sound of the clip's length and rate, its first sample the clip's first.
    mode
        "filter" or "overlap", with any network; "window" with one of windows.
    compat
        In the mode "window": as the authors' program renders, at 16 kHz.
    model, provider
        As in `Settings`.
    plan
        Of the chain, in the modes "filter" and "overlap"; None for the network alone.
    force
        Overwrite `out`.
    progress
        Called with the part done, 0 to 1.

    Returns
    -------
    snapshot
        Figures of the run; ages are counted from the newest sample read, not from the sound that a mask was laid on.

    Raises
    ------
    EarsightError
        When mode, clip, model or output cannot be used.
    """
    if mode not in RENDER_MODES:
        raise SettingsError(f"mode '{mode}' is unknown; accepted: {', '.join(RENDER_MODES)}")
    if compat and mode != "window":
        raise SettingsError(f"--compat does not go with mode {mode}; it is for --mode window")
    if plan is not None and mode == "window":
        raise SettingsError("--chain does not go with mode window, which is the network's rendering alone")
    check_target(out, force=force)
    clip = Clip.from_parts(*source) if isinstance(source, tuple) else Clip.open(source)
    if not clip.has_picture:
        raise ClipError(
            f"clip '{clip.path}' has no picture to place its sound by; give --audio FILE --images DIR|VIDEO"
        )
    if mode == "window" and model == FOLLOW:
        raise SettingsError("--model follow goes with --mode filter or overlap; for --mode window give a model file")
    if mode == "window":
        rendering = WindowRendering(clip, model or shipped_model(), provider, progress, compat=compat)
    else:
        rendering = Rendering(clip, mode, model, provider, progress, plan)
    if out.suffix.lower() in MUXED_SUFFIXES:
        write_muxed(out, clip, rendering.blocks(), rendering.sample_rate, force=force)
    else:
        write_sound(out, rendering.blocks(), rendering.sample_rate, force=force)
    return rendering.snapshot()


class Rendering:
    """One pass of a clip through an offline pipeline."""

    def __init__(
        self,
        clip: Clip,
        mode: str,
        model: Path | None,
        provider: str,
        progress: Callable[[float], None] | None = None,
        plan: Plan | None = None,
    ) -> None:
        network = open_network(model, provider)
        info = network.info
        self._clip = clip
        self.sample_rate = clip.sample_rate
        self._mode = mode
        self._progress = progress
        # A block is a hop, so that each filter begins where the sound of its own frame passes.
        self._block = round(info.hop * clip.sample_rate / info.sample_rate)
        self._pipeline = Pipeline(network, clip.sample_rate, self._block, mode, live=False, plan=plan)
        self._elapsed_s = 0.0

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Left and right, float32 (2, n) blocks, as long together as the clip's sound.

        Raises
        ------
        ClipError
            When the clip has no sound that can be read.
        """
        started_s = time.perf_counter()
        clip, pipeline = self._clip, self._pipeline
        rate, latency = clip.sample_rate, pipeline.latency
        tail = np.zeros((clip.channels, latency), np.float32)
        skip = latency
        pending: list[NDArray[np.float32]] = []
        driver = OfflineDriver(pipeline.engine)
        with LookAhead(pipeline.vision, ClipImages(clip), IMAGES_PER_S, rate) as pictures:
            for block in _regular(clip.audio_blocks(self._block, rate), tail, self._block):
                pictures.show_until(pipeline.engine.position / rate)
                out = driver.process(block)
                pipeline.advance()
                fresh = out[:, min(skip, out.shape[1]) :]
                skip -= out.shape[1] - fresh.shape[1]
                if self._progress is not None:
                    self._progress(min(1.0, pipeline.engine.position / (rate * clip.duration_s + latency)))
                pending.append(fresh)
                if len(pending) == GATHERED_BLOCKS:
                    yield np.concatenate(pending, axis=1)
                    pending.clear()
        if pending:
            yield np.concatenate(pending, axis=1)
        self._elapsed_s = time.perf_counter() - started_s
        if pipeline.engine.position <= latency:
            raise ClipError(f"clip '{clip.path}' has no sound that can be read; give another clip")

    def snapshot(self) -> Snapshot:
        """Figures of the pass so far."""
        pipeline = self._pipeline
        latency = pipeline.latency
        troubles = (self._clip.warning, *(slot.trouble for slot in pipeline.chain.slots()))
        return Snapshot(
            finished=True,
            sample_rate=self._clip.sample_rate,
            block_size=self._block,
            mode=self._mode,
            model=pipeline.network.path.name,
            provider=pipeline.network.provider,
            input=str(self._clip.path),
            duration_s=max(0, pipeline.engine.position - latency) / self._clip.sample_rate,
            elapsed_s=self._elapsed_s,
            blocks=pipeline.engine.blocks,
            late_blocks=pipeline.spatialiser.late_blocks + pipeline.chain.late_blocks,
            bad_samples=pipeline.engine.bad_samples + self._clip.bad_samples,
            latency=Latency(plugins=latency, algorithmic=pipeline.spatialiser.latency),
            callback_us=Percentiles.of_histogram(pipeline.engine.callback_counts, 1.0),
            audio_inference_ms=pipeline.stream.durations.percentiles_ms(),
            visual_inference_ms=pipeline.vision.durations.percentiles_ms(),
            mask_age_ms=Percentiles.of_histogram(pipeline.spatialiser.mask_age_counts, 1.0),
            image_age_ms=Percentiles.of_histogram(pipeline.spatialiser.image_age_counts, 1.0),
            masks=pipeline.analysis.masks,
            images=pipeline.vision.images,
            notices=tuple(trouble for trouble in troubles if trouble),
        )


def _regular(
    blocks: Iterator[NDArray[np.float32]], tail: NDArray[np.float32], size: int
) -> Iterator[NDArray[np.float32]]:
    """The blocks and after them the tail, all of `size` samples but the last."""
    rest = tail
    for block in blocks:
        if block.shape[1] == size:
            yield block
        else:
            rest = np.concatenate((block, tail), axis=1)
    for start in range(0, rest.shape[1], size):
        yield rest[:, start : start + size]
