"""How the cost of a second of sound grows: with block size, sample rate, image size, sources, plugins and streams.

All of it runs on one thread, one after the other, so that the processor time is that of the work alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.chain import EFFECTS, kernel_times_ns, rack_of, spatialiser_of
from benchmarks.material import picture
from benchmarks.stages import stages
from realtime.chain.plan import Slot
from realtime.networks import open_network
from realtime.pipeline import Pipeline
from realtime.plugin import Format

SAMPLE_RATE = 48_000
BLOCK_SIZE = 64
IMAGES_PER_S = 10
HOP_S = 0.01
IMAGE = (320, 180)
IMAGES = (IMAGE, (640, 360), (1280, 720), (1920, 1080))
BLOCK_SIZES = (32, 64, 128, 256, 512, 1024)
SAMPLE_RATES = (44_100, 48_000, 96_000, 192_000)
SOURCES = (1, 2, 4)
STREAMS = (1, 2, 4)
PLUGINS = (0, 1, 2, 5, 10)


def scene(sample_rate: int, size: tuple[int, int], sources: int, seconds: float) -> tuple[NDArray[Any], list[Any]]:
    """Mono sound float32 (N,) of so many bursting noises, and pictures with as many moving discs, 10 a second."""
    rng = np.random.default_rng(0)
    width, height = size
    time_s = np.arange(round(seconds * sample_rate)) / sample_rate
    sound = np.zeros(len(time_s))
    for number in range(sources):
        bursts = 0.5 + 0.5 * np.sin(2 * np.pi * (2 + number) * time_s + number)
        sound += 0.05 * bursts * rng.standard_normal(len(time_s))
    images = [
        picture(height, width, [(disc + 0.5 + 0.3 * np.sin(index / 3 + disc)) / sources for disc in range(sources)])
        for index in range(round(seconds * IMAGES_PER_S))
    ]
    return sound.astype(np.float32), images


def pipeline_cost(
    model: Path | None,
    seconds: float,
    *,
    sample_rate: int = SAMPLE_RATE,
    size: tuple[int, int] = IMAGE,
    sources: int = 1,
    streams: int = 1,
) -> dict[str, Any]:
    """Processor time in ms for a second of sound of each stream, the whole and by stage."""
    sound, images = scene(sample_rate, size, sources, seconds)
    block = round(HOP_S * sample_rate)
    pipelines = [Pipeline(open_network(model, "cpu"), sample_rate, block, "filter", live=False) for _ in range(streams)]
    out = np.zeros((block, 2), np.float32)
    per_image = round(1 / (HOP_S * IMAGES_PER_S))
    with stages() as found:
        begin = time.thread_time()
        for number in range(len(sound) // block):
            part = np.ascontiguousarray(sound[number * block : (number + 1) * block, None])
            for pipeline in pipelines:
                if number % per_image == 0:
                    pipeline.vision.look(images[number // per_image], number * block)
                pipeline.engine.process(part, out)
                pipeline.advance()
        whole_s = time.thread_time() - begin
    for pipeline in pipelines:
        pipeline.stop()
    scale = 1000 / seconds
    by_stage = {stage: scale * taken for stage, taken in found.seconds.items() if taken}
    return {
        "ms_per_s": scale * whole_s,
        "stages": {**by_stage, "the rest": scale * (whole_s - sum(found.seconds.values()))},
    }


def growth(model: Path | None, seconds: float, *, quick: bool) -> Iterator[dict[str, Any]]:
    """A row for each point: what grows, its value, and the cost."""
    step = slice(None, None, 3) if quick else slice(None)
    for block_size in BLOCK_SIZES[step]:
        form = Format(SAMPLE_RATE, block_size)
        yield {"grows": "block size", "value": block_size, **_callback_cost((), form, seconds)}
    for count in PLUGINS[step]:
        form = Format(SAMPLE_RATE, BLOCK_SIZE)
        yield {"grows": "plugins", "value": count, **_callback_cost(EFFECTS[:count], form, seconds)}
    for sample_rate in SAMPLE_RATES[step]:
        yield {
            "grows": "sample rate, Hz",
            "value": sample_rate,
            **pipeline_cost(model, seconds, sample_rate=sample_rate),
        }
    for size in IMAGES[step]:
        yield {"grows": "image height", "value": size[1], **pipeline_cost(model, seconds, size=size)}
    for sources in SOURCES[step]:
        yield {"grows": "sources", "value": sources, **pipeline_cost(model, seconds, sources=sources)}
    for streams in STREAMS[step]:
        yield {"grows": "streams", "value": streams, **pipeline_cost(model, seconds, streams=streams)}


def _callback_cost(effects: Sequence[str], form: Format, seconds: float) -> dict[str, Any]:
    """Of the spatialiser and effects in the callback: median of a block, times the blocks of a second."""
    spatialiser = spatialiser_of(form)
    rack = rack_of(form, [Slot(effect, effect) for effect in effects], spatialiser)
    blocks_per_s = form.sample_rate / form.block_size
    times = kernel_times_ns(rack, spatialiser, form, max(100, round(seconds * blocks_per_s)))
    return {"ms_per_s": float(np.median(times)) * blocks_per_s / 1e6}
