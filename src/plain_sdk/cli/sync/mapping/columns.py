"""Customers out of rows."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ...._customers.prepared import PreparedUpsert, prepared
from ...._customers.rows import CustomerRow, UpsertParts, UpsertRow
from ...._errors import PlainInputError
from ..._exit import CommandError
from ..._upsert import upsert_parts
from ..reading.rows import TableRow, row_name
from ..reading.table import Table
from .cells import Bad, Cells
from .expression import Expression, parsed
from .settings import MEMBERS, REQUIRED, ColumnMap
from .where import Condition

ERROR_COLUMNS: Final = ("plain_error_code", "plain_error")
"""What a file of refused rows has besides the input's columns; ignored when it is read."""


@dataclass(frozen=True, slots=True)
class FileRow(CustomerRow):
    """A customer, and the row that it came from."""

    source: TableRow | None = field(default=None, kw_only=True)


class DocumentedRow(dict[str, Any]):
    """The arguments of an upsert in the API's own form, and the row that they came from."""

    source: TableRow


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row."""

    row: int
    column: str | None
    message: str
    line: int = 0

    def __str__(self) -> str:
        where = row_name(self.row, self.line)
        # A row that cannot be read as a whole says so without a column.
        return (
            f"{where}: {self.message}"
            if self.column is None
            else (f"{where}, column {self.column!r}: {self.message}")
        )


class Columns:
    """Reads customers out of rows."""

    def __init__(self, table: Table, mapping: ColumnMap) -> None:
        self._table = table
        self._mapping = mapping
        self._ignored = {*mapping.ignored, *ERROR_COLUMNS}
        header = table.columns
        self._given: dict[str, Expression] = {
            member: parsed(text, header, may_be_true=member == "is_verified")
            for member, text in mapping.columns.items()
        }
        self._used = {column for each in self._given.values() for column in each.columns}
        if both := sorted(mapping.ignored & self._used):
            raise CommandError(f"column {both[0]!r} is both mapped and ignored")
        self._where = [Condition(given, header) for given in mapping.where]
        self._used.update(column for each in self._where for column in each.expression.columns)
        self.cells = Cells(mapping.nulls, mapping.literal, text_only=header is not None)
        self.unmapped: dict[str, None] = {}
        """Columns that nobody said anything of, in the order in which they came up."""
        self._by_name: dict[str, str | None] = {}
        if header is not None:
            self._check_header(header)

    def _check_header(self, header: list[str]) -> None:
        name, shown = self._table.name, self._table.shown_columns()
        if absent := sorted(self._used - set(header)):
            wanted = next(
                (m for m, each in self._given.items() if absent[0] in each.columns), "--where"
            )
            raise CommandError(
                f"{name}: there is no column {absent[0]!r} for {wanted}; "
                f"the columns are {', '.join(shown)}"
            )
        found = {column: self._member_of(column) for column in shown}
        if not any(found.values()) and not self._used:
            raise CommandError(
                f"{name}: row 1: none of the columns is known ({', '.join(shown)}); is the "
                f"header row missing? The fields are {', '.join(MEMBERS)}; use --map, or "
                "--suggest to see how"
            )
        self.unmapped.update(
            (column, None)
            for column, member in found.items()
            if member is None and column not in self._ignored and column not in self._used
        )
        self.check_unmapped()
        members = [each for each in found.values() if each is not None]
        if twice := [member for member in members if members.count(member) > 1]:
            raise CommandError(f"{name}: two columns map to {twice[0]}; --ignore one of them")
        for needed in REQUIRED:
            if needed not in members and needed not in self._given:
                raise CommandError(
                    f"{name}: there is no column for {needed}; say which it is with "
                    f"--map {needed}=COLUMN, or see --suggest"
                )

    def check_unmapped(self) -> None:
        """Refuse columns that nobody said anything of, all in one message."""
        if not self.unmapped or self._mapping.ignore_rest:
            return
        names = list(self.unmapped)
        one = len(names) == 1
        told = f"column {names[0]!r} is" if one else f"columns {', '.join(map(repr, names))} are"
        ignores = " ".join(f"--ignore {shlex.quote(each)}" for each in names)
        first = shlex.quote(f"FIELD={names[0]}")
        raise CommandError(
            f"{self._table.name}: {told} not mapped; give --map {first} with one of "
            f"{', '.join(MEMBERS)}; or {ignores}{'' if one else '; or --ignore-rest'}"
        )

    def _member_of(self, column: str) -> str | None:
        """The member whose name the column has."""
        if column not in self._by_name:
            self._by_name[column] = self._member_by_name(column)
        return self._by_name[column]

    def _member_by_name(self, column: str) -> str | None:
        if column in self._ignored:
            return None
        plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.strip())
        plain = re.sub(r"[\s-]+", "_", plain).lower()
        # A member whose column was named is not looked for elsewhere.
        return plain if plain in MEMBERS and plain not in self._given else None

    def takes(self, row: TableRow) -> bool:
        """Whether the row is one of those asked for."""
        return all(each.holds(row.values) for each in self._where)

    def read(self, row: TableRow) -> tuple[UpsertRow, PreparedUpsert] | list[Problem]:
        """The customer and its upsert; or everything that is wrong with the row."""
        if row.fault is not None:
            return [Problem(row.number, None, row.fault, row.line)]
        found = self._documented(row) if self._is_documented(row) else self._flat(row)
        if isinstance(found, list):
            return found
        try:
            return found, prepared(found)
        except PlainInputError as error:
            problems = [
                Problem(row.number, self._column_of(problem.path, row), problem.message, row.line)
                for problem in error.problems
            ]
            # One cell may be two members of the input.
            return list(dict.fromkeys(problems))

    def _is_documented(self, row: TableRow) -> bool:
        """Whether a row of JSON has the form that Plain documents."""
        if self._table.columns is not None:
            return False
        return isinstance(row.values.get("identifier", row.values.get("input")), dict)

    def _column_of(self, path: str, row: TableRow) -> str:
        """The column that a part of the input came from."""
        if self._is_documented(row):
            return path
        parts = path.replace("email_address", "email").split(".")
        member = next((part for part in reversed(parts) if part in MEMBERS), path)
        return self.column_of(member, row)

    def column_of(self, member: str, row: TableRow) -> str:
        """The row's column for a member of a customer; the member itself when it has none."""
        if member in self._given:
            columns = self._given[member].columns
            return columns[0] if columns else member
        return next((c for c in row.values if self._member_of(c) == member), member)

    def _documented(self, row: TableRow) -> UpsertRow | list[Problem]:
        values = {k: v for k, v in row.values.items() if k not in ERROR_COLUMNS}
        try:
            parts = DocumentedRow(upsert_parts(values, self._table.name))
        except CommandError as error:
            told = str(error).removeprefix(f"{self._table.name}: ")
            return [Problem(row.number, None, told, row.line)]
        parts.source = row
        return cast("UpsertParts", parts)

    def _flat(self, row: TableRow) -> FileRow | list[Problem]:
        members: dict[str, Any] = {}
        problems: list[Problem] = []
        bad: set[str] = set()

        def take(member: str, column: str, value: object) -> None:
            if value is None and member == "short_name" and not self.cells.text_only:
                members[member] = None
                return
            made = self.cells.value(member, value)
            if isinstance(made, Bad):
                problems.append(Problem(row.number, column, made.message, row.line))
                bad.add(member)
            elif made is not None:
                members[member] = made

        by_name = self._by_name
        for column, value in row.values.items():
            member = by_name[column] if column in by_name else self._member_of(column)
            if member is not None:
                if value == "":
                    continue
                if member in members:
                    told = f"is {member}, like another column"
                    problems.append(Problem(row.number, column, told, row.line))
                take(member, column, value)
            elif (
                self._table.columns is None
                and column not in self._ignored
                and not self._is_used(column)
            ):
                self.unmapped.setdefault(column)
        values = self._with_values_only(row.values) if self._given else row.values
        for member, expression in self._given.items():
            value = expression.value(values)
            if value is not None:
                take(member, self.column_of(member, row), value)
        for member in REQUIRED:
            if member not in members and member not in bad:
                column = self.column_of(member, row)
                told = f"is missing; {member} is required"
                problems.append(Problem(row.number, column, told, row.line))
        return problems or FileRow(**members, source=row)

    def _with_values_only(self, values: dict[str, Any]) -> dict[str, Any]:
        """The row without texts that stand for no value, so that a fallback takes their place."""
        nulls = {*self._mapping.nulls, r"\N"}
        return {
            column: None if isinstance(value, str) and value.strip() in nulls else value
            for column, value in values.items()
        }

    def _is_used(self, column: str) -> bool:
        return column in self._used or any(each.startswith(f"{column}.") for each in self._used)


def source_of(row: UpsertRow) -> TableRow:
    """The row of the file that a customer came from."""
    source = row.source if isinstance(row, FileRow | DocumentedRow) else None
    assert source is not None
    return source


def original(row: TableRow) -> Mapping[str, Any]:
    """The row as the file has it, without what a file of refused rows added."""
    return {column: value for column, value in row.values.items() if column not in ERROR_COLUMNS}
