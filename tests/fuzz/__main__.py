"""The fuzz command: generated bad input for every reader, and a report; exit code 1 on any failure."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.fuzz.report import Report
from tests.fuzz.targets import TARGETS
from tests.fuzz.watch import Watch

LARGEST_KEPT = 20_000


def counts(inputs: int, names: list[str]) -> dict[str, int]:
    """How many inputs each target gets, by its share; at least one, and all together no fewer than asked for."""
    whole = sum(TARGETS[name].share for name in names)
    return {name: max(1, -int(-inputs * TARGETS[name].share // whole)) for name in names}


def fuzz(inputs: int, seed: int, names: list[str], keep: Path | None = None, first: int = 0) -> Report:
    """Run every target's share of the inputs, from number `first` on; what fails is kept, if it is small, in `keep`."""
    report = Report(seed)
    for name, count in counts(inputs, names).items():
        began = time.monotonic()
        with Watch(name, seed) as watch:
            for number in range(first, first + count):
                verdict = watch.generated(number)
                report.add(name, number, verdict)
                if verdict.failure and keep is not None and watch.failed is not None:
                    suffix, content = watch.failed
                    if len(content) < LARGEST_KEPT:
                        (keep / name).mkdir(parents=True, exist_ok=True)
                        (keep / name / f"{seed}-{number}{suffix}").write_bytes(content)
        print(f"{name}: {count} inputs in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return report


def main() -> int:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="over all targets (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same inputs (%(default)s)")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--number", type=int, help="only the input of this number, of the targets named")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write small inputs that fail to FOLDER/TARGET")
    chosen = parser.parse_args()
    names = chosen.target or list(TARGETS)
    began = time.monotonic()
    first, inputs = (0, chosen.inputs) if chosen.number is None else (chosen.number, 1)
    report = fuzz(inputs, chosen.seed, names, chosen.keep, first)
    print("\n".join(report.lines()))
    now = datetime.now(UTC)
    print(f"\nseed {chosen.seed}, {now:%Y-%m-%d %H:%M} UTC, {(time.monotonic() - began) / 60:.1f} minutes")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
