"""Data folders in FAIR-Play's layout: their splits as text and as tables, and the clips that these name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target
from tests.fuzz.values import STRANGE

NAMES = (
    *("000001.mp3", "/home/somebody/FAIR-Play/binaural_audios/000002.wav", "../../etc/000003", "000004", "000005.mp4"),
    *("000006", "", "C:\\FAIR-Play\\000001.wav"),
)


class Lists(Target):
    """A split of one name per line, in a folder with a few good clips."""

    name = "lists"
    suffix = ".txt"
    share = 600.0

    def prepare(self, folder: Path) -> None:
        from tests.models.data_folder import make_folder

        self._root = make_folder(folder / "data", tuple(f"{number:06d}" for number in range(1, 7)))

    def good(self) -> bytes:
        return "\n".join(NAMES).encode()

    def generate(self, rng: np.random.Generator) -> bytes:
        words = [word.encode("utf-8", "surrogatepass")[:300] for word in STRANGE if isinstance(word, str)]
        return mutated(rng, ["\n".join(NAMES).encode()], words)

    def read(self, place: Place) -> Iterable[str]:
        from models.folders import open_folder

        target = self._root / "splits/split1" / f"test{place.given.suffix}"
        target.write_bytes(place.given.read_bytes())
        said: list[str] = []
        try:
            folder = open_folder(str(self._root), tell=said.append)
        finally:
            target.unlink()
        for name in folder.names:
            assert folder.sound(name).resolve().is_relative_to(self._root.resolve()), f"{name} leaves its folder"
        return said


class Tables(Lists):
    """The same as the .h5 of the authors."""

    name = "tables"
    suffix = ".h5"
    share = 400.0

    def prepare(self, folder: Path) -> None:
        import h5py

        super().prepare(folder)
        (self._root / "splits/split1/test.txt").unlink()
        self._folder, self._seeds = folder, list[bytes]()
        for names in (NAMES, NAMES * 20):
            with h5py.File(folder / "good.h5", "w") as file:
                file["audio"] = [name.encode() for name in names]
            self._seeds.append((folder / "good.h5").read_bytes())

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: np.random.Generator) -> bytes:
        import h5py

        if rng.random() < 0.7:
            return mutated(rng, self._seeds, (b"audio", b"TREE", b"SNOD", b"\xff\xfe", b"../"))
        path, way = self._folder / "odd.h5", int(rng.integers(6))
        with h5py.File(path, "w") as file:
            if way == 0:
                file.create_group("audio")
            elif way == 1:
                file["audio"] = np.arange(5)
            elif way == 2:
                file["audio"] = [b"\xff\xfe\n", b"a\x1b[2J"]
            elif way == 3:
                file.create_dataset("audio", (2**40,), "S64", chunks=(1024,))
            elif way == 4:
                file["video\nwith a break"] = [b"x"]
            else:
                file["audio"] = h5py.ExternalLink("/etc/passwd", "/audio")
        return path.read_bytes()
