"""Tables of figures: rows as they are measured and written as JSON, columns as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    title
        With the unit.
    key
        Of the value in a row; "inference_ms.audio.p50" goes into rows within rows.
    form
        Format specification of numbers.
    """

    title: str
    key: str
    form: str = ""

    def value(self, row: Row) -> Any:
        """None where the row has none."""
        value: Any = row
        for key in self.key.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def text(self, row: Row) -> str:
        value = self.value(row)
        if isinstance(value, bool):
            return "yes" if value else "NO"
        if isinstance(value, int | float):
            return format(value, self.form)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Together:
    """Several figures in one column: 1.2 / 3.4."""

    title: str
    parts: tuple[Column, ...]

    def value(self, row: Row) -> str | None:
        return self.text(row) or None

    def text(self, row: Row) -> str:
        texts = [part.text(row) for part in self.parts]
        return " / ".join(texts) if any(texts) else ""


def spread(what: str, unit: str, key: str, form: str, names: Sequence[str] = ("p50", "p99")) -> Together:
    """Percentiles side by side."""
    parts = tuple(Column(f"{what} {name}, {unit}", f"{key}.{name}", form) for name in names)
    return Together(f"{what} {' / '.join(names)}, {unit}", parts)


@dataclass(frozen=True)
class Table:
    """Rows of figures; a row may hold more than the columns show, for the JSON."""

    title: str
    columns: tuple[Column | Together, ...]
    rows: Sequence[Row]

    def markdown(self) -> str:
        """Numbers to the right, words to the left."""
        kinds = [{type(column.value(row)) for row in self.rows} - {type(None)} for column in self.columns]
        rules = ["---:" if kind and kind <= {int, float} else "---" for kind in kinds]
        lines = [[column.title for column in self.columns], rules]
        lines += [[column.text(row) for column in self.columns] for row in self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
