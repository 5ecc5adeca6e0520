"""The folder of one's own recordings, in FAIR-Play's layout: numbers, names, splits, and how the camera lags."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from realtime.errors import RecordingError
from realtime.folder_lock import FolderLock
from realtime.private_file import make_private, make_private_folder
from realtime.stats import write_json
from realtime.tables import read_json
from realtime.whole_file import whole_file

SPLIT = "split1"
NOTES = "recording.json"
Name = TypeVar("Name")


class TakeFolder:
    """Numbered clips: ``binaural_audios/NNNNNN.wav`` and ``videos/NNNNNN.mp4``, and ``splits/split1`` over all of them.

    ``recording.json`` beside them holds "picture_lag_ms", and "splits" where the splits were made here.

    Parameters
    ----------
    path
        Made when missing.
    force
        Replace a split that was not made here.

    Raises
    ------
    RecordingError
        When the folder cannot be made, or its notes cannot be read.
    """

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self.path = path
        self._sounds, self._videos = path / "binaural_audios", path / "videos"
        self._splits = path / "splits" / SPLIT
        try:
            for folder in (self._sounds, self._videos, self._splits):
                make_private_folder(folder)
        except OSError as error:
            raise RecordingError(f"'{path}' cannot be recorded to ({error.strerror}); choose another folder") from error
        self._lock = FolderLock(path)
        self._notes = self._read_notes()
        self.owns_splits = force or "splits" in self._notes or not any(self._splits.iterdir())
        """False when the splits are somebody else's: they are left alone."""

    @property
    def picture_lag_ms(self) -> float:
        """By how much the picture comes after the sound, as last measured or set here; 0 before."""
        return float(self._notes.get("picture_lag_ms", 0.0))

    @picture_lag_ms.setter
    def picture_lag_ms(self, value: float) -> None:
        self._notes["picture_lag_ms"] = round(value, 1)
        write_json(self.path / NOTES, self._notes)

    def reserve(self) -> None:
        """Let nobody else record into the folder until `release`, or the end of the program.

        Raises
        ------
        RecordingError
            When somebody does already.
        """
        try:
            held = self._lock.take()
        except OSError as error:
            raise RecordingError(
                f"'{self.path}' cannot be recorded to ({error.strerror}); choose another folder"
            ) from error
        if not held:
            raise RecordingError(
                f"another program is recording into '{self.path}'; end it, or record into a folder of its own"
            )

    def release(self) -> None:
        """Let others record into the folder. Idempotent."""
        self._lock.release()

    def next_number(self) -> int:
        """One more than the highest number that a sound or a video has."""
        stems = [path.stem for folder in (self._sounds, self._videos) for path in folder.iterdir()]
        return 1 + max((int(stem) for stem in stems if stem.isdecimal()), default=0)

    def parts(self, number: int) -> tuple[Path, Path]:
        """Hidden names of a clip's sound and video while they are written."""
        return self._sounds / f".{number:06d}.part.wav", self._videos / f".{number:06d}.part.mp4"

    def make_parts(self, number: int) -> tuple[Path, Path]:
        """The same as empty files, readable by their owner only; what an interrupted recording left there goes.

        Raises
        ------
        RecordingError
            When they cannot be made.
        """
        parts = self.parts(number)
        try:
            for part in parts:
                make_private(part, replace=True)
        except OSError as error:
            raise RecordingError(
                f"'{self.path}' cannot be recorded to ({error.strerror}); choose another folder"
            ) from error
        return parts

    def keep(self, number: int) -> None:
        """Give a whole clip its names: both, or none.

        Raises
        ------
        RecordingError
            When they cannot be given.
        """
        sound_part, video_part = self.parts(number)
        video, sound = self._videos / f"{number:06d}.mp4", self._sounds / f"{number:06d}.wav"
        if video.exists() or sound.exists():
            raise RecordingError(
                f"clip {number:06d} appeared in '{self.path}' meanwhile; record into a folder of its own, one at a time"
            )
        try:
            video_part.replace(video)
            try:
                sound_part.replace(sound)
            except OSError:
                video.unlink()
                raise
        except OSError as error:
            raise RecordingError(f"clip {number:06d} cannot be kept ({error.strerror}); check the disk") from error

    def discard(self, number: int) -> None:
        """Remove what was written of a clip that is not to be kept."""
        for part in self.parts(number):
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def write_splits(self) -> dict[str, int]:
        """Split all clips of the folder anew, unless its splits are somebody else's.

        Returns
        -------
        dict
            Clips of each part; empty when nothing was written.

        Raises
        ------
        RecordingError
            When they cannot be written.
        """
        names = sorted({path.stem for path in self._sounds.glob("[!.]*.wav")} & self._video_names())
        if not names or not self.owns_splits:
            return {}
        parts = split_names(names)
        # First of all: a split that is half written is ours and is written anew by the next recording.
        self._notes["splits"] = SPLIT
        write_json(self.path / NOTES, self._notes)
        for part, members in parts.items():
            target = self._splits / f"{part}.txt"
            try:
                with whole_file(target) as unfinished:
                    unfinished.write_text("".join(f"{name}.wav\n" for name in members), encoding="utf-8")
            except OSError as error:
                raise RecordingError(f"'{target}' cannot be written ({error.strerror}); free some space") from error
        return {part: len(members) for part, members in parts.items()}

    def _video_names(self) -> set[str]:
        return {path.stem for path in self._videos.glob("[!.]*.mp4")}

    def _read_notes(self) -> dict[str, Any]:
        path = self.path / NOTES
        try:
            notes = read_json(path)
            if not isinstance(notes, dict) or not math.isfinite(float(notes.get("picture_lag_ms", 0.0))):
                raise ValueError("it holds something else")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, OverflowError) as error:
            raise RecordingError(f"'{path}' cannot be read ({error}); correct it or remove it") from error
        return notes


def split_names(names: Sequence[Name]) -> dict[str, Sequence[Name]]:
    """From 3 clips on the last tenth is for testing and the tenth before it for validation, as in generated scenes."""
    held = max(1, round(len(names) / 10)) if len(names) >= 3 else 0
    first_val, first_test = len(names) - 2 * held, len(names) - held
    return {"train": names[:first_val], "val": names[first_val:first_test], "test": names[first_test:]}
