"""A clip is rendered in another process: the whole file or none, and the reason in one line."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from realtime import render_process
from realtime.chain.plan import Plan, Slot
from realtime.clip import Clip
from realtime.errors import RecordingError
from realtime.render_process import RenderJob, RenderProcess
from realtime.settings import Settings
from tests.clips import make_clip, tone
from tests.models.side_model import make_side_model, side_image


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Settings]:
    folder = tmp_path_factory.mktemp("render")
    model = make_side_model(folder / "side.onnx")

    def make(seconds: float) -> Settings:
        clip = folder / f"{seconds:g}.mp4"
        if not clip.exists():
            make_clip(clip, tone(seconds), [np.kron(side_image(255, 0), np.ones((8, 8, 1), np.uint8))] * 25)
        return Settings(clip=clip, model=model)

    return make


def wait(process: RenderProcess, until: Callable[[], object], limit_s: float = 90.0) -> None:
    end_s = time.monotonic() + limit_s
    while not until():
        assert time.monotonic() < end_s
        process.poll()
        time.sleep(0.01)


def test_it_renders_as_the_settings_say(settings, tmp_path):
    wanted = replace(settings(1.0), plan=Plan().add(Slot("trim", "trim", {"gain_db": -60.0})))
    out = tmp_path / "out.wav"
    process = RenderProcess(RenderJob.of(wanted, out))
    wait(process, lambda: not process.running)
    assert process.trouble == ""
    assert process.done is not None and process.done.duration_s == pytest.approx(1.0, abs=0.1)
    assert process.progress is not None and 0 < process.progress <= 1
    sound = Clip.open(out).audio()
    assert sound.shape[0] == 2
    # The tone has half of full scale; trimmed it has 60 dB less, and an ear at most twice that.
    assert 1e-4 < np.abs(sound).max() < 2e-3
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]


def test_cancelled_it_leaves_nothing(settings, tmp_path):
    process = RenderProcess(RenderJob.of(settings(120.0), tmp_path / "out.flac"))
    wait(process, lambda: process.progress is not None)
    process.cancel()
    wait(process, lambda: not process.running)
    assert process.done is None and process.trouble == ""
    assert list(tmp_path.iterdir()) == []


def test_closed_at_once_it_is_gone_and_leaves_nothing(settings, tmp_path):
    process = RenderProcess(RenderJob.of(settings(120.0), tmp_path / "out.wav"))
    process.close()
    assert not process.running and process.trouble == ""
    assert list(tmp_path.iterdir()) == []


def test_one_that_does_not_listen_is_killed_and_leaves_nothing(settings, tmp_path, monkeypatch):
    process = RenderProcess(RenderJob.of(settings(120.0), tmp_path / "out.flac"))
    wait(process, lambda: list(tmp_path.iterdir()))
    (child,) = (child for child in multiprocessing.active_children() if child.name == "earsight-render")
    assert child.pid is not None
    os.kill(child.pid, signal.SIGSTOP)
    monkeypatch.setattr(render_process, "PATIENCE_S", 0.2)
    process.close()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_one_line(settings, tmp_path):
    job = RenderJob.of(settings(1.0), tmp_path / "no" / "out.wav")
    process = RenderProcess(job)
    wait(process, lambda: not process.running)
    assert process.done is None
    assert "does not exist" in process.trouble and "\n" not in process.trouble


def test_the_clip_itself_is_never_the_target(settings):
    wanted = settings(1.0)
    with pytest.raises(RecordingError, match="itself"):
        RenderJob.of(wanted, wanted.clip.parent / "." / wanted.clip.name)
