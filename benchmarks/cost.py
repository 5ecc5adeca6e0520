"""What a network costs: multiplications for a second of sound, and the time of its steps on one core.

python -m benchmarks.cost [MODEL.onnx...]
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx

from realtime.errors import EarsightError
from realtime.modelfile import ModelFile, read_model, shipped_model
from realtime.sessions import Network, load_model
from realtime.windows import STEP_S

IMAGES_PER_S = 10.0
RUNS = 500
PICTURES = 50


def multiplications(graph: bytes) -> int:
    """Of convolutions, matrix products and recurrent cells in one run of a serialised ONNX graph, with batches of one.

    Additions, activations and transforms of shapes are not counted, as is usual for multiply-accumulates.
    """
    model = onnx.load_from_string(graph)
    for value in (*model.graph.input, *model.graph.value_info, *model.graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_value = 1
    model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    shapes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.value_info, *model.graph.output)
    }
    shapes |= {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    return sum(_of_node(node, shapes) for node in model.graph.node)


def _of_node(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> int:
    if node.op_type not in ("Conv", "ConvTranspose", "MatMul", "Gemm", "GRU"):
        return 0
    given, weights = shapes[node.input[0]], shapes[node.input[1]]
    if node.op_type == "Conv":
        return math.prod(shapes[node.output[0]]) * math.prod(weights[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(given) * math.prod(weights[1:])
    if node.op_type in ("MatMul", "Gemm"):
        return math.prod(shapes[node.output[0]]) * given[-1]
    hops, batch = given[:2]
    return hops * batch * (math.prod(weights) + math.prod(shapes[node.input[2]]))


def per_second(file: ModelFile) -> tuple[float, float]:
    """Multiplications for a second of sound: of the sound's half and of the picture's, at 10 pictures a second."""
    return multiplications(file.audio) / step_s(file), multiplications(file.visual) * IMAGES_PER_S


def step_s(file: ModelFile) -> float:
    """Time from one run of the sound's half to the next: a hop, or the paper's step from window to window."""
    return file.info.hop / file.info.sample_rate if file.info.kind == "streaming" else STEP_S


def durations_ms(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Times of one step of the sound's half, (RUNS,), and of one picture, (PICTURES,), in one thread."""
    info = network.info
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (info.image["height"], info.image["width"], 3), np.uint8)
    features = network.visual(image)
    if info.kind == "streaming":
        hop = rng.standard_normal(info.bins).astype(np.complex64)
        runs, step = RUNS, lambda: network.step(hop, features)
    else:
        window = rng.standard_normal((1, info.bins, info.frames)).astype(np.complex64)
        runs, step = PICTURES, lambda: network.masks(window, features)
    return _timed(runs, step), _timed(PICTURES, lambda: network.visual(image))


def _timed(runs: int, run: Callable[[], object]) -> np.ndarray:
    taken: list[float] = []
    for _ in range(runs):
        begin = time.perf_counter()
        run()
        taken.append(1000 * (time.perf_counter() - begin))
    return np.array(taken)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__)
    parser.add_argument("models", type=Path, nargs="*", help="default: the one that ships")
    chosen = parser.parse_args(arguments)
    print(
        "| network | sound, million a second | pictures, million a second | together | audio step p50 / p99, ms "
        "| audio, of real time | picture p50, ms |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    for path in chosen.models or [shipped_model()]:
        try:
            file = read_model(path)
            network = load_model(path, "cpu")
        except EarsightError as error:
            sys.exit(f"cost: {error}")
        sound, pictures = (round(count / 1e6) for count in per_second(file))
        audio_ms, picture_ms = durations_ms(network)
        p50, p99 = np.percentile(audio_ms, (50, 99))
        print(
            f"| {path.name} | {sound} | {pictures} | {sound + pictures} | {p50:.2f} / {p99:.2f} "
            f"| {audio_ms.mean() / 1000 / step_s(file):.3f} | {np.median(picture_ms):.1f} |"
        )


if __name__ == "__main__":
    main()
