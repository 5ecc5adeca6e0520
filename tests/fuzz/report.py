"""Report: inputs by target, failures by kind with the line that reproduces each, memory and time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fuzz.verdict import Verdict


@dataclass
class _Sum:
    inputs: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    longest_s: float = 0.0
    peak_bytes: int = 0


@dataclass
class Report:
    """Grows with each verdict."""

    seed: int
    _sums: dict[str, _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    _kinds: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    _examples: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict[tuple[str, str], tuple[str, str]])

    def add(self, target: str, number: int, verdict: Verdict) -> None:
        """What became of a generated input."""
        total = self._sums[target]
        total.inputs += 1
        total.refused += verdict.refused
        total.failed += bool(verdict.failure)
        total.seconds += verdict.seconds
        total.longest_s = max(total.longest_s, verdict.seconds)
        total.peak_bytes = max(total.peak_bytes, verdict.peak_bytes)
        if verdict.failure:
            kind = target, verdict.failure
            self._kinds[kind] += 1
            again = f"python -m tests.fuzz --target {target} --seed {self.seed} --number {number}"
            self._examples.setdefault(kind, (again, verdict.detail))

    @property
    def failed(self) -> int:
        """Inputs that the program did not stand."""
        return sum(total.failed for total in self._sums.values())

    def lines(self) -> Iterator[str]:
        """As Markdown."""
        yield "| target | inputs | refused | failed | mean | longest | largest memory |"
        yield "|---|---|---|---|---|---|---|"
        for name, total in sorted(self._sums.items()):
            yield _row(name, total)
        everything = _Sum(
            sum(total.inputs for total in self._sums.values()),
            sum(total.refused for total in self._sums.values()),
            self.failed,
            sum(total.seconds for total in self._sums.values()),
            max((total.longest_s for total in self._sums.values()), default=0.0),
            max((total.peak_bytes for total in self._sums.values()), default=0),
        )
        yield _row("all", everything)
        for (target, failure), count in self._kinds.most_common():
            again, detail = self._examples[target, failure]
            yield ""
            yield f"{count} x {target}: {failure}"
            yield f"    {detail}"
            yield f"    {again}"


def _row(name: str, total: _Sum) -> str:
    mean_ms = 1000 * total.seconds / max(1, total.inputs)
    return (
        f"| {name} | {total.inputs:,} | {total.refused:,} | {total.failed} | {mean_ms:.1f} ms "
        f"| {total.longest_s:.2f} s | {total.peak_bytes / 2**20:.0f} MB |"
    )
