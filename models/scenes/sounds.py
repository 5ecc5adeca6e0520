"""SoundBank: long mono sounds of every class, made once, kept in the user's cache, cut at random where they sound."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from models.scenes import synthesis
from models.scenes.classes import BY_NAME, CLASSES, SoundClass
from realtime.errors import DataError

VERSION = 1
"""Raised whenever the same class would sound different, so that an old cache is not taken for a new one."""

SPLITS: dict[str, tuple[float, float]] = {"train": (0.0, 0.7), "val": (0.7, 0.8), "test": (0.8, 1.0)}
"""The part of every sound that each split may hear."""

_PLAYED_S, _SPOKEN_S, _CALLED_S = 50.0, 50.0, 30.0
_SOUND_SUFFIXES = {".wav", ".flac", ".ogg", ".aiff", ".aif"}
_ENERGY_HOP_S = 0.05
_ACTIVE_DB = -26.0
_TRIES = 8
_FADE_S = 0.01
_RECORDED = "recorded-"


def cache_folder() -> Path:
    """Return the folder of the bank: ``$XDG_CACHE_HOME`` or ``~/.cache``, then ``earsight/sounds-VERSION``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "earsight" / f"sounds-{VERSION}"


class SoundBank:
    """The sounds of every class at one sample rate.

    The first bank on a machine takes some ten seconds to make; later ones are memory-mapped. Threads may share a bank;
    processes share the files. A file appears under its final name only when it is whole.

    Parameters
    ----------
    sample_rate
        Rate of the segments, Hz.
    folder
        Where the sounds are kept; the user's cache by default.
    extra
        Folder of further sounds, one subfolder per class name; they are copied to `folder` at this rate.
    classes
        Whose sounds; those of plain scenes by default.

    Raises
    ------
    DataError
        When a program, sound font or recording is missing, or `extra` names an unknown class.
    """

    def __init__(
        self,
        sample_rate: int,
        *,
        folder: Path | None = None,
        extra: Path | None = None,
        classes: tuple[SoundClass, ...] | None = None,
    ) -> None:
        self.sample_rate = sample_rate
        self._folder = cache_folder() if folder is None else folder
        self._open: dict[Path, tuple[NDArray[np.int16], NDArray[np.bool_]]] = {}
        pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1))
        try:
            futures = {sound_class.name: pool.submit(self._make, sound_class) for sound_class in classes or CLASSES}
            self._files = {name: future.result() for name, future in futures.items()}
        finally:
            pool.shutdown(cancel_futures=True)
        if extra is not None:
            self._add(extra)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the memory maps behind: another process opens its own."""
        return self.__dict__ | {"_open": {}}

    def count(self, class_name: str) -> int:
        """Return how many different sounds a class has."""
        return len(self._files[class_name])

    def segment(self, class_name: str, samples: int, split: str, rng: np.random.Generator) -> NDArray[np.float32]:
        """Cut a segment where the class sounds, from the part of a sound that belongs to `split`.

        Parameters
        ----------
        class_name
            A name of `CLASSES`.
        samples
            Length of the segment.
        split
            'train', 'val' or 'test'; no two of them share a sample.
        rng
            Chooses the sound and the place.

        Returns
        -------
        NDArray[np.float32]
            Mono, shape (samples,), -1..1. When the split's part is shorter than `samples`, several cuts follow each
            other, each faded over 10 ms.
        """
        files = self._files[class_name]
        sound, active = self._read(files[int(rng.integers(len(files)))])
        start, stop = (round(edge * len(sound)) for edge in SPLITS[split])
        length = min(samples, stop - start)
        cuts: list[NDArray[np.float32]] = []
        while sum(len(cut) for cut in cuts) < samples:
            place = self._place(active, start, stop - length, length, rng)
            cut: NDArray[np.float32] = sound[place : place + length].astype(np.float32) * np.float32(1 / 32768)
            cuts.append(_faded(cut, round(_FADE_S * self.sample_rate)) if length < samples else cut)
        return np.concatenate(cuts)[:samples]

    def _place(self, active: NDArray[np.bool_], first: int, last: int, length: int, rng: np.random.Generator) -> int:
        """Draw starts until half of the segment sounds; settle for the best of `_TRIES`."""
        hop = round(_ENERGY_HOP_S * self.sample_rate)
        best, best_share = first, -1.0
        for _ in range(_TRIES):
            place = int(rng.integers(first, last + 1))
            share = float(active[place // hop : (place + length) // hop + 1].mean())
            if share > best_share:
                best, best_share = place, share
            if share > 0.5:
                break
        return best

    def _read(self, path: Path) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        if path not in self._open:
            sound: NDArray[np.int16] = np.load(path, mmap_mode="r")
            self._open[path] = sound, _activity(sound, round(_ENERGY_HOP_S * self.sample_rate))
        return self._open[path]

    def _make(self, sound_class: SoundClass) -> list[Path]:
        return [self._keep(name, make) for name, make in _recipes(sound_class).items()]

    def _keep(self, name: str, make: Callable[[np.random.Generator], NDArray[np.float32]]) -> Path:
        """Return the file of a sound at this bank's rate, making the 48 kHz original and the copy as needed."""
        original = self._folder / f"{name}-{synthesis.SAMPLE_RATE}.npy"
        if not original.exists():
            _save(original, make(np.random.default_rng([VERSION, zlib.crc32(name.encode())])))
        copy = self._folder / f"{name}-{self.sample_rate}.npy"
        if not copy.exists():
            sound = np.load(original).astype(np.float32) / 32768
            _save(copy, soxr.resample(sound, synthesis.SAMPLE_RATE, self.sample_rate))
        return copy

    def _add(self, extra: Path) -> None:
        if not extra.is_dir():
            raise DataError(f"no folder of sounds {extra}; give one with a subfolder per class: {', '.join(BY_NAME)}")
        for folder in sorted(path for path in extra.iterdir() if path.is_dir()):
            if folder.name not in BY_NAME:
                raise DataError(f"'{folder}' is not named after a class; accepted are {', '.join(BY_NAME)}")
            if folder.name not in self._files:
                continue
            for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in _SOUND_SUFFIXES):
                stamp = zlib.crc32(f"{path.resolve()} {path.stat().st_mtime_ns} {path.stat().st_size}".encode())
                name = f"extra-{folder.name}-{stamp:08x}"
                self._files[folder.name].append(self._keep(name, lambda _, path=path: synthesis.read_sound(path)))


def _recipes(sound_class: SoundClass) -> dict[str, Callable[[np.random.Generator], NDArray[np.float32]]]:
    """Name every sound of a class and say how to make it."""
    recipes: dict[str, Callable[[np.random.Generator], NDArray[np.float32]]] = {}
    name = sound_class.name
    plain = BY_NAME[name].voices
    for number, program in enumerate(sound_class.programs):
        recipes[f"{name}-{number}"] = lambda rng, program=program: synthesis.play(sound_class, program, _PLAYED_S, rng)
    for number, voice in enumerate(sound_class.voices, sound_class.first_voice):
        recipes[f"{name}-{number}"] = lambda rng, voice=voice: _spoken(voice, varied=voice not in plain, rng=rng)
    if sound_class.kind in ("animal", "machine"):
        for number, photo in enumerate(sound_class.photos):
            path = synthesis.STAMPS / f"{photo}.ogg"
            recipes[f"{name}-{number}"] = lambda rng, path=path: synthesis.string_together(path, _CALLED_S, rng)
    return recipes


def _spoken(voice: str, *, varied: bool, rng: np.random.Generator) -> NDArray[np.float32]:
    if voice.startswith(_RECORDED):
        return synthesis.recite(voice.removeprefix(_RECORDED), _SPOKEN_S, rng)
    return synthesis.speak(voice, _SPOKEN_S, rng, varied=varied)


def _save(path: Path, sound: NDArray[np.float32]) -> None:
    """Write 16-bit samples with a peak of 0.9 under a name of our own, then rename: a reader sees all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-6)
    partial = path.with_name(f".{path.stem}-{os.getpid()}-{threading.get_ident()}.npy")
    np.save(partial, np.round(sound * (0.9 / peak * 32767)).astype(np.int16))
    partial.replace(path)


def _activity(sound: NDArray[np.int16], hop: int) -> NDArray[np.bool_]:
    """Say of each hop whether it is within 26 dB of the sound's loud hops (their 95th percentile)."""
    hops = sound[: len(sound) // hop * hop].reshape(-1, hop).astype(np.float32)
    rms = np.sqrt((hops**2).mean(axis=1))
    return rms > np.percentile(rms, 95) * 10 ** (_ACTIVE_DB / 20)


def _faded(cut: NDArray[np.float32], fade: int) -> NDArray[np.float32]:
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    cut[:fade] *= ramp
    cut[-fade:] *= ramp[::-1]
    return cut
