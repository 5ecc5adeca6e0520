"""Buffers that stay: the same results as a plain run, a state that is carried, and a GPU's failure that is survived."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime import bound, sessions
from realtime.bound import Bound
from realtime.modelfile import read_model, shipped_model
from realtime.providers import open_session, provider_options
from realtime.sessions import Network

HOPS = 7


@pytest.fixture(scope="module")
def model() -> Path:
    return shipped_model("streaming.onnx")


@pytest.fixture(scope="module")
def carried(model: Path) -> dict[str, str]:
    return {f"{name}_out": f"{name}_in" for name in read_model(model).info.state}


def hops(seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)

    def noise(*shape: int) -> Any:
        return rng.standard_normal(shape, dtype=np.float32)

    seen = {"features_in": noise(1, 25, 7, 28), "cues": np.abs(noise(1, 5, 7, 28))}
    return [{"spectrum": noise(1, 2, 257), **seen} for _ in range(HOPS)]


def plainly(session: Any, carried: dict[str, str], given: list[dict[str, Any]]) -> list[Any]:
    """Masks by the session's own `run`, with the state passed by hand."""
    shapes = {one.name: one.shape for one in session.get_inputs()}
    state = {name: np.zeros(shapes[name], np.float32) for name in carried.values()}
    masks: list[Any] = []
    for feeds in given:
        mask, *states = session.run(["mask", *carried], {**feeds, **state})
        state = dict(zip(carried.values(), states, strict=True))
        masks.append(mask)
    return masks


def test_it_gives_what_a_plain_run_gives_and_carries_the_state(model: Path, carried: dict[str, str]) -> None:
    session = open_session(read_model(model).audio, model)
    bound = Bound(session, "cpu", carried)
    for seed in (0, 1):
        given = hops(seed)
        wanted = plainly(session, carried, given)
        found = [bound.run(**feeds)["mask"] for feeds in given]
        np.testing.assert_array_equal(np.stack(found), np.stack(wanted))
        bound.reset()
        assert not any(value.any() for value in bound.carried().values())


def test_what_it_gave_stays(model: Path, carried: dict[str, str]) -> None:
    bound = Bound(open_session(read_model(model).audio, model), "cpu", carried)
    first, second = hops(0)[:2]
    mask = bound.run(**first)["mask"]
    kept = mask.copy()
    bound.run(**second)
    np.testing.assert_array_equal(mask, kept)


def test_another_shape_is_refused(model: Path, carried: dict[str, str]) -> None:
    bound = Bound(open_session(read_model(model).audio, model), "cpu", carried)
    feeds = hops(0)[0] | {"spectrum": np.zeros((1, 2, 200), np.float32)}
    with pytest.raises(RuntimeError, match=r"shape|size"):
        bound.run(**feeds)


def test_threads_have_buffers_of_their_own(model: Path) -> None:
    network = Network(read_model(model), "cpu", 1)
    size = network.info.image
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (size["height"], size["width"], 3), dtype=np.uint8) for _ in range(12)]
    wanted = [network.visual(image) for image in images]
    together = threading.Barrier(3)

    def look(image: Any) -> Any:
        together.wait(timeout=10)
        return network.visual(image)

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(look, images))
    np.testing.assert_array_equal(np.stack(found), np.stack(wanted))


class Failing:
    """A session on the processor in the place of one on a GPU, which breaks after some runs."""

    def __init__(self, session: Any, runs: int) -> None:
        self._session = session
        self._left = runs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run_with_iobinding(self, *given: Any) -> None:
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("CUDA error 700: an illegal memory access was encountered\nin some file")
        self._session.run_with_iobinding(*given)


@pytest.fixture
def failing_gpu(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many runs each half has, when it is said to be on a GPU; the first entry is that of the visual half."""
    runs = [100, 100]
    opened: list[str] = []

    def fake(graph: bytes, path: Path, threads: int, provider: str, **options: Any) -> Any:
        session = open_session(graph, path, threads, "cpu", **options)
        if provider == "cpu":
            return session
        opened.append(provider)
        return Failing(session, runs[(len(opened) - 1) % 2])

    monkeypatch.setattr(sessions, "open_session", fake)
    monkeypatch.setitem(bound.DEVICES, "cuda", "cpu")
    return runs


@pytest.mark.parametrize("half", [0, 1])
def test_a_gpu_that_fails_is_replaced_by_the_processor(model: Path, failing_gpu: list[int], half: int) -> None:
    failing_gpu[half] = 5  # a few more than warming up takes
    network = Network(read_model(model), "cuda", 1)
    assert network.provider == "cuda"
    image = np.full((network.info.image["height"], network.info.image["width"], 3), 70, np.uint8)
    spectrum = np.ones(257, np.complex64)
    masks = [network.step(spectrum, network.visual(image))[0] for _ in range(10)]
    assert network.provider == "cpu"
    assert network.fallbacks == 1
    assert "cuda failed (CUDA error 700: an illegal memory access was encountered); the network runs" in network.trouble
    assert np.isfinite(masks).all()
    np.testing.assert_array_equal(network.visual(image), Network(read_model(model), "cpu", 1).visual(image))


def test_one_that_fails_at_once_is_not_used(model: Path, failing_gpu: list[int]) -> None:
    failing_gpu[0] = 0
    with pytest.raises(RuntimeError, match="CUDA error"):
        Network(read_model(model), "cuda", 1)


def test_gpus_are_told_to_replay_only_what_runs_on_fixed_buffers() -> None:
    assert provider_options("cuda", replayed=True)["enable_cuda_graph"] == "1"
    assert provider_options("cuda", replayed=False)["enable_cuda_graph"] == "0"
    assert provider_options("cpu", replayed=True) == {}


def test_tensorrt_keeps_its_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    options = provider_options("tensorrt", replayed=True)
    assert options["trt_engine_cache_enable"] == "1"
    assert Path(options["trt_engine_cache_path"]).is_dir()


@pytest.mark.skipif(bool(sessions.candidates("auto") == ["cpu"]), reason="no GPU that ONNX Runtime can use")
def test_a_real_gpu_gives_what_the_processor_gives(model: Path) -> None:
    here, there = (Network(read_model(model), provider, 1) for provider in ("cpu", "cuda"))
    image = np.random.default_rng(0).integers(
        0, 256, (here.info.image["height"], here.info.image["width"], 3), np.uint8
    )
    np.testing.assert_allclose(there.visual(image), here.visual(image), atol=2e-2)
    for feeds in hops(0):
        spectrum = (feeds["spectrum"][0, 0] + 1j * feeds["spectrum"][0, 1]).astype(np.complex64)
        masks = [network.step(spectrum, network.visual(image), feeds["cues"][0])[0] for network in (here, there)]
        assert np.abs(masks[0] - masks[1]).max() < 0.02
