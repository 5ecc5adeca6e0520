"""Refusing on purpose: the right kind of error, in one line that says what it is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from realtime.errors import EarsightError


def assert_refused(error: type[EarsightError], words: str, call: Callable[[], object]) -> None:
    """`call()` raises `error` with one line in which the regular expression `words` is found."""
    with pytest.raises(error, match=words) as raised:
        call()
    assert len(str(raised.value).splitlines()) == 1
