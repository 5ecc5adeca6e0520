"""The licences of everything that Earsight needs, and whether they go with its own (MIT): make licences

Looks at what pyproject.toml asks for, with all extras, and at what those ask for in turn, as far as it is installed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FITS = frozenset(
    name.lower()
    for name in (
        *("MIT", "MIT License", "MIT-0", "MIT-CMU", "ISC License (ISCL)", "Zlib", "0BSD", "BSL-1.0", "CC0-1.0"),
        *("BSD", "BSD License", "3-Clause BSD License", "BSD-2-Clause", "BSD-3-Clause"),
        *("Apache-2.0", "Apache Software License", "Apache-2.0 WITH LLVM-exception"),
        *("PSF-2.0", "Python Software Foundation License", "Freely Distributable", "DFSG approved"),
        # Their terms are about their own files, or about a library that stays one of its own here.
        *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "LGPL-2.1-or-later", "LGPL-3.0-only"),
    )
)
"""Names of licences as packages state them, small letters; what is stated in another way is looked at by a person."""
MIT_TEXT = "Permission is hereby granted, free of charge, to any person obtaining a copy"
"""Some packages state the whole text instead of the name."""
EXCEPTIONS = {
    "pedalboard": (
        "GNU General Public License v3 (GPLv3)",
        "in the extras vst3 and bench only; who passes it on together with Earsight does so under GPLv3",
    ),
}
"""Package -> its licence, and why that does no harm."""


def fits(licence: str) -> bool:
    """Whether a stated licence goes with ours: one of those offered, and each of those that hold together."""
    if MIT_TEXT in licence:
        return True
    return any(
        all(part.strip().lower() in FITS for part in re.split(" AND |;", offered)) for offered in licence.split(" OR ")
    )


def needed(asked: Iterable[str]) -> tuple[set[str], set[str]]:
    """Names of all packages that are needed for these requirements: those installed, and those that are not."""
    there, missing = set[str](), set[str]()
    waiting = [(Requirement(one), frozenset[str]()) for one in asked]
    seen = set[tuple[str, frozenset[str]]]()
    while waiting:
        wanted, of = waiting.pop()
        if wanted.marker is not None and not any(wanted.marker.evaluate({"extra": extra}) for extra in of or {""}):
            continue
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            further = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            missing.add(name)
            continue
        there.add(name)
        waiting += [(Requirement(one), extras | {""}) for one in further]
    return there, missing


def verdicts(listed: Iterable[Mapping[str, str]], wanted: set[str]) -> tuple[list[str], list[str]]:
    """Lines of the table, and of what does not go with our licence.

    Parameters
    ----------
    listed
        As pip-licenses gives them.
    """
    lines, bad = list[str](), list[str]()
    for entry in sorted(listed, key=lambda entry: entry["Name"].lower()):
        name, licence = canonicalize_name(entry["Name"]), entry["License"].strip()
        if name not in wanted:
            continue
        shown = "MIT (its text)" if MIT_TEXT in licence else licence.partition("\n")[0]
        known, reason = EXCEPTIONS.get(name, ("", ""))
        lines.append(f"{entry['Name']:32}{entry['Version']:16}{shown}" + (f": {reason}" if licence == known else ""))
        if not fits(licence) and licence != known:
            bad.append(f"licences: {entry['Name']} is under '{shown}', which does not go with MIT; replace it")
    unlisted = wanted - {canonicalize_name(entry["Name"]) for entry in listed}
    bad += [f"licences: nothing is known of '{name}'; reinstall it" for name in sorted(unlisted)]
    return lines, bad


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    there, missing = needed(asked)
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        print(f"licences: pip-licenses does not run ({reason}); run: pip install -e '.[dev]'", file=sys.stderr)
        return 1
    lines, bad = verdicts(json.loads(done.stdout), there)
    print("\n".join(lines))
    if missing:
        print(f"not installed here, so not looked at: {', '.join(sorted(missing))}", file=sys.stderr)
    print("\n".join(bad) if bad else f"{len(lines)} packages, all go with MIT", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
