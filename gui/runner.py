"""Starts, stops and replaces hosts on a worker thread, so that a model that loads never freezes the window."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from gui.client import HostClient, HostFactory
from realtime.errors import EarsightError
from realtime.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What became of a request.

    Attributes
    ----------
    host
        The host that runs now, or None.
    settings
        The last settings that worked.
    errors
        One line per failure; then `settings` are what the user should see again.
    """

    host: HostClient | None
    settings: Settings
    errors: tuple[str, ...] = ()


class Runner:
    """Owns at most one host; every method is for the window's thread and none waits except `close`.

    Parameters
    ----------
    host_factory
        Makes a host from settings.
    settings
        What to go back to when nothing has worked yet.
    worker
        A pool of one thread: requests are served one after the other.
    """

    def __init__(self, host_factory: HostFactory, settings: Settings, worker: ThreadPoolExecutor) -> None:
        self._factory = host_factory
        self._worker = worker
        self._working = settings
        self._host: HostClient | None = None
        self._job: Future[Outcome] | None = None
        self._waiting: list[Settings | None] = []
        self._wanted = False
        self._ran = False

    @property
    def host(self) -> HostClient | None:
        """The running host; None while stopped and while one is being started or stopped."""
        return None if self._job else self._host

    @property
    def busy(self) -> bool:
        return self._job is not None

    @property
    def wanted(self) -> bool:
        """Whether a host runs or is about to."""
        return self._wanted

    def start(self, settings: Settings) -> None:
        """Run a host with these settings instead of the present one; of several requests in a row the newest counts."""
        self._request(settings)

    def stop(self) -> None:
        self._request(None)

    def poll(self) -> Outcome | None:
        """The outcome of a request that has just ended, else None."""
        if self._job is None or not self._job.done():
            return None
        job, self._job = self._job, None
        self._host, self._wanted = None, False
        outcome = job.result()
        self._host, self._working = outcome.host, outcome.settings
        self._wanted = outcome.host is not None
        self._ran = self._ran or self._wanted
        if self._waiting:
            self._request(self._waiting.pop())
        return outcome

    def close(self) -> tuple[str, ...]:
        """Stop whatever runs and wait until it has; returns what went wrong meanwhile, one line each."""
        self._waiting.clear()
        errors: tuple[str, ...] = ()
        if self._job is not None:
            outcome = self._job.result()
            self._job, self._host, errors = None, outcome.host, outcome.errors
        if self._host is not None:
            host, self._host = self._host, None
            errors += self._worker.submit(_stop, host).result()
        self._wanted = False
        return errors

    def _request(self, settings: Settings | None) -> None:
        self._wanted = settings is not None
        if self._job is not None:
            self._waiting[:] = [settings]
            return
        self._job = self._worker.submit(_replace, self._factory, self._host, settings, self._working, self._ran)


def _replace(
    factory: HostFactory, old: HostClient | None, settings: Settings | None, working: Settings, ran: bool
) -> Outcome:
    errors = _stop(old) if old is not None else ()
    if settings is None:
        return Outcome(None, working, errors)
    try:
        return Outcome(_started(factory, settings, ran), settings, errors)
    except Exception as error:  # noqa: BLE001 - the window must outlive whatever a library throws
        errors += (_line(error),)
    if old is None:
        return Outcome(None, working, errors)
    try:
        return Outcome(_started(factory, working, ran), working, errors)
    except Exception as error:  # noqa: BLE001 - as above
        return Outcome(None, working, (*errors, _line(error)))


def _started(factory: HostFactory, settings: Settings, ran: bool) -> HostClient:
    if ran and settings.record is not None:
        settings = replace(settings, record=_next_recording(settings.record))
    host = factory(settings)
    host.start()
    return host


def _line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _next_recording(record: Path) -> Path:
    """A free name, room-2.wav after room.wav: a later host must not write over what an earlier one recorded."""
    number = 2
    while (path := record.with_stem(f"{record.stem}-{number}")).exists():
        number += 1
    return path


def _stop(host: HostClient) -> tuple[str, ...]:
    """What stopping brought to light, a recording that could not be completed for one."""
    told = host.snapshot().notices
    try:
        host.stop()
    except EarsightError as error:
        return (str(error),)
    return tuple(notice for notice in host.snapshot().notices if notice not in told)
