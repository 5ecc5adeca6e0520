"""Whatever a file of torch's can be wrong in is one line, and no code that it might hold is run."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from models.checkpoint_file import UNFIT, fitting, load_tensors
from realtime.errors import ModelError
from tests.refusals import assert_refused

TROUBLE, CURE = "is no good", "give another"


def read(path: Path) -> dict[str, object]:
    with fitting(path, TROUBLE, CURE):
        return load_tensors(path)


class Shell:
    """Makes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.target,)


def test_tensors_and_plain_values_come_back(tmp_path: Path) -> None:
    torch.save({"a": torch.arange(3), "b": [1, "two"]}, tmp_path / "x.pt")
    content = read(tmp_path / "x.pt")
    assert torch.equal(content["a"], torch.arange(3))  # pyright: ignore[reportArgumentType] - it is what was saved
    assert content["b"] == [1, "two"]


def test_no_code_is_run(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save({"a": Shell(tmp_path / "run")}, path)
    assert_refused(ModelError, r"x\.pt' is no good \(it is not a torch file\); give another", lambda: read(path))
    assert not (tmp_path / "run").exists()


def test_the_reason_is_named(tmp_path: Path) -> None:
    assert_refused(ModelError, r"it is not there", lambda: read(tmp_path / "nowhere.pt"))
    assert_refused(ModelError, r"Is a directory", lambda: read(tmp_path))
    torch.save([1], tmp_path / "list.pt")
    assert_refused(ModelError, r"it holds a list", lambda: read(tmp_path / "list.pt"))


def test_weights_of_other_shapes_are_named(tmp_path: Path) -> None:
    def fill() -> None:
        with fitting(tmp_path, TROUBLE, CURE):
            torch.nn.Linear(2, 3).load_state_dict({"weight": torch.zeros(3, 4), "bias": torch.zeros(3)})

    assert_refused(ModelError, "size mismatch for weight: .*; give another", fill)


@pytest.mark.parametrize("protocol", [2, 4])
def test_damage_of_any_kind_is_refused(protocol: int, tmp_path: Path) -> None:
    """Torch's reader of bare pickles fails in many ways: IndexError, AssertionError, struct's error and others."""
    rng = np.random.default_rng(protocol)
    path = tmp_path / "x.pt"
    whole = pickle.dumps({"a": [1, 2.5, "three"], "b": (None, True)}, protocol)
    for _ in range(300):
        damaged = bytearray(whole[: rng.integers(1, len(whole))])
        damaged[rng.integers(len(damaged))] = rng.integers(256)
        path.write_bytes(damaged)
        assert_refused(ModelError, TROUBLE, lambda: read(path))


def test_what_is_no_fault_of_the_file_stays_as_it_is(tmp_path: Path) -> None:
    assert not issubclass(KeyboardInterrupt, UNFIT)
    with pytest.raises(KeyboardInterrupt), fitting(tmp_path, TROUBLE, CURE):
        raise KeyboardInterrupt
