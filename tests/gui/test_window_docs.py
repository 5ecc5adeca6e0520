"""The page on the window names every key that the window knows, and no other."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "window.md"


def test_the_table_of_keys_is_that_of_the_window(stage):
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    shown = [(keys, text.replace("…", "").replace("&", "")) for keys, text in stage().window.key_table()]
    assert rows == shown
