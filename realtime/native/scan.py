"""Scan: which native plugins there are, each looked into by a process that it may crash, and remembered.

Not for the audio thread; a first scan may take a while and belongs on a thread of its own. `open_native` opens what a
scan found.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock

from realtime.described import Described
from realtime.errors import PluginError
from realtime.native.kinds import KINDS, Kind
from realtime.native.scan_cache import ScanCache, cache_file
from realtime.native.scan_process import ScanProcess
from realtime.plugin import Plugin

TIMEOUT_S = 60.0
"""For one file; some plugins take most of a minute to begin."""
Progress = Callable[[Path], None]
_AT_WORK = Lock()
"""Several plugins may be opened at once; what the first looks for, the others then know."""


def scan(
    paths: Iterable[Path] | None = None,
    *,
    again: bool = False,
    timeout_s: float = TIMEOUT_S,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> list[Described]:
    """Every native plugin there is, in the order of the folders and names.

    A file is looked into once, and again when its time or size changed; that goes for files that failed as well. A file
    that is no plugin, crashes or takes too long is in the list as well, with its `trouble`.

    Parameters
    ----------
    paths
        Files and folders to look into; None for the usual ones of each kind.
    again
        Look into all of them, whatever is remembered.
    timeout_s
        After which a file counts as failed.
    cache
        Where the outcomes are kept; None for the user's cache folder.
    progress
        Called with each file that has to be looked into.

    Raises
    ------
    PluginError
        When the process that looks into files cannot be started.
    """
    memory = ScanCache(cache or cache_file())
    found: list[Described] = []
    with ScanProcess(timeout_s) as child:
        for kind, path in _files(None if paths is None else [path.absolute() for path in paths]):
            known = None if again else memory.find(kind.name, path)
            if known is None:
                if progress is not None:
                    progress(path)
                known = _looked_into(child, kind, path)
                memory.remember(kind.name, path, known)
            found += known
    memory.save()
    # The same plugin may lie in two folders; the first is meant.
    return list({described.identifier: described for described in reversed(found)}.values())[::-1]


def open_native(plugin: Described | str, *, cache: Path | None = None) -> Plugin:
    """A new plugin, not yet prepared; of LADSPA and CLAP a kernel plugin.

    Parameters
    ----------
    plugin
        What a scan found, or its identifier, or the path of a file with one plugin in it. A path may stand in a
        session from anywhere, so it has to lie where a scan looks by itself; see `Kind.places`.
    cache
        As for `scan`.

    Raises
    ------
    PluginError
        When there is none, or it cannot be used.
    """
    described = plugin if isinstance(plugin, Described) else _find(plugin, cache)
    if described.trouble:
        raise PluginError(described.trouble)
    return KINDS[described.kind].open(described)


def _find(name: str, cache: Path | None) -> Described:
    kind, colon, _ = name.partition(":")
    if colon and kind in KINDS:
        with _AT_WORK:
            found = scan(cache=cache)
        for described in found:
            if described.identifier == name:
                return described
        if not KINDS[kind].usable:
            raise PluginError(f"'{name}' needs {KINDS[kind].needs}; run: pip install 'earsight[{kind}]'")
        raise PluginError(f"no plugin '{name}' is installed; install it, or set {KINDS[kind].variable}")
    # Not resolved: a link in such a folder is the user's own doing.
    path = Path(os.path.abspath(Path(name).expanduser()))  # noqa: PTH100
    kind_of = next((kind for kind in KINDS.values() if kind.suffix == path.suffix), None)
    if kind_of is not None and not kind_of.holds(path):
        raise PluginError(
            f"{path} is not in a folder that plugins are loaded from; to allow it, name '{path.parent}' in "
            f"{kind_of.variable}; the folders: earsight doctor"
        )
    if not path.exists():
        raise PluginError(f"{path} does not exist; accepted: a plugin's identifier or file")
    found = scan([path], cache=cache)
    if not found:
        endings = ", ".join(kind.suffix for kind in KINDS.values() if kind.usable)
        raise PluginError(f"{path} is not a plugin; accepted: files that end in {endings}")
    if len(found) > 1:
        names = ", ".join(described.identifier for described in found)
        raise PluginError(f"{path} holds several plugins: {names}; name one of them")
    return found[0]


def found_in(kind: Kind) -> dict[Path, list[Path]]:
    """The places of a kind that exist, each with the files of this kind in it; opens none."""
    return {place: list(_within(place, kind.suffix)) for place in kind.places()}


def _files(paths: list[Path] | None) -> Iterator[tuple[Kind, Path]]:
    for kind in (kind for kind in KINDS.values() if kind.usable):
        for place in kind.places() if paths is None else paths:
            if place.suffix == kind.suffix:
                yield kind, place
            elif place.is_dir():
                yield from ((kind, file) for file in _within(place, kind.suffix))


def _within(folder: Path, suffix: str) -> Iterator[Path]:
    """Files and bundles of a suffix, however deep; a bundle's inside is its own."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.suffix == suffix:
            yield entry
        elif entry.is_dir() and not entry.is_symlink():
            yield from _within(entry, suffix)


def _looked_into(child: ScanProcess, kind: Kind, path: Path) -> list[Described]:
    answer = child.ask(kind.name, path)
    if isinstance(answer, str):
        return [Described(f"{kind.name}:{path.stem}", path.stem, "", kind.name, str(path), trouble=answer)]
    return [Described.of_plain(plain) for plain in answer]
