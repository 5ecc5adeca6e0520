"""Training goes on after an interruption as if there had been none, and says in one line what it cannot use."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor

from models import training
from models.mono2binaural import Mono2Binaural
from models.scenes.synthesis import STAMPS
from models.streaming import Streaming
from models.tasks import Spatialising
from models.training import train
from models.training_config import TrainingConfig
from realtime.errors import DataError, ModelError, SettingsError
from tests.models.data_folder import make_folder
from tests.refusals import assert_refused

needs_material = pytest.mark.skipif(
    not (shutil.which("fluidsynth") and shutil.which("espeak-ng") and STAMPS.exists()),
    reason="the scenes' material is not installed: fluidsynth espeak-ng tuxpaint-stamps-default",
)

SMALL = """
network = "streaming"
folder = "{folder}"
network_options = {{ features = 4, hidden = 8, visual_width = 2 }}
seed = 3
steps = 4
batch_size = 2
warm_up_steps = 1
duration_s = 0.32
max_sources = 1
validation_samples = 2
validate_every = {validate_every}
save_every = 2
workers = 0
threads = 1
"""


class Interrupted(Exception):
    """Stands in for Ctrl-C, which pytest would take for its own."""


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """A run sets the threads of the process."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def configured(folder: Path, validate_every: int = 100) -> Path:
    path = folder.with_suffix(".toml")
    path.write_text(SMALL.format(folder=folder, validate_every=validate_every))
    return path


def checkpoint(path: Path) -> dict[str, Any]:
    return torch.load(path, weights_only=True)


def assert_same(ours: Any, theirs: Any, where: str = "") -> None:
    """Equal to the last bit, tensors in dictionaries included."""
    if isinstance(ours, Tensor):
        assert torch.equal(ours, theirs), where
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), where
        for key, value in ours.items():
            assert_same(value, theirs[key], f"{where}/{key}")
    else:
        assert ours == theirs, where


@pytest.fixture
def interrupted_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Path], None]:
    """`interrupted_after(steps, config)` trains until an exception in the middle of the step after those."""
    loss_of = Spatialising.loss

    def run(steps: int, config: Path) -> None:
        calls: list[int] = []

        def loss(*arguments: Any) -> dict[str, Tensor]:
            calls.append(1)
            if len(calls) > steps:
                raise Interrupted
            return loss_of(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(Spatialising, "loss", loss)
            with pytest.raises(Interrupted):
                train(config)

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run of four steps, left alone."""
    folder = tmp_path_factory.mktemp("runs") / "straight"
    before = torch.get_num_threads()
    assert train(configured(folder)) == folder / "best.pt"
    torch.set_num_threads(before)
    return folder


@needs_material
def test_a_run_leaves_its_checkpoints_and_its_log_and_nothing_else(finished: Path) -> None:
    files = [path.name for path in finished.iterdir() if not path.name.startswith("events.out.tfevents")]
    assert sorted(files) == ["best.pt", "last.pt", "log.jsonl"]
    entries = [json.loads(line) for line in (finished / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in entries] == [2, 4]
    assert all({"loss", "difference", "compressed", "attention", "seconds"} <= entry.keys() for entry in entries)
    assert "validation" not in entries[0]
    assert entries[1]["validation"].keys() == {"score", "flipped", "blank", "sources_1"}
    assert checkpoint(finished / "best.pt")["training"]["validation"] == entries[1]["validation"]


@needs_material
def test_a_checkpoint_builds_its_network_again_and_it_has_learnt(finished: Path) -> None:
    saved = checkpoint(finished / "best.pt")
    assert saved["kind"] == "streaming"
    network = Streaming(**saved["config"])
    network.load_state_dict(saved["model"])
    torch.manual_seed(3)
    untrained = Streaming(**saved["config"])
    assert all(not torch.equal(p, q) for p, q in zip(network.parameters(), untrained.parameters(), strict=True))


@needs_material
@pytest.mark.parametrize("steps", [2, 3])
def test_an_interrupted_run_goes_on_as_if_nothing_had_been(
    steps: int, finished: Path, tmp_path: Path, interrupted_after: Callable[[int, Path], None]
) -> None:
    folder = tmp_path / "interrupted"
    config = configured(folder)
    interrupted_after(steps, config)
    assert checkpoint(folder / "last.pt")["training"]["step"] == 2
    torch.rand(7)  # what the program drew meanwhile must not matter
    train(config, resume=True)
    for name in ("last.pt", "best.pt"):
        ours, theirs = checkpoint(folder / name), checkpoint(finished / name)
        for saved in (ours, theirs):
            del saved["training"]["seconds"]
        assert_same(ours, theirs)


@needs_material
def test_a_finished_run_is_left_as_it_is(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert train(configured(folder), resume=True) == folder / "best.pt"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@needs_material
def test_a_resumed_run_remembers_its_best(
    tmp_path: Path, interrupted_after: Callable[[int, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    config = configured(folder, validate_every=2)
    monkeypatch.setattr(Spatialising, "validate", lambda *_: {"score": 0.5})
    interrupted_after(2, config)
    monkeypatch.setattr(Spatialising, "validate", lambda *_: {"score": 0.6})
    train(config, resume=True)
    assert checkpoint(folder / "best.pt")["training"]["step"] == 2
    assert checkpoint(folder / "last.pt")["training"]["best"] == 0.5


def test_a_folder_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "last.pt").write_bytes(b"precious")
    assert_refused(DataError, "--resume", lambda: train(configured(folder)))
    assert (folder / "last.pt").read_bytes() == b"precious"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a checkpoint",
        {"weights": torch.zeros(2)},
        torch.zeros(2),
        {"model": torch.zeros(2)},
        {"model": Streaming(4, 8, 3).state_dict()},
        {"model": Streaming(4, 8, 2).state_dict(), "optimizer": {}},
    ],
    ids=["empty", "text", "other", "tensor", "no weights", "other widths", "no optimizer"],
)
def test_what_is_no_checkpoint_of_this_run_is_refused(content: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    if isinstance(content, bytes):
        (folder / "last.pt").write_bytes(content)
    else:
        torch.save(content, folder / "last.pt")
    with pytest.raises(ModelError, match=r"last\.pt.*no streaming run of this configuration") as raised:
        train(configured(folder), resume=True)
    assert "\n" not in str(raised.value)
    assert "weights_only" not in str(raised.value)  # torch's advice to let the file run code


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    config = configured(tmp_path / "run")
    (tmp_path / "run").write_text("")
    assert_refused(DataError, "cannot create folder", lambda: train(config))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("steps = ", "Invalid value"),
        ('folder = "x"', "lacks network"),
        ('network = "streaming"', "lacks folder"),
        ('network = "streaming"\nfolder = "x"\nstep = 3', "unknown keys step; known: .*steps"),
        ('network = "resnet"\nfolder = "x"', "network = 'resnet'; accepted: streaming, mono2binaural"),
        ('network = ["streaming"]\nfolder = "x"', "network = .*accepted: text"),
        ('network = "streaming"\nfolder = 3', "folder = 3; accepted: text"),
        ('network = "streaming"\nfolder = "x"\nsteps = "many"', "steps = 'many'; accepted: a whole number"),
        ('network = "streaming"\nfolder = "x"\nsteps = true', "steps = True; accepted: a whole number"),
        ('network = "streaming"\nfolder = "x"\nsave_every = 0', "save_every = 0; accepted: more than 0"),
        ('network = "streaming"\nfolder = "x"\nworkers = -1', "workers = -1; accepted: 0 or more"),
        ('network = "streaming"\nfolder = "x"\ntolerated = 0', "has tolerated, which does nothing with data 'scenes'"),
        ('network = "streaming"\nfolder = "x"\ndata = "seated"\nambisonics = "WXYZ"', "has ambisonics, .*'seated'"),
        ('network = "where"\nfolder = "x"\ndata = "world"', "has data, which does nothing with network 'where'"),
        (
            'network = "streaming"\nfolder = "x"\ndata = "FAIR-Play"\nmax_sources = 2\nsolo_steps = 3',
            "has max_sources, solo_steps, which does nothing with data 'FAIR-Play'; leave it out",
        ),
        ('network = "streaming"\nfolder = "x"\nlearning_rate = nan', "learning_rate = nan; accepted: more than 0"),
    ],
)
def test_a_wrong_configuration_is_named_in_one_line(text: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    if text is not None:
        path.write_text(text)
    assert_refused(SettingsError, words, lambda: TrainingConfig.read(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("network_options = { size = 3 }", "network_options do not fit streaming: .*size"),
        ("image_height = 100", "accepted: 112 and 224"),
    ],
)
def test_what_the_network_cannot_take_is_named_in_one_line(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f'network = "streaming"\nfolder = "{tmp_path / "run"}"\n{text}')
    assert_refused(SettingsError, words, lambda: train(path))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("change", [{"hrtf": "ears.sofa"}, {"ambisonics": "WXYZ"}], ids=["hrtf", "ambisonics"])
def test_options_of_360_degree_sound_are_refused_for_binaural_clips(change: dict[str, Any], tmp_path: Path) -> None:
    config = TrainingConfig("streaming", tmp_path / "run", data=f"{make_folder(tmp_path / 'data')}:test", **change)
    (tmp_path / "data/splits/split1/val.txt").write_text("000001\n")
    assert_refused(SettingsError, "is binaural.*leave them out", lambda: config.material("val", 0.64))
    if "hrtf" in change:
        # Pseudo-binaural samples, which validation does without, are heard with it.
        replace(config, pseudo="videos").material("val", 0.64)


def test_the_papers_network_wants_windows_of_its_length(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('network = "mono2binaural"\nfolder = "run"\nimage_height = 224\nimage_width = 448\n')
    assert_refused(SettingsError, "accepted: 0.63", TrainingConfig.read(path).build)
    path.write_text(path.read_text() + "duration_s = 0.63\n")
    assert TrainingConfig.read(path).build().kind == "mono2binaural"


def test_shipped_configurations_can_be_read() -> None:
    paths = sorted((Path(training.__file__).parent / "configs").glob("*.toml"))
    assert paths
    for path in paths:
        config = TrainingConfig.read(path)
        assert config.build().kind == config.network


def test_the_learning_rate_warms_up_and_falls() -> None:
    config = TrainingConfig("streaming", Path(), steps=100, warm_up_steps=10)
    rates = [config.rate(step) for step in range(101)]
    assert rates[:10] == pytest.approx([0.1 * n for n in range(1, 11)])
    assert all(later <= earlier for earlier, later in pairwise(rates[9:]))
    assert rates[55] == pytest.approx(0.51)
    assert rates[100] == pytest.approx(0.02)


def test_the_papers_schedule_falls_in_steps() -> None:
    config = TrainingConfig("mono2binaural", Path(), warm_up_steps=0, schedule="steps", decay_every=58)
    assert [config.rate(step) for step in (0, 57, 58, 116)] == pytest.approx([1, 1, 0.94, 0.94**2])


def test_the_visual_half_may_have_a_learning_rate_of_its_own() -> None:
    config = TrainingConfig(
        "mono2binaural",
        Path(),
        network_options={"width": 16},
        visual_learning_rate=1e-4,
        image_height=224,
        image_width=448,
        duration_s=0.63,
    )
    network = config.build()
    assert isinstance(network, Mono2Binaural)
    lesson = training.Lesson(network, config.task(network), "fp32")
    groups = config.optimiser(lesson).param_groups
    assert [group["initial_lr"] for group in groups] == [1e-4, 2e-3]
    assert [len(group["params"]) for group in groups] == [
        len(list(half.parameters())) for half in (network.visual_net, network.audio_net)
    ]


@pytest.mark.timeout(300)  # three starts of the program, which a busy machine draws out
@needs_material
def test_two_processes_learn_as_one_with_the_whole_batch(tmp_path: Path) -> None:
    """Batch normalisation sees half a batch in each process, which is what the tolerance is for."""
    curves: list[list[float]] = []
    for processes in (1, 2):
        config = configured(tmp_path / f"by{processes}")
        config.write_text(
            config.read_text().replace("batch_size = 2", "batch_size = 8").replace("save_every = 2", "save_every = 1")
        )
        command = [sys.executable, "-m", "realtime.cli", "train", str(config), "--devices", str(processes)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=140, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [str(tmp_path / f"by{processes}" / "best.pt")]
        lines = (tmp_path / f"by{processes}" / "log.jsonl").read_text().splitlines()
        assert len(lines) == 4
        curves.append([json.loads(line)["loss"] for line in lines])
    assert curves[1] == pytest.approx(curves[0], rel=0.05)


@pytest.mark.timeout(300)  # two starts of the program, which a busy machine draws out
@needs_material
def test_what_goes_wrong_in_the_first_process_ends_all(tmp_path: Path) -> None:
    config = configured(tmp_path / "run")
    (tmp_path / "run" / "log.jsonl").mkdir(parents=True)
    command = [sys.executable, "-m", "realtime.cli", "train", str(config), "--devices", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    first, second = sorted(line for line in done.stderr.splitlines() if line.startswith("earsight: "))
    assert first.startswith(f"earsight: '{tmp_path / 'run'}' cannot be written to")
    assert second == f"earsight: the first process stopped: {first.removeprefix('earsight: ')}"


@needs_material
def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def save(state: object, path: Path) -> None:
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534")

    monkeypatch.setattr(torch, "save", save)
    monkeypatch.setattr(Spatialising, "validate", lambda *_: {"score": 0.5})
    assert_refused(DataError, "free some space and add --resume", lambda: train(configured(tmp_path / "run")))
    assert not list((tmp_path / "run").glob("*.pt"))


def test_a_batch_that_processes_cannot_share_is_refused(tmp_path: Path) -> None:
    assert_refused(SettingsError, "batch_size 2 cannot be shared", lambda: train(configured(tmp_path), devices=3))


@needs_material
def test_tensorboard_finds_the_curves(finished: Path) -> None:
    events = EventAccumulator(str(finished))
    events.Reload()
    assert {"train/loss", "validation/score"} <= {*cast(list[str], events.Tags()["scalars"])}
    assert [event.step for event in events.Scalars("train/loss")] == [2, 4]
