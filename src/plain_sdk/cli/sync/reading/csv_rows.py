"""Rows of CSV, each told apart from its neighbours even where one is broken."""

import csv
from collections.abc import Iterator
from typing import Final

from .rows import LARGEST_CELL, TableRow

_LONGEST: Final = 16 * LARGEST_CELL


class Lines:
    """The lines of a text, some of which may be given back to be read once more."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: list[str] = []
        self.taken: list[str] = []
        """The lines since the last row."""
        self.count = 0
        """Lines that are read for good, before those taken."""

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self.taken.append(line)
        return line

    def settle(self) -> None:
        """What was taken is a row."""
        self.count += len(self.taken)
        self.taken.clear()

    def give_back(self) -> str:
        """Keep the first line that was taken, and give the others back."""
        first, *others = self.taken
        self._back.extend(reversed(others))
        self.count += 1
        self.taken.clear()
        return first


def csv_records(
    lines: Lines, delimiter: str, width: int | None
) -> Iterator[tuple[list[str], int, str | None, bool]]:
    """The cells of each record, its line, what is wrong with it, and whether its line has an end.

    Where a quote is left open, it swallows the lines behind it. So a broken record of several
    lines is taken for one broken line, and the others are read again.
    """
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.count + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            why = "a cell is too long" if "field larger" in str(error) else str(error)
        else:
            if width is None or len(lines.taken) == 1 or len(cells) == width:
                yield cells, line, None, lines.taken[-1][-1:] in ("\r", "\n")
                lines.settle()
                continue
            why = f"{len(lines.taken)} lines make {len(cells)} cells"
        broken = lines.give_back()
        told = f"is not CSV: {why}; is a quote left open here?"
        try:
            cells = next(csv.reader([broken], delimiter=delimiter), list[str]())
        except csv.Error:
            cells = []
        yield cells, line, told, True
        reader = csv.reader(lines, delimiter=delimiter, strict=True)


def csv_rows(lines: Lines, delimiter: str, columns: list[str], number: int) -> Iterator[TableRow]:
    """The rows behind the header, whose number is given.

    A row may end early, as spreadsheets leave out empty cells at the end, but not with the file:
    then it was cut off.
    """
    width = len(columns)
    for cells, line, fault, whole in csv_records(lines, delimiter, width):
        number += 1
        if not cells and fault is None:
            continue
        if fault is None and len(cells) != width:
            if len(cells) > width:
                if any(cells[width:]):
                    fault = f"has {len(cells)} cells, but the header has {width} columns"
            elif not whole:
                fault = f"is cut off: it has {len(cells)} of {width} cells, and no end of line"
        if len(cells) != width:
            cells = [*cells[:width], *([""] * (width - len(cells)))]
        yield TableRow(number, dict(zip(columns, cells, strict=True)), line, fault)
