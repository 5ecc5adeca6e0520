"""The chain from sound and images to binaural sound, without a device: what live, play and render have in common."""

from __future__ import annotations

from realtime.analysis import Analysis
from realtime.chain.chain import Chain
from realtime.chain.plan import Plan
from realtime.engine import Engine
from realtime.filters import FilterDesign, default_pre_delay, default_taps
from realtime.networks import AnyNetwork, at_work
from realtime.plugin import Format
from realtime.registry import open_plugin
from realtime.source import Source
from realtime.spatial_kernel import OVERLAP_RAMP
from realtime.spatialiser import Spatialiser
from realtime.stft import NewestHop, OverlapAdd, StreamingSTFT

INFERENCE_BUDGET_S = 0.005
"""Overlap mode, live: what polling and inference may take before the filter path has to step in."""


class Pipeline:
    """Engine, chain, spatialiser, analysis and vision, wired together for one network, rate and mode.

    Parameters
    ----------
    network
        Loaded; its state belongs to this pipeline from now on.
    sample_rate
        Of the device or file, Hz.
    block_size
        Largest block.
    mode
        "filter" or "overlap".
    source
        Played instead of the device's input.
    live
        True: late inferences are skipped, and the sound waits for nothing beyond what the mode needs. False: nothing is
        late, and the sound is delayed so that each filter meets the sound it was designed from; call `advance` after
        each block.
    plan
        Of the chain; None for the spatialiser alone.
    """

    def __init__(
        self,
        network: AnyNetwork,
        sample_rate: int,
        block_size: int,
        mode: str,
        *,
        source: Source | None = None,
        live: bool = True,
        plan: Plan | None = None,
    ) -> None:
        info = network.info
        taps, pre_delay = default_taps(sample_rate), default_pre_delay(sample_rate)
        self.network = network
        self.vision, self.stream = at_work(network, sample_rate)
        self.stft = StreamingSTFT(sample_rate, info.sample_rate, info.n_fft, info.hop, info.window)
        self.engine = Engine(sample_rate, block_size, source=source)
        fade = self.stft.centre(1)
        overlap = self._overlap(live=live) if mode == "overlap" else None
        self.spatialiser = Spatialiser(
            mode,
            sample_rate,
            block_size,
            taps=taps,
            pre_delay=pre_delay,
            delay=self._delay(overlap, block_size, pre_delay, fade, live=live),
            fade=fade,
        )
        form = Format(sample_rate, block_size)
        self.chain = Chain(form, self.spatialiser, open_plugin, plan or Plan(), live=live)
        self.engine.set_kernel(self.chain.rack)
        self.analysis = Analysis(
            self.spatialiser.heard,
            self.stft,
            self.stream,
            FilterDesign(sample_rate, info.sample_rate, info.n_fft, taps, pre_delay),
            self.spatialiser,
            overlap,
            skip_when_late=live,
        )

    @property
    def latency(self) -> int:
        """Samples by which left and right come after the input they belong to."""
        return self.engine.latency

    def advance(self) -> None:
        """Not live: do what the newest block of sound has made due."""
        self.analysis.advance()
        self.chain.advance()

    def stop(self) -> None:
        """End all threads. After the sound has stopped."""
        self.analysis.stop()
        self.vision.stop()
        self.chain.close()

    def _overlap(self, *, live: bool) -> OverlapAdd | NewestHop:
        """Whole frames, which is the finest, unless somebody waits and there is a mask for every hop."""
        return NewestHop(self.stft) if live and self.stream.step == 1 else OverlapAdd(self.stft)

    def _delay(
        self, overlap: OverlapAdd | NewestHop | None, block_size: int, pre_delay: int, fade: int, *, live: bool
    ) -> int:
        """Samples to hold the sound back, beyond the filter's own pre-delay."""
        step = self.stft.centre(self.stream.step) + 1
        if overlap is None:
            if live:
                return 0
            # A filter comes at the end of the block that completes its frame; the middle of its reign, from half faded
            # in to half faded out, meets the middle of the frame that it stands for.
            complete = -(-self.stft.half // block_size) * block_size
            return complete + step // 2 + fade // 2 - pre_delay
        # The last frame that a sample waits for ends within `reach` after it; a network that listens now and then gives
        # the masks of the frames before only then.
        needed = overlap.reach + block_size + OVERLAP_RAMP + (step if self.stream.step > 1 else 0)
        if live:
            needed += max(round(INFERENCE_BUDGET_S * self.stft.sample_rate), step if self.stream.step > 1 else 0)
        return needed - pre_delay
