"""What people read in the window goes through Qt's translation: the sources hold no words that do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

GUI = Path(__file__).parents[2] / "gui"
TRANSLATING = {"tr", "translate", "QT_TRANSLATE_NOOP"}
SHOWING = {
    *("QCheckBox", "QLabel", "QPushButton", "button", "label", "small_button", "switch"),
    *("setAccessibleDescription", "setAccessibleName", "setPlaceholderText", "setText", "setToolTip", "setWindowTitle"),
    *("emit", "inform", "say"),
}
WORD, PHRASE = re.compile(r"[A-Za-z]{2}"), re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")
NOT_WORDS = {
    "KEMAR: Gardner and Martin, MIT Media Lab, 1994",  # a citation
    "<table cellpadding=3>",
    "choice and chain",  # as it stands in the file of preferences
    *("virtual microphone", "provider cuda", "provider tensorrt"),  # names of the doctor's checks
}


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def unshown(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings and their like, what is raised or asserted, and what is translated."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, (ast.Raise, ast.Assert)):
            yield from ast.walk(node)
        elif isinstance(node, ast.Call) and name_of(node) in TRANSLATING:
            yield from (part for argument in node.args for part in ast.walk(argument))


def untranslated(source: str) -> list[str]:
    """Phrases anywhere, and words that are shown at once."""
    tree = ast.parse(source)
    left_out = {id(node) for node in unshown(tree)}
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PHRASE.search(node.value):
            found += [] if id(node) in left_out else [node.value]
        elif isinstance(node, ast.Call) and name_of(node) in SHOWING and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and WORD.search(text.value):
                found.append(text.value)
    return [text for text in found if text not in NOT_WORDS]


@pytest.mark.parametrize("path", sorted(GUI.glob("*.py")), ids=lambda path: path.stem)
def test_no_words_are_left_out(path: Path) -> None:
    if path.name != "style_sheet.py":
        assert untranslated(path.read_text(encoding="utf-8")) == []


def test_words_that_are_left_out_are_found() -> None:
    source = 'self.say(f"cannot read {name}")\nlabel("Start")\nlabel(self.tr("Stop it now"))\n'
    assert untranslated(source) == ["Start", "cannot read "]
