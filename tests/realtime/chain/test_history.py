"""Undo goes back step by step, redo forth again, and one turn of a knob is one step."""

from __future__ import annotations

from realtime.chain.history import LONGEST, History


def test_undo_and_redo() -> None:
    history = History(0)
    assert (history.can_undo, history.can_redo, history.undo(), history.redo()) == (False, False, 0, 0)
    history.put(1)
    history.put(2)
    assert (history.undo(), history.undo(), history.undo()) == (1, 0, 0)
    assert (history.redo(), history.redo(), history.can_redo) == (1, 2, False)
    history.undo()
    history.put(3)
    assert (history.now, history.can_redo, history.undo()) == (3, False, 1)


def test_edits_of_one_kind_are_one_step() -> None:
    history = History(0)
    for value in (1, 2, 3):
        history.put(value, "gain")
    history.put(4, "wet")
    history.put(5)
    history.put(6)
    assert [history.undo() for _ in range(4)] == [5, 4, 3, 0]
    history.redo()
    history.put(7, "gain")  # after an undo or redo a step begins anew
    assert history.undo() == 3


def test_it_does_not_grow_without_end() -> None:
    history = History(0)
    for value in range(1, 3 * LONGEST):
        history.put(value)
    steps = 0
    while history.can_undo:
        history.undo()
        steps += 1
    assert steps == LONGEST
