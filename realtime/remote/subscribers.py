"""Subscribers: programs that asked to be told of a running host, and what they are told how often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from realtime.chain.plan import Plan
from realtime.errors import SettingsError
from realtime.plugin import Plugin
from realtime.remote.control import Running, all_controls
from realtime.remote.wire import Endpoint, Wire, pack
from realtime.stats import Snapshot

METERS_PER_S = 20.0
FIGURES_PER_S = 2.0
LONGEST_S = 3600.0
MOST = 16
MOST_PEAK_SAMPLES = 16_384
"""That one meter value looks back over."""
SILENCE = 1e-6
"""Linear: -120 dB."""
_LONGEST_TEXT = 1000


@dataclass
class _Subscriber:
    until_s: float = 0.0
    told: set[str] = field(default_factory=set[str])
    """Notices."""


class _Every:
    """Says when a regular thing is due."""

    def __init__(self, times_per_s: float) -> None:
        self._period_s = 1 / times_per_s
        self._due_s = 0.0

    def due(self, now_s: float) -> bool:
        if now_s < self._due_s:
            return False
        self._due_s = max(self._due_s, now_s - self._period_s) + self._period_s
        return True


class Subscribers:
    """All of them. On the thread that owns the host.

    Parameters
    ----------
    wire
        To send through.
    clock
        Seconds, steady.
    """

    def __init__(self, wire: Wire, clock: Callable[[], float] = time.monotonic) -> None:
        self._wire = wire
        self._clock = clock
        self._known: dict[Endpoint, _Subscriber] = {}
        self._meters, self._figures = _Every(METERS_PER_S), _Every(FIGURES_PER_S)
        self._measured = 0
        self._there: list[Plan | Plugin | None] | None = None
        self._values: dict[str, float] | None = None

    def add(self, to: Endpoint, seconds: float) -> None:
        """Tell somebody for so long from now on.

        Raises
        ------
        SettingsError
            When that is too long, or there are too many.
        """
        if not 0 < seconds <= LONGEST_S:
            raise SettingsError(f"a subscription of {seconds:g} s is not accepted; up to {LONGEST_S:g} s")
        if to not in self._known and len(self._known) >= MOST:
            raise SettingsError(f"there are {MOST} subscribers already; unsubscribe one")
        self._known.setdefault(to, _Subscriber()).until_s = self._clock() + seconds

    def remove(self, to: Endpoint) -> None:
        """Tell somebody no more.

        Raises
        ------
        SettingsError
            When nobody is subscribed there.
        """
        if self._known.pop(to, None) is None:
            raise SettingsError(f"port {to[1]} is not subscribed")

    def at(self, computer: str) -> list[Endpoint]:
        """Those on one computer."""
        return [to for to in self._known if to[0] == computer]

    def tell(self, running: Running | None, notices: tuple[str, ...], refused: int = 0) -> None:
        """What is due; who has not renewed is forgotten.

        Parameters
        ----------
        notices
            To be told beside the host's own.
        refused
            Messages of others that came without the token.
        """
        now_s = self._clock()
        self._known = {to: subscriber for to, subscriber in self._known.items() if subscriber.until_s > now_s}
        if not self._known:
            self._there = self._values = None
        if not self._known or running is None:
            return
        if self._meters.due(now_s):
            self._publish(self._levels(running))
            self._publish(self._turned(running))
        if self._figures.due(now_s):
            snapshot = running.snapshot()
            self._publish((*_figures_of(snapshot), ("/refused", refused)))
            if (clip := running.playback) is not None:
                self._publish([("/clip", float(clip.position_s), float(clip.duration_s), int(clip.playing))])
            for to, subscriber in self._known.items():
                for notice in (*snapshot.notices, *notices):
                    if notice not in subscriber.told:
                        subscriber.told.add(notice)
                        self._wire.send(to, pack("/notice", notice[:_LONGEST_TEXT]))

    def _levels(self, running: Running) -> Iterator[tuple[str, float]]:
        """Peak of mono in, left and right since the last time, dB of full scale; none without new sound."""
        end, newest = running.scope(MOST_PEAK_SAMPLES)
        gained = end - self._measured if end >= self._measured else end
        self._measured = end
        if gained == 0:
            return
        for name, peak in zip(("mono", "left", "right"), np.abs(newest[:, -gained:]).max(1), strict=True):
            yield f"/meter/{name}", float(20 * np.log10(max(float(peak), SILENCE)))

    def _turned(self, running: Running) -> Iterator[tuple[str, float]]:
        """Controls that have another value than the last time, whoever turned them, and those that are new."""
        chain = running.chain
        if chain is None:
            return
        # A plugin that opens slowly comes in, with its parameters, without another plan.
        plan = chain.history.now
        there = [plan, *(chain.plugin(slot.id) for slot in plan.slots())]
        if there == self._there:
            return
        before, self._there = self._values, there
        self._values = {control.address: control.read(chain) for control in all_controls(chain)}
        if before is not None:
            yield from (change for change in self._values.items() if before.get(change[0]) != change[1])

    def _publish(self, figures: Iterable[tuple[Any, ...]]) -> None:
        packets = [pack(*figure) for figure in figures]
        for to in self._known:
            for packet in packets:
                self._wire.send(to, packet)


def _figures_of(snapshot: Snapshot) -> tuple[tuple[Any, ...], ...]:
    latency = snapshot.latency.total
    return (
        ("/running", int(snapshot.running and not snapshot.finished)),
        ("/position", float(snapshot.duration_s)),
        ("/recording", snapshot.recording),
        ("/latency", latency, 1000 * latency / snapshot.sample_rate),
        ("/xruns", snapshot.xruns),
        ("/late/blocks", snapshot.late_blocks),
        ("/late/inferences", snapshot.late_inferences),
        ("/mask/age", float(snapshot.mask_age_now_ms)),
    )
