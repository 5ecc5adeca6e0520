"""A command's output becomes a section of a document, and takes the place of its older one only."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from benchmarks.section import main


def test_sections_are_added_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "results.md"
    path.write_text("# Results\n\nWords.\n")
    main([str(path), "First", "--", "python", "-c", "print('one')"])
    main([str(path), "Second", "--", "python", "-c", "print('| two |')"])
    main([str(path), "First", "--", "python", "-c", "print('three')"])
    text = path.read_text()
    assert text.startswith("# Results\n\nWords.\n\n## First\n\n")
    assert "one" not in text
    assert text.index("```\nthree\n```") < text.index("## Second")
    assert text.endswith("\n\n| two |\n")
    assert text.count(date.today().isoformat()) == 2
    assert "`python -c 'print('\"'\"'three'\"'\"')'`" in text


def test_a_command_that_fails_leaves_the_document(tmp_path: Path) -> None:
    path = tmp_path / "results.md"
    path.write_text("# Results\n")
    with pytest.raises(subprocess.CalledProcessError):
        main([str(path), "First", "--", "python", "-c", "raise SystemExit(3)"])
    assert path.read_text() == "# Results\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.md"]
