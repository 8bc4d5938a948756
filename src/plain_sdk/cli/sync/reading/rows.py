"""A row as a file has it."""

from dataclasses import dataclass
from typing import Any, Final

LARGEST_CELL: Final = 1_000_000
"""Characters. More is no customer's data, but a quote that was left open."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row as the file has it."""

    number: int
    """As a spreadsheet counts: from 1, a CSV file's header included."""
    values: dict[str, Any]
    """By column: text in CSV, any JSON value else."""
    line: int = 0
    """As an editor counts, where that may be another number; 0 where it is not known."""
    fault: str | None = None
    """What is wrong with the row as a whole, so that its values cannot be trusted."""

    @property
    def name(self) -> str:
        """How messages call it."""
        return row_name(self.number, self.line)


def row_name(number: int, line: int) -> str:
    """A row by its number, and by its line where that differs."""
    return f"row {number} (line {line})" if line not in (0, number) else f"row {number}"
