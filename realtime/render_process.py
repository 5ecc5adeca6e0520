"""Renders a clip to a file in a process of its own, so that the sound that plays meanwhile does not suffer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from realtime.chain.plan import Plan
from realtime.errors import EarsightError, RecordingError
from realtime.settings import Settings
from realtime.stats import Snapshot
from realtime.whole_file import forget_parts

PATIENCE_S = 5.0
"""A process that is told to give up gets so long to take its half file away."""
NICE = 10
REPORT_S = 0.05


@dataclass(frozen=True)
class RenderJob:
    """What is rendered to where; see `realtime.render.render_clip`. An existing file is replaced."""

    source: Path
    out: Path
    mode: str
    model: Path | None
    provider: str
    plan: Plan

    @classmethod
    def of(cls, settings: Settings, out: Path) -> RenderJob:
        """The clip of these settings, as they say.

        Raises
        ------
        RecordingError
            When the file is the clip itself, or the settings have none.
        """
        if settings.clip is None:
            raise RecordingError("there is no clip to render; open one")
        if out.resolve() == settings.clip.resolve():
            raise RecordingError(f"'{out}' is the clip itself; choose another name")
        return cls(settings.clip, out, settings.mode, settings.model, settings.provider, settings.plan)


class RenderProcess:
    """One rendering, from its making to `done`, `trouble` or `cancelled`. One thread; nothing but `close` waits.

    Attributes
    ----------
    progress
        Part that is done, 0 to 1; None until it begins.
    done
        Figures of the rendering when it is complete, or None.
    trouble
        One line why it failed, or "".
    cancelled
        Whether it was told to give up.
    """

    def __init__(self, job: RenderJob) -> None:
        self.job = job
        self.progress: float | None = None
        self.done: Snapshot | None = None
        self.trouble = ""
        self.cancelled = False
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_render, args=(theirs, job), name="earsight-render", daemon=True)
        self._process.start()
        theirs.close()
        self._running = True

    @property
    def running(self) -> bool:
        return self._running

    def poll(self) -> None:
        """Take what the process has said since."""
        while self._running and self._connection.poll():
            try:
                said = self._connection.recv()
            except (EOFError, OSError):
                self._end()
                return
            if isinstance(said, float):
                self.progress = said
            elif isinstance(said, Snapshot):
                self.done = said
            else:
                self.trouble = said

    def cancel(self) -> None:
        """Ask it to give up; `running` tells when it has."""
        if self._running and not self.cancelled:
            self.cancelled = True
            # One that has just ended needs no telling.
            with suppress(OSError):
                self._connection.send(None)

    def close(self) -> None:
        """Give up and wait until the process is gone; idempotent."""
        if not self._running:
            return
        self.cancel()
        self._process.join(PATIENCE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
            assert self._process.pid is not None
            forget_parts(self.job.out, self._process.pid)
        self._end()

    def _end(self) -> None:
        self._process.join()
        code = self._process.exitcode
        self._process.close()
        self._connection.close()
        self._running = False
        if self.done is None and not self.trouble and not self.cancelled:
            self.trouble = f"rendering '{self.job.out}' ended by itself (code {code}); free some memory and try again"


class _CancelledError(Exception):
    """Unwinds the rendering, so that its half file is taken away."""


def _render(connection: Connection, job: RenderJob) -> None:
    """The process: says the part done, then figures or a line; gives up when it is told so or its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who says what is to happen
    if sys.platform != "win32":
        os.nice(NICE)
    from realtime.render import render_clip

    said_s = 0.0

    def report(part: float) -> None:
        nonlocal said_s
        if connection.poll():
            raise _CancelledError
        if (now_s := time.monotonic()) - said_s >= REPORT_S:
            said_s = now_s
            connection.send(float(part))

    try:
        connection.send(
            render_clip(
                job.source,
                job.out,
                mode=job.mode,
                model=job.model,
                provider=job.provider,
                plan=job.plan,
                force=True,
                progress=report,
            )
        )
    except (_CancelledError, BrokenPipeError):
        return
    except EarsightError as error:
        connection.send(str(error))
    except Exception as error:  # noqa: BLE001 - what a library throws is said in one line, by the window
        reason = (str(error) or type(error).__name__).splitlines()[0]
        connection.send(f"'{job.out}' could not be rendered: {reason}")
