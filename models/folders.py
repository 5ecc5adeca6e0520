"""A data folder in FAIR-Play's layout: its splits, its clips, and what is wrong with them, found before work begins."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import soundfile

from models.ambisonics import CURE as CHANNELS_CURE
from models.split_table import KEY, table_entries
from realtime.errors import ClipError, DataError
from realtime.media import open_media, picture_stream
from realtime.spectra import N_FFT, SAMPLE_RATE

SPLIT = "split1"
PARTS = ("train", "val", "test")
MEDIA = {".wav", ".flac", ".mp3", ".m4a", ".ogg", ".mp4", ".mkv", ".mov", ".avi", ".webm", ".jpg", ".png"}
"""Suffixes that a split's entries may have."""
PLACES = ("splits", "new_splits", "")
"""Where splits lie: FAIR-Play's, the five clean ones by the name that their authors gave, and the folder itself."""
SUFFIXES = (".txt", ".h5")
POINTER = b"version https://git-lfs.github.com/spec/v1"
LONGEST_NAME = 200
"""Bytes, which with a suffix every file system takes."""
TOLERATED = 0.05
"""Share of a split's clips that may be unusable."""
SHORTEST = N_FFT // 2 + 1
"""Samples at 16 kHz; the reflected edges of the STFT distance need that many."""
LISTED = 10
READERS = 8
"""Threads that look at files; most of the time goes into waiting for the disk."""

PULL = "run: git lfs pull"
COMPLETE = "complete the folder, or take them out of the split"
REPLACE = "copy or convert them again, or take them out of the split"
RECHANNEL = f"accepted: 2 channels in binaural_audios, 4 in ambisonics; {CHANNELS_CURE}"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Trouble:
    """Why a clip cannot be used, and what helps."""

    name: str
    reason: str
    cure: str


@dataclass(frozen=True)
class Folder:
    """The usable clips of one split."""

    root: Path
    split: str
    """Its file within the folder, without suffix, such as "splits/split1/test"."""
    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Clips of the split that cannot be used."""

    @property
    def ambisonic(self) -> bool:
        """Whether the sound is first-order ambisonics rather than binaural."""
        return not (self.root / "binaural_audios").is_dir() and (self.root / "ambisonics").is_dir()

    @property
    def channels(self) -> int:
        """Of the sound."""
        return 4 if self.ambisonic else 2

    @property
    def has_predictions(self) -> bool:
        """Whether another program's ambisonics lie beside the true ones."""
        return self.ambisonic and (self.root / "predicted_ambisonics").is_dir()

    def sound(self, name: str) -> Path:
        """File with the sound of a clip."""
        return self.root / ("ambisonics" if self.ambisonic else "binaural_audios") / f"{name}.wav"

    def video(self, name: str) -> Path:
        """File with the picture of a clip."""
        return self.root / "videos" / f"{name}.mp4"

    def prediction(self, name: str) -> Path:
        """File with the ambisonics that another program predicted for a clip."""
        return self.root / "predicted_ambisonics" / f"{name}.wav"

    def trouble(self, name: str) -> Trouble | None:
        """Look at the files of a clip, no further than their headers."""
        sounds = [self.sound(name), self.prediction(name)] if self.has_predictions else [self.sound(name)]
        for path in (*sounds, self.video(name)):
            if not path.is_file():
                return Trouble(name, f"there is no '{path.relative_to(self.root)}'", COMPLETE)
            if is_pointer(path):
                return Trouble(name, f"'{path.relative_to(self.root)}' is a git-LFS pointer, not the file itself", PULL)
        for path in sounds:
            shown = path.relative_to(self.root)
            try:
                facts = soundfile.info(path)
            except (soundfile.LibsndfileError, OSError):
                return Trouble(name, f"'{shown}' is not a sound file that can be read", REPLACE)
            if facts.channels != self.channels:
                return Trouble(name, f"'{shown}' has {facts.channels} channels", RECHANNEL)
            if facts.duration * SAMPLE_RATE < SHORTEST:
                return Trouble(name, f"'{shown}' lasts {facts.duration * 1000:.0f} ms", REPLACE)
        try:
            with open_media(self.video(name)) as container:
                picture = picture_stream(container)
        except ClipError as error:
            return Trouble(name, str(error), REPLACE)
        return None if picture is not None else Trouble(name, f"'videos/{name}.mp4' has no picture", REPLACE)


def warn(line: str) -> None:
    """Say something on stderr."""
    print(line, file=sys.stderr)


def open_folder(data: str, part: str | None = None, *, tolerated: float = TOLERATED, tell: Tell = warn) -> Folder:
    """Find the clips of a split and look at their files.

    Parameters
    ----------
    data
        "DIR", "DIR:PART", "DIR:SPLIT" or "DIR:SPLIT/PART"; SPLIT may begin with "splits/" or "new_splits/" where both
        have it. By default part "test" of "split1".
    part
        "train", "val" or "test", whatever `data` says; None to go by `data`.
    tolerated
        Share of the clips that may be unusable, 0..1. They are told and left out; above 0, one may always be, but not
        all of them.
    tell
        Receives the lines of a warning.

    Raises
    ------
    DataError
        When the description, the folder or the split is not usable, or too many clips are not.
    """
    root, choice = split_of(data)
    path = find_split(root, choice, part)
    names = read_split(path)
    folder = Folder(root, str(path.relative_to(root).with_suffix("")), tuple(names))
    if not folder.sound("").parent.is_dir():
        raise DataError(f"'{root}' holds no sound; accepted: a folder binaural_audios, or ambisonics for 360 degrees")
    with ThreadPoolExecutor(READERS) as pool:
        troubles = [trouble for trouble in pool.map(folder.trouble, names) if trouble is not None]
    if not troubles:
        return folder
    refuse_too_many(path, troubles, len(names), tolerated)
    tell(f"'{path}': {len(troubles)} of {len(names)} clips cannot be used and are left out; {cure_of(troubles)}")
    for trouble in troubles[:LISTED]:
        tell(f"  {trouble.name}: {trouble.reason}")
    if len(troubles) > LISTED:
        tell(f"  and {len(troubles) - LISTED} more")
    bad = {trouble.name for trouble in troubles}
    return Folder(root, folder.split, tuple(name for name in names if name not in bad), tuple(sorted(bad)))


def refuse_too_many(path: Path, troubles: list[Trouble], count: int, tolerated: float) -> None:
    """Raise a DataError when more clips are unusable than may be."""
    limit = min(max(1, int(tolerated * count)), count - 1) if tolerated > 0 else 0
    if len(troubles) <= limit:
        return
    shown = ", ".join(f"{trouble.name} ({trouble.reason})" for trouble in troubles[:3])
    more = f" and {len(troubles) - 3} more" if len(troubles) > 3 else ""
    raise DataError(
        f"{len(troubles)} of the {count} clips of split '{path}' cannot be used: {shown}{more}; "
        f"accepted: at most {limit}; {cure_of(troubles)}"
    )


def cure_of(troubles: list[Trouble]) -> str:
    """What helps most of them."""
    return Counter(trouble.cure for trouble in troubles).most_common(1)[0][0]


def is_pointer(path: Path) -> bool:
    """Whether git-LFS has left its pointer in the place of a file."""
    try:
        with path.open("rb") as file:
            return file.read(len(POINTER)) == POINTER
    except OSError:
        return False


def split_of(data: str) -> tuple[Path, str]:
    """Read "DIR[:CHOICE]" as the folder and what is chosen of it, "" for nothing."""
    folder, choice = Path(data), ""
    if not folder.is_dir():
        head, _, choice = data.rpartition(":")
        folder = Path(head)
        if not head.strip() or not folder.is_dir():
            raise DataError(
                f"there is no data folder '{data}'; accepted: DIR, DIR:SPLIT (a folder with binaural_audios, videos "
                "and splits), scenes:, seated:, world: or shift:SEED:COUNT[:SOURCES]"
            )
    return folder, choice


def find_split(root: Path, choice: str, part: str | None) -> Path:
    """File of the split "[PLACE/]SPLIT[/PART]"; `part` goes before the part it names."""
    pieces = [piece for piece in choice.split("/") if piece]
    places = (pieces.pop(0),) if pieces and pieces[0] in PLACES else PLACES
    if len(pieces) == 1 and pieces[0] in PARTS:
        pieces.insert(0, SPLIT)
    *split, own_part = [*pieces, *(SPLIT, "test")[len(pieces) :]]
    stem = "/".join((*split, part or own_part))
    for place in places:
        for suffix in SUFFIXES:
            path = root / place / f"{stem}{suffix}"
            if path.is_file():
                return path
    there = sorted(
        str(path.relative_to(root).with_suffix(""))
        for place in PLACES
        for path in (root / place).glob("*/*")
        if path.suffix in SUFFIXES and path.stem in PARTS
    )
    raise DataError(
        f"no split '{root / (places[0] or '.') / stem}' (.txt or .h5); there: {', '.join(there[:12]) or 'none'}; "
        "choose one with DIR:SPLIT/PART"
    )


def read_split(path: Path) -> list[str]:
    """Clip names of a split, from text with one entry per line or from the authors' .h5, each once.

    Entries may be bare names, file names with any suffix, or paths of another machine; the stem is what counts.

    Raises
    ------
    DataError
        When the file cannot be read or names no clip.
    """
    if is_pointer(path):
        raise DataError(f"split '{path}' is a git-LFS pointer, not the file itself; {PULL}")
    try:
        entries = table_entries(path) if path.suffix == ".h5" else path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DataError(
            f"split '{path}' cannot be read ({reason}); accepted: one clip name per line, or .h5 with the key '{KEY}'"
        ) from error
    names = [re.split(r"[\\/]", entry.strip())[-1] for entry in entries]
    stems = list(dict.fromkeys(_stem(name) for name in names if name))
    odd = next((stem for stem in stems if not stem.isprintable() or len(stem.encode()) > LONGEST_NAME), None)
    if odd is not None:
        raise DataError(f"split '{path}' has a line that is no clip's name, {odd!r:.60}; accepted: one name per line")
    if not stems:
        raise DataError(f"split '{path}' names no clip; accepted: one clip name per line, or .h5 with the key '{KEY}'")
    return stems


def _stem(name: str) -> str:
    """A clip's name may have dots in it."""
    path = Path(name)
    return path.stem if path.suffix.lower() in MEDIA else name
