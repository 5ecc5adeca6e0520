"""Looks into plugin files in a process of its own, which a plugin may crash or hold up. Run by `realtime.native.scan`.

It says "ready" when it is. Then a line in is a path in JSON; a line out is a JSON list of what was found there, or a
string that says why not.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from realtime.errors import PluginError
from realtime.native.kinds import KINDS


def main() -> None:
    """Answer until the input ends; the last argument of the program is the kind of plugin."""
    kind = KINDS[sys.argv[-1]]
    kind.load()
    # What plugins print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        try:
            answer: object = [described.plain() for described in kind.describe(Path(json.loads(line)))]
        except PluginError as error:
            answer = str(error)
        print(json.dumps(answer), file=answers, flush=True)
    # The libraries' own ends are not run: some crash there, and everything is said.
    os._exit(0)
