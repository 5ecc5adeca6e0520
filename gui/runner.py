"""Starts, stops and replaces hosts on a worker thread, so that a model that loads never freezes the window."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication

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
        One line per failure.
    refusal
        That one of them that says why what was asked for does not run; then `settings` are what the user should see
        again. "" when it runs.
    """

    host: HostClient | None
    settings: Settings
    errors: tuple[str, ...] = ()
    refusal: str = ""


class Runner:
    """Owns at most one host; every method is for the window's thread and none waits except `close`.

    A host is replaced in two steps: while the next one loads, the present one plays on; only then they change places.

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
        self._loading: Future[HostClient] | None = None
        self._job: Future[Outcome] | None = None
        self._settings = settings
        self._waiting: list[Settings | None] = []
        self._wanted = False
        self._ran = False

    @property
    def host(self) -> HostClient | None:
        """The host that plays, also while the next one loads; None while it is being started or stopped."""
        return None if self._job else self._host

    @property
    def busy(self) -> bool:
        return self._job is not None or self._loading is not None

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
        if self._loading is not None:
            return self._change_places() if self._loading.done() else None
        if self._job is None or not self._job.done():
            return None
        job, self._job = self._job, None
        self._host, self._wanted = None, False
        outcome = job.result()
        self._host, self._working = outcome.host, outcome.settings
        self._wanted = outcome.host is not None
        self._ran = self._ran or self._wanted
        self._serve_waiting()
        return outcome

    def close(self) -> tuple[str, ...]:
        """Stop whatever runs and wait until it has; returns what went wrong meanwhile, one line each."""
        self._waiting.clear()
        errors: tuple[str, ...] = ()
        if self._loading is not None:
            loading, self._loading = self._loading, None
            if loading.exception() is None:
                errors += _stopped(loading.result())
        if self._job is not None:
            outcome = self._job.result()
            self._job, self._host, errors = None, outcome.host, outcome.errors
        if self._host is not None:
            host, self._host = self._host, None
            errors += self._worker.submit(_stopped, host).result()
        self._wanted = False
        return errors

    def _request(self, settings: Settings | None) -> None:
        self._wanted = settings is not None
        if self.busy:
            self._waiting[:] = [settings]
        elif settings is None:
            self._job = self._worker.submit(_end, self._host, self._working)
        elif settings.record is None and settings.record_folder is None:
            self._settings = settings
            self._loading = self._worker.submit(_loaded, self._factory, settings)
        else:
            # A recording is completed before the next one looks for a name of its own.
            self._job = self._worker.submit(_record, self._factory, self._host, settings, self._working, self._ran)

    def _change_places(self) -> Outcome | None:
        """The next host has loaded, or failed to; then the present one simply plays on."""
        loading, self._loading = self._loading, None
        assert loading is not None
        error = loading.exception()
        if self._waiting:
            if error is None:
                self._worker.submit(_stopped, loading.result())
            self._serve_waiting()
            return None
        if error is None:
            self._job = self._worker.submit(
                _replace, self._factory, self._host, loading.result(), self._settings, self._working
            )
            return None
        self._wanted = self._host is not None
        refusal = _line(error)
        return Outcome(self._host, self._working, (refusal,), refusal)

    def _serve_waiting(self) -> None:
        if self._waiting:
            self._request(self._waiting.pop())


def _loaded(factory: HostFactory, settings: Settings) -> HostClient:
    host = factory(settings)
    host.prepare()
    return host


def _end(old: HostClient | None, working: Settings) -> Outcome:
    return Outcome(None, working, _stopped(old))


def _replace(
    factory: HostFactory, old: HostClient | None, new: HostClient, settings: Settings, working: Settings
) -> Outcome:
    try:
        new.start(old)
    except Exception as error:  # noqa: BLE001 - the window must outlive whatever a library throws
        return _again(factory, old, working, _stopped(old), _line(error))
    return Outcome(new, settings, _stopped(old))


def _record(factory: HostFactory, old: HostClient | None, settings: Settings, working: Settings, ran: bool) -> Outcome:
    errors = _stopped(old)
    try:
        return Outcome(_started(factory, settings, ran), settings, errors)
    except Exception as error:  # noqa: BLE001 - as above
        return _again(factory, old, working, errors, _line(error))


def _again(
    factory: HostFactory, old: HostClient | None, working: Settings, errors: tuple[str, ...], refusal: str
) -> Outcome:
    """After a failure: one like the host that played, if any did."""
    errors = (*errors, refusal)
    if old is None:
        return Outcome(None, working, errors, refusal)
    try:
        return Outcome(_started(factory, working, True), working, errors, refusal)
    except Exception as error:  # noqa: BLE001 - as above
        return Outcome(None, working, (*errors, _line(error)), refusal)


def _started(factory: HostFactory, settings: Settings, ran: bool) -> HostClient:
    if ran and settings.record is not None:
        settings = replace(settings, record=_next_recording(settings.record))
    host = _loaded(factory, settings)
    host.start()
    return host


def _line(error: BaseException) -> str:
    """What Earsight says itself has its cure; what a library throws gets one."""
    reason = (str(error) or type(error).__name__).splitlines()[0]
    if isinstance(error, EarsightError):
        return reason
    return QCoreApplication.translate("Runner", "this failed ({0}); choose something else, or restart Earsight").format(
        reason
    )


def _next_recording(record: Path) -> Path:
    """A free name, room-2.wav after room.wav: a later host must not write over what an earlier one recorded."""
    number = 2
    while (path := record.with_stem(f"{record.stem}-{number}")).exists():
        number += 1
    return path


def _stopped(host: HostClient | None) -> tuple[str, ...]:
    """What stopping brought to light, a recording that could not be completed for one."""
    if host is None:
        return ()
    try:
        told = host.snapshot().notices
        host.stop()
        return tuple(notice for notice in host.snapshot().notices if notice not in told)
    except Exception as error:  # noqa: BLE001 - as above
        return (_line(error),)
