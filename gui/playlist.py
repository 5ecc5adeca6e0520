"""The clips that are played one after the other, and what is known of their files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QCoreApplication, QObject, Signal

from realtime.clip import Clip
from realtime.errors import ClipError

WATCH_S = 2.0
"""How often the files are looked at for having changed."""

Stamp: TypeAlias = tuple[int, int]
"""When a file was changed last, and its size: another one is another file."""


@dataclass(frozen=True)
class Entry:
    """One clip.

    Attributes
    ----------
    duration_s
        None until the file was looked into, and when it cannot be played.
    has_picture
        Whether it can be rendered; False until it was looked into.
    trouble
        One line why it cannot be played, or "".
    stamp
        Of the file that was looked into; None while it was not there.
    """

    path: Path
    duration_s: float | None = None
    has_picture: bool = False
    trouble: str = ""
    stamp: Stamp | None = None

    @property
    def looked_into(self) -> bool:
        """Whether it is known if it can be played."""
        return self.duration_s is not None or bool(self.trouble)


def look_into(path: Path) -> Entry:
    """What is in a file. May take long."""
    stamp = stamp_of(path)
    try:
        clip = Clip.open(path)
    except ClipError as error:
        return Entry(path, trouble=str(error), stamp=stamp)
    except Exception as error:  # noqa: BLE001 - whatever a damaged file does to a library, it is one that cannot be played
        line = QCoreApplication.translate("Playlist", "clip '{0}' cannot be read ({1}); give another file")
        return Entry(path, trouble=line.format(path, type(error).__name__), stamp=stamp)
    return Entry(path, clip.duration_s, clip.has_picture, stamp=stamp)


def stamp_of(path: Path) -> Stamp | None:
    """None when there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


class Playlist(QObject):
    """An order of clips, each at most once, of which one is the present one. Files are looked into on a thread.

    Parameters
    ----------
    look
        Says what is in a file; called on a thread.
    """

    changed = Signal()
    """Order, present clip, or what is known of one."""

    def __init__(self, look: Callable[[Path], Entry] = look_into) -> None:
        super().__init__()
        self._look = look
        self._entries: dict[Path, Entry] = {}
        self._current: Path | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="earsight-playlist")
        self._looks: dict[Path, Future[Entry]] = {}
        self._stamps: Future[dict[Path, Stamp | None]] | None = None
        self._watched_s: float | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries.values())

    @property
    def current(self) -> Path | None:
        """The present clip."""
        return self._current

    def entry(self, path: Path) -> Entry | None:
        return self._entries.get(path)

    def put(self, paths: Iterable[Path]) -> None:
        """These clips instead of those there are; what is known of one that stays is kept."""
        known, self._entries = self._entries, {}
        self._entries = {path: known.get(path, Entry(path)) for path in paths}
        self._inspect(path for path in self._entries if path not in known)
        self.changed.emit()

    def add(self, paths: Iterable[Path]) -> None:
        """These clips after those there are."""
        self.put([*self._entries, *paths])

    def remove(self, path: Path) -> None:
        """All but this one."""
        self.put([other for other in self._entries if other != path])

    def turn_to(self, path: Path) -> None:
        """Make a clip the present one; one that is not in the list becomes the list."""
        if path not in self._entries:
            self.put([path])
        if path != self._current:
            self._current = path
            self.changed.emit()

    def refuse(self, path: Path, reason: str) -> None:
        """A clip turned out not to be playable."""
        if path in self._entries:
            self._know(replace(self._entries[path], trouble=reason, duration_s=None))

    def neighbour(self, step: int) -> Path | None:
        """The next clip that can be played, after the present one (step 1) or before it (-1); None at the end."""
        order = list(self._entries.values())
        places = [entry.path for entry in order]
        if self._current not in self._entries:
            return None
        at = places.index(self._current)
        others = order[at + 1 :] if step > 0 else order[:at][::-1]
        return next((entry.path for entry in others if not entry.trouble), None)

    def poll(self, now_s: float) -> Iterator[str]:
        """Take what was found out; a line when the file of the present clip vanished or changed.

        Parameters
        ----------
        now_s
            Any monotonic clock, seconds.
        """
        for path in [path for path, look in self._looks.items() if look.done()]:
            self._know(self._looks.pop(path).result())
        if self._stamps is not None and self._stamps.done():
            stamps, self._stamps = self._stamps.result(), None
            for path, stamp in stamps.items():
                yield from self._compare(path, stamp)
        if self._stamps is None and (self._watched_s is None or now_s - self._watched_s >= WATCH_S):
            self._watched_s = now_s
            paths = tuple(self._entries)
            self._stamps = self._worker.submit(lambda: {path: stamp_of(path) for path in paths})

    def close(self) -> None:
        """Look into nothing any more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _compare(self, path: Path, stamp: Stamp | None) -> Iterator[str]:
        entry = self._entries.get(path)
        if entry is None or path in self._looks or stamp == entry.stamp:
            return
        was_there = entry.stamp is not None
        if stamp is None:
            gone = self.tr("'{0}' is not there any more; put it back to play it again").format(path.name)
            self._know(replace(entry, trouble=gone, duration_s=None, stamp=None))
            line = gone
        else:
            self._inspect([path])
            line = self.tr("'{0}' was changed; open it again to hear it as it is now").format(path.name)
        if was_there and path == self._current:
            yield line

    def _inspect(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._looks[path] = self._worker.submit(self._look, path)

    def _know(self, entry: Entry) -> None:
        if entry.path in self._entries and self._entries[entry.path] != entry:
            self._entries[entry.path] = entry
            self.changed.emit()
