"""Every row is checked before anything is sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ..._customers.prepared import PreparedUpsert
from ..._customers.rows import UpsertRow
from .._exit import CommandError
from ._refused import RefusedRows
from ._rehearsal import Rehearsal
from ._unique import Shared, Uniqueness
from .mapping.columns import Columns, Problem
from .reading.rows import TableRow
from .reading.table import Table

_SHOWN: Final = 20
"""How many problems of a file are shown; the others are counted."""
_TOLD_EVERY: Final = 2000

INVALID: Final = "invalid"
"""The code of a row that is wrong before Plain has seen it."""


@dataclass
class Checked:
    """A file whose rows were checked."""

    table: Table
    columns: Columns
    unique: Uniqueness
    rows: int = 0
    """Rows of the file, but for those that were not asked for."""
    left_out: int = 0
    """Rows that were not asked for."""
    invalid: int = 0
    problems: int = 0
    undone: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """By field and example: cells that were freed from what a tool had put around them."""

    def customers(self, refused: RefusedRows | None) -> Iterator[UpsertRow]:
        """The rows that are good; the others are written with their reasons."""
        for row in self.table.rows():
            if row.fault is None and not self.columns.takes(row):
                continue
            found = self.columns.read(row)
            if not isinstance(found, list):
                customer, upsert = found
                clash = self.unique.clash(row.number) if self.invalid else None
                if clash is None:
                    yield customer
                    continue
                found = [_shared(self.columns, row, clash, upsert)]
            if refused is not None:
                refused.write(row, INVALID, "; ".join(map(str, found)))


def check(
    table: Table,
    columns: Columns,
    unique: Uniqueness,
    *,
    skip_invalid: bool,
    told: Callable[[int, float], None],
    rehearsal: Rehearsal | None = None,
) -> Checked:
    """The file's rows, counted; `CommandError` with everything that is wrong with them."""
    checked = Checked(table, columns, unique)
    problems: list[Problem] = []
    for row in table.rows():
        if row.fault is None and not columns.takes(row):
            checked.left_out += 1
            continue
        checked.rows += 1
        if checked.rows % _TOLD_EVERY == 0:
            told(checked.rows, table.read_part)
        found = columns.read(row)
        if isinstance(found, list):
            checked.invalid += 1
            checked.problems += len(found)
            problems += found[: _SHOWN - len(problems)]
        else:
            unique.note(found[1], row.number, row.line)
            if rehearsal is not None:
                rehearsal.take(row, found[1])
    columns.check_unmapped()
    checked.undone = dict(columns.cells.undone)
    _check_shared(checked, problems, rehearsal)
    if checked.problems and not skip_invalid:
        more = checked.problems - len(problems)
        lines = [f"{table.name}: {problem}" for problem in problems]
        lines += [f"and {more} more"] if more else []
        lines.append("to send the other rows: --skip-invalid")
        raise CommandError("\n".join(["nothing was sent:", *lines]))
    return checked


def _check_shared(checked: Checked, problems: list[Problem], rehearsal: Rehearsal | None) -> None:
    """Take in the rows that have something of an earlier one."""
    shared_rows = checked.unique.shared()
    shared = next(shared_rows, None)
    if shared is None:
        return
    for row in checked.table.rows():
        if row.number != shared.row:
            continue
        found = checked.columns.read(row)
        assert not isinstance(found, list)
        if not shared.is_repeated:
            checked.invalid += 1
            checked.problems += 1
            if len(problems) < _SHOWN:
                problems.append(_shared(checked.columns, row, shared, found[1]))
        if rehearsal is not None:
            rehearsal.take_back(found[1], repeated=shared.is_repeated)
        shared = next(shared_rows, None)
        if shared is None:
            return


def _shared(columns: Columns, row: TableRow, shared: Shared, upsert: PreparedUpsert) -> Problem:
    message = shared.message(upsert.key.partition(":")[0])
    return Problem(row.number, columns.column_of(shared.kind, row), message, row.line)
