"""How much faster the paper's network renders here than a plain statement of the same in PyTorch, in one run.

python -m benchmarks.window --seconds 10
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.material import moving_clip
from export.onnx_file import Precision, export_checkpoint
from models.mono2binaural import Mono2Binaural
from realtime.clip import Clip, ClipImages
from realtime.clip_writer import write_sound
from realtime.pictures import fit
from realtime.stats import machine_facts, write_json
from realtime.window_rendering import WindowRendering, physical_cores

LENGTH, STEP, SAMPLE_RATE = 10_080, 800, 16_000
LEVEL, FLOOR = 0.1414, 1e-4
PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")
TOLERANCE = 1e-3
"""Of full scale; beyond it the two did not compute the same."""


def render_plainly(network: Mono2Binaural, clip: Clip) -> NDArray[np.float32]:
    """The mended protocol as one would write it down: window by window, each with its picture, in PyTorch.

    Returns
    -------
    NDArray[np.float32]
        (2, N) at 16 kHz.
    """
    mono = torch.from_numpy(clip.audio(SAMPLE_RATE).mean(axis=0))
    hann = torch.hann_window(400)
    difference, count = torch.zeros(len(mono)), torch.zeros(len(mono))
    starts = [*range(0, len(mono) - LENGTH, STEP), len(mono) - LENGTH]
    with ClipImages(clip) as images, torch.inference_mode():
        for start in starts:
            window = mono[start : start + LENGTH]
            gain = LEVEL / max(FLOOR, float(window.square().mean().sqrt()))
            spectrum = torch.stft(window * gain, 512, 160, 400, hann, pad_mode="reflect", return_complex=True)
            middle_s = (start + LENGTH / 2) / SAMPLE_RATE
            image = torch.from_numpy(fit(images.at(int(middle_s * 10 + 0.5) / 10), 448, 224))[None]
            (mask,) = network.masks(torch.view_as_real(spectrum).permute(2, 0, 1)[None], network.visual(image))
            masked = torch.nn.functional.pad(torch.complex(mask[0], mask[1]) * spectrum[:-1], (0, 0, 0, 1))
            difference[start : start + LENGTH] += torch.istft(masked, 512, 160, 400, hann, length=LENGTH) / gain
            count[start : start + LENGTH] += 1
    difference /= count
    return torch.stack((mono + difference, mono - difference)).numpy()


def render_here(model: Path, clip: Clip, threads: int) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """The same by `render --mode window`, without the writing of a file: left and right, and the statistics."""
    rendering = WindowRendering(clip, model, "cpu", threads=threads)
    ears = np.concatenate(list(rendering.blocks()), axis=1)
    return ears, rendering.snapshot().as_dict()


def lively_network() -> Mono2Binaural:
    """Random weights, which cost what trained ones do, and masks that fill their range, so that a difference shows."""
    torch.manual_seed(0)
    network = Mono2Binaural().train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the statistics become those of the one batch below
            module.reset_running_stats()
    torch.nn.init.normal_(network.audio_net.audionet_upconvlayer5[0].get_parameter("weight"), std=0.1)
    with torch.no_grad():
        network(torch.randn(4, 2, 257, 64), torch.randint(0, 256, (4, 224, 448, 3), dtype=torch.uint8))
    return network.eval()


def measure(seconds: float, threads: int, repeats: int) -> dict[str, Any]:
    """Both on one clip, by turns; each counts with its fastest run."""
    torch.set_num_threads(threads)
    network = lively_network()
    ours_s: dict[Precision, list[float]] = {precision: [] for precision in PRECISIONS}
    plain_s: list[float] = []
    ears: dict[Precision, NDArray[np.float32]] = {}
    plain = np.zeros((2, 0), np.float32)
    statistics: dict[Precision, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, moving_clip(seconds) as path:
        checkpoint = Path(folder) / "random.pt"
        torch.save({"kind": network.kind, "config": {}, "model": network.state_dict(), "training": {}}, checkpoint)
        models: dict[Precision, Path] = {precision: Path(folder) / f"{precision}.onnx" for precision in PRECISIONS}
        with redirect_stdout(sys.stderr):
            for precision, model in models.items():
                export_checkpoint(checkpoint, model, precision=precision)
        # Sound at the network's rate, so that what comes out can be compared sample by sample.
        sound = Path(folder) / "sound.wav"
        write_sound(sound, Clip.open(path).audio(SAMPLE_RATE), SAMPLE_RATE)
        for _ in range(repeats):
            clip = Clip.from_parts(sound, path)
            for precision, model in models.items():
                ears[precision], statistics[precision] = render_here(model, clip, threads)
                ours_s[precision].append(statistics[precision]["realtime_factor"] * statistics[precision]["duration_s"])
            started_s = time.perf_counter()
            plain = render_plainly(network, clip)
            plain_s.append(time.perf_counter() - started_s)
    apart = {precision: float(np.abs(given - plain).max()) for precision, given in ears.items()}
    difference, error = plain[0] - plain[1], ears["int8"] - plain
    return {
        "machine": machine_facts("cpu"),
        "threads": threads,
        "torch": torch.__version__,
        "seconds": seconds,
        "window_s": ours_s,
        "plain_s": plain_s,
        "ratio": {precision: min(plain_s) / min(taken_s) for precision, taken_s in ours_s.items()},
        "largest_difference": apart,
        "int8_error_db": 10 * float(np.log10(np.square(error[0] - error[1]).sum() / np.square(difference).sum())),
        "agree": apart["fp32"] < TOLERANCE,
        "inference_ms": {precision: found["inference_ms"] for precision, found in statistics.items()},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.window", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the clip that is made")
    parser.add_argument("--threads", type=int, default=physical_cores(), help="of both; default: all cores")
    parser.add_argument("--repeats", type=int, default=1, help="runs of both; the fastest counts")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    figures = measure(chosen.seconds, chosen.threads, chosen.repeats)
    print(
        f"{chosen.seconds:g} s of sound, 10 pictures a second, {chosen.threads} threads: plain PyTorch "
        f"{figures['torch']} {min(figures['plain_s']):.1f} s"
    )
    for precision in PRECISIONS:
        print(
            f"render --mode window, {precision}: {min(figures['window_s'][precision]):.1f} s, ratio "
            f"{figures['ratio'][precision]:.2f}; largest difference {figures['largest_difference'][precision]:.1e} of "
            "full scale"
        )
    print(f"int8 strays from the difference of the ears by {figures['int8_error_db']:.1f} dB")
    if chosen.json is not None:
        write_json(chosen.json, figures)
    if not figures["agree"]:
        raise SystemExit("the two renderings are not the same")


if __name__ == "__main__":
    main()
