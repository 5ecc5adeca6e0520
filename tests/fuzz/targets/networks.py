"""Networks: model files of every kind, checkpoints, and the files that describe a training run."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target
from tests.fuzz.values import as_json, as_toml, varied

Rng = np.random.Generator
HUGE = 2**31
WORDS = (b"earsight", b"spectrum", b"features", b"mask", b"image", b"Loop", b"com.evil", b"location")


class Networks(Target):
    """Model files: opened, warmed up, and put to work on a block of sound."""

    name = "networks"
    suffix = ".onnx"
    share = 1800.0

    def prepare(self, folder: Path) -> None:
        from tests.models.side_model import make_side_model

        self._seeds = [make_side_model(folder / "streaming.onnx").read_bytes()]
        self._seeds.append(make_side_model(folder / "window.onnx", "window").read_bytes())

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: Rng) -> bytes:
        if rng.random() < 0.4:
            return mutated(rng, self._seeds[:1], WORDS)
        import onnx

        model = onnx.load_model_from_string(self._seeds[int(rng.integers(len(self._seeds)))])
        for _ in range(1 + int(rng.integers(2))):
            _CHANGES[int(rng.integers(len(_CHANGES)))](rng, model)
        return model.SerializeToString()

    def read(self, place: Place) -> Iterable[str]:
        from realtime.pipeline import Pipeline
        from realtime.sessions import load_model

        network = load_model(place.given, "cpu")
        pipeline = Pipeline(network, 48_000, 480, "filter", live=False)
        sound, out = np.zeros((480, 2), np.float32), np.empty((480, 2), np.float32)
        for _ in range(3):
            pipeline.engine.process(sound, out)
            pipeline.advance()
        assert np.isfinite(out).all(), "the sound is not finite"
        return ()


class OtherNetworks(Networks):
    """Model files of the kinds that find sources and take them apart."""

    name = "other-networks"
    share = 700.0

    def prepare(self, folder: Path) -> None:
        from tests.realtime import separation_model, where_model

        self._seeds = [where_model.write_model(folder / "where.onnx").read_bytes()]
        self._seeds.append(separation_model.write_model(folder / "separation.onnx").read_bytes())

    def read(self, place: Place) -> Iterable[str]:
        from realtime.modelfile import read_model
        from realtime.separator import Separator
        from realtime.where import Where

        if read_model(place.given, ("where", "separation")).info.kind == "where":
            Where(place.given, 48_000)
        else:
            Separator(place.given).features(np.zeros((32, 48, 3), np.uint8))
        return ()


def _metadata(rng: Rng, model: Any) -> None:
    for entry in model.metadata_props:
        with suppress(ValueError):  # it was damaged before
            entry.value = as_json(rng, json.loads(entry.value)).decode("utf-8", "replace")


def _no_metadata(rng: Rng, model: Any) -> None:
    del rng, model.metadata_props[:]


def _outside(rng: Rng, model: Any) -> None:
    """Weights in another file, by preference somebody else's."""
    from onnx import TensorProto

    tensor = _one(rng, model.graph.initializer)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    entry = tensor.external_data.add()
    entry.key, entry.value = (
        "location",
        str(rng.choice(["/etc/passwd", "../../etc/passwd", "notes.txt", "", "weights"])),
    )


def _outside_constant(rng: Rng, model: Any) -> None:
    """The same, in a node's attribute."""
    from onnx import TensorProto, helper

    tensor = TensorProto(data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    node = _one(rng, model.graph.node)
    model.graph.node.insert(0, helper.make_node("Constant", [], ["outside"], value=tensor))
    node.input[0] = "outside"


def _dims(rng: Rng, model: Any) -> None:
    """Initializers that say they are of another size."""
    tensor = _one(rng, model.graph.initializer)
    tensor.dims[:] = [int(size) for size in rng.choice([0, 1, 2, 257, HUGE, 2**40, -1], size=int(rng.integers(0, 5)))]


def _shape(rng: Rng, model: Any) -> None:
    """Inputs and outputs of other shapes."""
    value = _one(rng, [*model.graph.input, *model.graph.output])
    dims = value.type.tensor_type.shape.dim
    if len(dims):
        _one(rng, dims).dim_value = int(rng.choice([0, 2, 3, 100_000, HUGE, 2**62]))


def _kind(rng: Rng, model: Any) -> None:
    value = _one(rng, [*model.graph.input, *model.graph.output])
    value.type.tensor_type.elem_type = int(rng.integers(0, 25))


def _operator(rng: Rng, model: Any) -> None:
    node = _one(rng, model.graph.node)
    if rng.random() < 0.5:
        node.op_type = str(
            rng.choice(["Loop", "Scan", "If", "Identity", "Gather", "Expand", "Tile", "LSTM", "", "Nothing"])
        )
    else:
        node.domain = str(rng.choice(["com.evil", "com.microsoft", "ai.onnx.ml", "ai.onnx.training"]))


def _allocation(rng: Rng, model: Any) -> None:
    """A node that makes much of little."""
    from onnx import helper, numpy_helper

    size = int(rng.choice([2**28, 2**31, 2**40]))
    model.graph.initializer.append(numpy_helper.from_array(np.array([size]), "much"))
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["much"], ["ocean"]))
    model.graph.node.insert(1, helper.make_node("ReduceSum", ["ocean"], ["drop"], keepdims=0))
    _one(rng, model.graph.node).input[0] = "drop"


def _endless(rng: Rng, model: Any) -> None:
    """A loop that nobody lives to see the end of."""
    from onnx import TensorProto, helper, numpy_helper

    names = ("i", "go", "x"), ("go_on", "y")
    kinds = (TensorProto.INT64, TensorProto.BOOL, TensorProto.FLOAT), (TensorProto.BOOL, TensorProto.FLOAT)
    ins, outs = (
        [helper.make_tensor_value_info(name, kind, [] if kind != TensorProto.FLOAT else None) for name, kind in pair]
        for pair in (zip(names[0], kinds[0], strict=True), zip(names[1], kinds[1], strict=True))
    )
    nodes = [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Sin", ["x"], ["y"])]
    body = helper.make_graph(nodes, "body", ins, outs)
    model.graph.initializer.append(numpy_helper.from_array(np.array(2**62), "trips"))
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "true"))
    last = next(node for node in model.graph.node if "mask" in node.output)
    last.output[0] = "mask_once"
    model.graph.node.append(helper.make_node("Loop", ["trips", "true", "mask_once"], ["mask"], body=body))


def _one(rng: Rng, choices: Any) -> Any:
    return choices[int(rng.integers(len(choices)))]


_CHANGES: tuple[Callable[[Rng, Any], None], ...] = (
    *(_metadata,) * 8,
    *(_no_metadata, _outside, _outside_constant, _dims, _dims, _shape, _shape, _kind, _operator, _operator),
    *(_allocation, _endless),
)


class Checkpoints(Target):
    """What torch saved: damaged files, and whole ones that hold something else."""

    name = "checkpoints"
    suffix = ".pt"
    share = 700.0

    def prepare(self, folder: Path) -> None:
        import torch

        from models.networks import NETWORKS

        weights = NETWORKS["where"]().state_dict()
        self._whole = {"kind": "where", "config": {}, "model": {}, "training": {"step": 3, "best": 0.5}}
        few = {name: weights[name] for name in list(weights)[:3]}
        self._seeds: list[bytes] = []
        for zipped, model in ((True, weights), (False, weights), (True, few), (False, few)):
            kept = io.BytesIO()
            torch.save(self._whole | {"model": model}, kept, _use_new_zipfile_serialization=zipped)
            self._seeds.append(kept.getvalue())
        # What runs a program when it is unpickled without care.
        self._seeds.append(b"cposix\nsystem\n(S'touch /tmp/earsight-was-here'\ntR.")

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: Rng) -> bytes:
        import torch

        if rng.random() < 0.7:
            return mutated(
                rng, self._seeds, (b"ctorch._utils\n_rebuild_tensor_v2\n", b"cbuiltins\neval\n", b"PK\x03\x04")
            )
        kept = io.BytesIO()
        sizes = {"width": 8, "layers": 1, "channels": 16}
        torch.save(varied(rng, self._whole | {"config": sizes if rng.random() < 0.5 else {}}), kept)
        return kept.getvalue()

    def read(self, place: Place) -> Iterable[str]:
        from export.checkpoint import load_checkpoint

        load_checkpoint(place.given)
        return ()


class Trainings(Target):
    """TOML files of training runs: read, and the network built."""

    name = "trainings"
    suffix = ".toml"
    share = 700.0

    def prepare(self, folder: Path) -> None:
        from models.training_config import TrainingConfig

        del TrainingConfig

    def good(self) -> bytes:
        return b'network = "where"\nfolder = "checkpoints/mine"\nimage_height = 14\nimage_width = 28\n'

    def generate(self, rng: Rng) -> bytes:
        common = {"folder": "checkpoints/mine", "seed": 1, "steps": 20, "learning_rate": 3e-4, "workers": 1}
        where = {"network": "where", **common, "image_height": 14, "image_width": 28}
        streaming = {
            "network": "streaming",
            **common,
            "data": "scenes",
            "duration_s": 1.28,
            "max_sources": 2,
            "image_height": 112,
            "image_width": 224,
            "network_options": {"cues": 0},
            "task_options": {},
        }
        return as_toml(rng, where if rng.random() < 0.5 else streaming)

    def read(self, place: Place) -> Iterable[str]:
        from models.training_config import TrainingConfig

        config = TrainingConfig.read(place.given)
        config.task(config.build())
        return ()
