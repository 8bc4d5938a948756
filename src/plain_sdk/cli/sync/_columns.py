"""Which column of a file means which member of a customer, and what a row then means."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, cast

from ..._customers.prepared import email_key, prepared
from ..._customers.rows import CustomerRow, UpsertParts, UpsertRow
from ..._errors import PlainInputError
from .._exit import CommandError
from .._upsert import upsert_parts
from ._table import LARGEST_CELL, Table, TableRow

MEMBERS: Final = tuple(member.name for member in fields(CustomerRow))
REQUIRED: Final = ("full_name", "email")
_LISTS: Final = ("customer_group_keys", "tenant_external_ids")
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "no", "n", "0"), False),
}

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

    def __str__(self) -> str:
        column = "" if self.column is None else f", column {self.column!r}"
        return f"row {self.row}{column}: {self.message}"


@dataclass
class ColumnMap:
    """What the user said of the columns."""

    columns: dict[str, str] = field(default_factory=dict[str, str])
    """By member: the column that has it."""
    ignored: set[str] = field(default_factory=set[str])

    def add(self, given: str) -> None:
        """Take in one `member=column`."""
        member, equals, column = given.partition("=")
        if not equals or not column:
            raise CommandError(f"--map {given!r}: must be FIELD=COLUMN, like email=E-Mail")
        _check_member("--map", member)
        if self.columns.get(member, column) != column:
            raise CommandError(f"--map: {member} is both {self.columns[member]!r} and {column!r}")
        self.columns[member] = column

    def read(self, file: str) -> None:
        """Take in a TOML file: a table `columns`, and a list `ignore`."""
        try:
            content = tomllib.loads(Path(file).read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise CommandError(f"{file}: is not TOML: {error}") from None
        if unknown := [name for name in content if name not in ("columns", "ignore")]:
            raise CommandError(
                f"{file}: {unknown[0]!r} is not known; it can have [columns] and ignore"
            )
        columns: object = content.get("columns", {})
        ignored: object = content.get("ignore", [])
        if not _texts(ignored):
            raise CommandError(f"{file}: ignore must be a list of columns")
        if not isinstance(columns, dict) or not _texts(
            list(cast("dict[str, Any]", columns).values())
        ):
            raise CommandError(f'{file}: columns must be a table like email = "E-Mail"')
        for member, column in cast("dict[str, str]", columns).items():
            _check_member(f"{file}: columns", member)
            self.columns[member] = column
        self.ignored.update(cast("list[str]", ignored))


def _check_member(where: str, member: str) -> None:
    if member not in MEMBERS:
        near = difflib.get_close_matches(member, MEMBERS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the fields are {', '.join(MEMBERS)}"
        raise CommandError(f"{where}: {member!r} is not a field of a customer; {hint}")


def _texts(given: object) -> bool:
    return isinstance(given, list) and all(
        isinstance(each, str) for each in cast("list[object]", given)
    )


class Columns:
    """Reads customers out of rows."""

    def __init__(self, table: Table, mapping: ColumnMap) -> None:
        self._table = table
        self._ignored = {*mapping.ignored, *ERROR_COLUMNS}
        self._member = {column: member for member, column in mapping.columns.items()}
        if both := sorted(self._ignored & self._member.keys()):
            raise CommandError(f"column {both[0]!r} is both mapped and ignored")
        if len(self._member) < len(mapping.columns):
            raise CommandError("one column cannot be two fields of a customer")
        if table.columns is not None:
            self._check_header(table.columns, mapping)

    def _check_header(self, header: list[str], mapping: ColumnMap) -> None:
        name = self._table.name
        for wanted, column in mapping.columns.items():
            if column not in header:
                raise CommandError(
                    f"{name}: there is no column {column!r} for {wanted}; "
                    f"the columns are {', '.join(header)}"
                )
        found = {column: self._member_of(column) for column in header}
        if not any(found.values()):
            raise CommandError(
                f"{name}: row 1: none of the columns is known ({', '.join(header)}); is the "
                f"header row missing? The fields are {', '.join(MEMBERS)}; use --map"
            )
        for column, member in found.items():
            if member is None and column not in self._ignored:
                raise CommandError(
                    f"{name}: column {column!r} is not mapped; give --map FIELD={column} with "
                    f"one of {', '.join(MEMBERS)}, or --ignore {column}"
                )
        members = [each for each in found.values() if each is not None]
        if twice := {member for member in members if members.count(member) > 1}:
            raise CommandError(f"{name}: two columns map to {twice.pop()}; --ignore one of them")
        for needed in REQUIRED:
            if needed not in members:
                raise CommandError(
                    f"{name}: there is no column for {needed}; say which it is with "
                    f"--map {needed}=COLUMN"
                )

    def _member_of(self, column: str) -> str | None:
        if column in self._ignored:
            return None
        if column in self._member:
            return self._member[column]
        plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.strip())
        plain = re.sub(r"[\s-]+", "_", plain).lower()
        # A member whose column was named is not looked for elsewhere.
        return plain if plain in MEMBERS and plain not in self._member.values() else None

    def read(self, row: TableRow) -> tuple[UpsertRow, str] | list[Problem]:
        """The customer and its key; or everything that is wrong with the row."""
        found = self._documented(row) if self._is_documented(row) else self._flat(row)
        if isinstance(found, list):
            return found
        try:
            return found, prepared(found).key
        except PlainInputError as error:
            problems = [
                Problem(row.number, self._column_of(problem.path, row), f"{problem.message}")
                for problem in error.problems
            ]
            # One cell may be two members of the input.
            return list(dict.fromkeys(problems))

    def _is_documented(self, row: TableRow) -> bool:
        """Whether a row of JSON has the form that Plain documents."""
        content: object = row.values.get("identifier", row.values.get("input"))
        return self._table.columns is None and isinstance(content, dict)

    def _column_of(self, path: str, row: TableRow) -> str:
        """The column that a part of the input came from."""
        if self._is_documented(row):
            return path
        parts = path.replace("email_address", "email").split(".")
        member = next((part for part in reversed(parts) if part in MEMBERS), path)
        return self.column_of(member, row)

    def column_of(self, member: str, row: TableRow) -> str:
        """The row's column for a member of a customer; the member itself when it has none."""
        return next((c for c in row.values if self._member_of(c) == member), member)

    def _documented(self, row: TableRow) -> UpsertRow | list[Problem]:
        values = {k: v for k, v in row.values.items() if k not in ERROR_COLUMNS}
        try:
            parts = DocumentedRow(upsert_parts(values, self._table.name))
        except CommandError as error:
            return [Problem(row.number, None, str(error).removeprefix(f"{self._table.name}: "))]
        parts.source = row
        return cast("UpsertParts", parts)

    def _flat(self, row: TableRow) -> FileRow | list[Problem]:
        members: dict[str, Any] = {}
        problems: list[Problem] = []
        for column, value in row.values.items():
            member = self._member_of(column)
            if member is None:
                if column not in self._ignored:
                    way_out = f"is not mapped; give --map FIELD={column}, or --ignore {column}"
                    problems.append(Problem(row.number, column, way_out))
                continue
            if member in members:
                problems.append(Problem(row.number, column, f"is {member}, like another column"))
            made = _value(member, value, text_only=self._table.columns is not None)
            if isinstance(made, _Bad):
                problems.append(Problem(row.number, column, made.message))
                members[member] = None
            elif made is not _ABSENT:
                members[member] = made
        for member in REQUIRED:
            if member not in members:
                column = self.column_of(member, row)
                problems.append(Problem(row.number, column, f"is missing; {member} is required"))
        return problems or FileRow(**members, source=row)


@dataclass(frozen=True)
class _Bad:
    message: str


_ABSENT: Final = object()


def _value(member: str, value: object, *, text_only: bool) -> object:
    """A member of a customer from a cell; `_ABSENT` when the cell says nothing."""
    if isinstance(value, str) and len(value) > LARGEST_CELL:
        return _Bad(f"has {len(value)} characters; the limit is {LARGEST_CELL}")
    if value is None and member == "short_name":
        return None
    if value is None or value == "":
        return _ABSENT
    if member == "is_verified":
        known = value if isinstance(value, bool) else _BOOLEANS.get(str(value).strip().lower())
        return _Bad(f"must be true or false, not {_shown(value)}") if known is None else known
    if member in _LISTS:
        if isinstance(value, str) and text_only:
            return tuple(part.strip() for part in value.split(";") if part.strip())
        if _texts(value):
            return tuple(cast("list[str]", value))
        return _Bad(f"must be a list of strings, not {_shown(value)}")
    if member == "external_id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return _Bad(f"must be text, not {_shown(value)}")
    if member == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+", value.strip()):
        return _Bad(f"{_shown(value)} is not an email address")
    strip = member == "email" or (member == "external_id" and text_only)
    return value.strip() if strip else value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def source_of(row: UpsertRow) -> TableRow:
    """The row of the file that a customer came from."""
    source = row.source if isinstance(row, FileRow | DocumentedRow) else None
    assert source is not None
    return source


def original(row: UpsertRow) -> Mapping[str, Any]:
    """The row as the file has it, without what a file of refused rows added."""
    values = source_of(row).values
    return {column: value for column, value in values.items() if column not in ERROR_COLUMNS}


class Uniqueness:
    """Finds rows that mean the same customer, in bounded memory."""

    def __init__(self) -> None:
        import sqlite3

        # An empty name is a file of SQLite's own, gone when it is closed.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("pragma synchronous = off")
        self._db.execute(
            "create table met (kind, value, row, primary key (kind, value)) without rowid"
        )
        self._db.execute("begin")

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def problem(self, row: UpsertRow, key: str) -> tuple[str, str] | None:
        """The member that the row has in common with an earlier one, and what is wrong."""
        number = source_of(row).number
        kind, _, value = key.partition(":")
        earlier = self._met("key", key, number)
        if earlier is not None:
            return kind, f"{value!r} is already in row {earlier}; keep one"
        if isinstance(row, CustomerRow):
            earlier = self._met("email", email_key(row.email), number)
            if earlier is not None:
                return "email", (
                    f"{row.email!r} is in row {earlier} under another external id; "
                    "two customers cannot share an email"
                )
        return None

    def _met(self, kind: str, value: str, row: int) -> int | None:
        found = self._db.execute(
            "select row from met where kind = ? and value = ?", [kind, value]
        ).fetchone()
        if found is not None:
            return int(found[0])
        self._db.execute("insert into met values (?, ?, ?)", [kind, value, row])
        return None
