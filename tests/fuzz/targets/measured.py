"""Measured things: heads in SOFA files, and impulse responses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target

ODD = (0.0, -1.0, 1e9, 1e300, float("nan"), float("inf"))


class Heads(Target):
    """SOFA files: damaged, and whole ones whose tables are of other shapes, kinds and sizes."""

    name = "heads"
    suffix = ".sofa"
    share = 1500.0

    def prepare(self, folder: Path) -> None:
        self._folder = folder
        self._seeds = [self._file(np.random.default_rng(0), {})]

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: np.random.Generator) -> bytes:
        if rng.random() < 0.6:
            return mutated(rng, self._seeds, (b"Data.IR", b"SourcePosition", b"TREE", b"SNOD", b"OHDR"))
        names = ("SourcePosition", "Data.IR", "Data.SamplingRate", "Data.Delay")
        wrong = {names[int(rng.integers(len(names)))] for _ in range(1 + int(rng.integers(2)))}
        return self._file(rng, {name: int(rng.integers(7)) for name in sorted(wrong)})

    def read(self, place: Place) -> Iterable[str]:
        from realtime.head import Head

        response = Head(48_000, place.given).hrir(30.0, 10.0)
        assert response.shape[0] == 2 and np.isfinite(response).all(), "the response is not finite"
        return ()

    def _file(self, rng: np.random.Generator, wrong: dict[str, int]) -> bytes:
        """A small head; tables that are to be wrong, by name, and in which way."""
        import h5py

        path = self._folder / "made.sofa"
        responses = np.zeros((8, 2, 32))
        responses[:, :, 4] = 1.0
        positions = np.stack([np.arange(8) * 45.0, np.zeros(8), np.ones(8)], axis=1)
        tables = {
            "SourcePosition": positions,
            "Data.IR": responses,
            "Data.SamplingRate": np.array([48_000.0]),
            "Data.Delay": np.zeros((1, 2)),
        }
        with h5py.File(path, "w", track_order=False) as file:
            for name, good in tables.items():
                _write(file, name, good, rng, wrong.get(name))
        return path.read_bytes()


def _write(file: object, name: str, good: np.ndarray, rng: np.random.Generator, way: int | None) -> None:
    import h5py

    assert isinstance(file, h5py.File)
    if way == 0:
        return
    if way == 1:
        file.create_group(name)
    elif way == 2:
        file[name] = "text"
    elif way == 3:
        file[name] = good.reshape(-1)[: int(rng.integers(good.size + 1))]
    elif way == 4:
        file[name] = np.full_like(good, ODD[int(rng.integers(len(ODD)))])
    elif way == 5:
        # Nothing of it is stored: a file of a few kilobytes that says it holds terabytes.
        file.create_dataset(name, (2**20, 2, 2**16), "f8", chunks=(1, 2, 2**16))
    elif way == 6:
        file[name] = np.zeros(tuple(int(rng.integers(0, 9)) for _ in range(int(rng.integers(0, 4)))))
    else:
        file[name] = good


class Responses(Target):
    """Impulse responses: wav, flac, ogg, aiff."""

    name = "responses"
    suffix = ".wav"
    share = 1500.0

    def prepare(self, folder: Path) -> None:
        import soundfile

        sound = np.exp(-np.arange(400) / 50)[:, None] * [1.0, 0.5]
        self._seeds: list[bytes] = []
        for kind, coding in (
            ("wav", "PCM_16"),
            ("wav", "FLOAT"),
            ("flac", "PCM_16"),
            ("ogg", "VORBIS"),
            ("aiff", None),
        ):
            soundfile.write(folder / f"good.{kind}", sound, 48_000, coding)
            self._seeds.append((folder / f"good.{kind}").read_bytes())

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: np.random.Generator) -> bytes:
        return mutated(rng, self._seeds, (b"fmt ", b"data", b"LIST", b"COMM", b"SSND", b"\x7f\xc0\x00\x00"))

    def read(self, place: Place) -> Iterable[str]:
        from realtime.impulse_response import read_response

        response = read_response(place.given, 48_000)
        assert response.shape[0] == 2 and np.isfinite(response).all(), "the response is not finite"
        return ()
