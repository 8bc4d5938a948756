"""The command that sends a file, found by looking at it and trying."""

import argparse
import contextlib
import itertools
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, cast

from ..._exit import OK, CommandError
from .._check import check
from .._output import Output
from .._unique import Uniqueness
from ..mapping.cells import BOOLEANS, NO_VALUES
from ..mapping.columns import ERROR_COLUMNS, Columns
from ..mapping.expression import Expression, is_empty, looked_up, parsed
from ..mapping.settings import ColumnMap
from ..reading.rows import TableRow
from ..reading.table import Table
from .exports import (
    EMAILS,
    IDS,
    NAMES,
    VERIFIED,
    first_and_last,
    first_of,
    plain_name,
    tool_of,
)

_SAMPLE: Final = 1000
_TITLES: Final = 10
"""How many rows above the header are looked behind."""
_EMAIL: Final = re.compile(r"(?:mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")


def suggest(arguments: argparse.Namespace, mapping: ColumnMap, output: Output) -> int:
    """Print the command, or write the mapping to a file."""
    options: list[str] = []
    with _readable(arguments, options) as table:
        found = _Found(table, mapping)
        notes = found.look()
        if not found.trial():
            options.append("--skip-invalid")
    for note in notes:
        output.result(f"# {note}")
    if arguments.save_mapping is not None:
        mapping.save(arguments.save_mapping)
        words = ["--mapping", str(arguments.save_mapping)]
    else:
        words = _words(mapping)
    words = ["plain-sdk", "sync", arguments.file, *_given(arguments), *options, *words]
    command = " ".join(shlex.quote(word) for word in words)
    output.result(command)
    output.event(event="suggestion", command=words, tool=found.tool)
    return OK


def _given(arguments: argparse.Namespace) -> list[str]:
    """What was said of the file, and of the sync, already."""
    words: list[str] = []
    for name in ("format", "delimiter", "sheet", "checkpoint", "refused"):
        value = getattr(arguments, name)
        if value is not None:
            words += [f"--{name}", str(value)]
    if arguments.on_conflict != "raise":
        words += ["--on-conflict", arguments.on_conflict]
    return words


def _words(mapping: ColumnMap) -> list[str]:
    words: list[str] = []
    for member, expression in mapping.columns.items():
        words += ["--map", f"{member}={expression}"]
    for option, given in (
        ("--where", mapping.where),
        ("--null", sorted(mapping.nulls)),
        ("--literal", sorted(mapping.literal)),
        ("--ignore", sorted(mapping.ignored)),
    ):
        for each in given:
            words += [f"{option}={each}"] if each.startswith("-") else [option, each]
    return [*words, "--ignore-rest"] if mapping.ignore_rest else words


def _readable(arguments: argparse.Namespace, options: list[str]) -> Table:
    """The table; with the encoding and the header's place that make sense of it."""
    encoding: str | None = arguments.encoding
    while True:
        try:
            table = _table(arguments, encoding, arguments.skip_rows)
            for _ in itertools.islice(table.rows(), _SAMPLE):
                pass
        except CommandError as error:
            if encoding is not None or "is not UTF-8 text" not in str(error):
                raise
            encoding = "cp1252"
            continue
        break
    if encoding is not None:
        options += ["--encoding", encoding]
    skip = arguments.skip_rows
    if table.format == "csv" and _email_column(table, []) is None:
        for more in range(1, _TITLES + 1):
            with (
                contextlib.suppress(CommandError),
                _table(arguments, encoding, skip + more) as other,
            ):
                if first_of(EMAILS, other.shown_columns()) is not None:
                    table.__exit__(None, None, None)
                    options += ["--skip-rows", str(skip + more)]
                    return _table(arguments, encoding, skip + more)
    if skip:
        options += ["--skip-rows", str(skip)]
    return table


def _table(arguments: argparse.Namespace, encoding: str | None, skip_rows: int) -> Table:
    return Table(
        arguments.file, format=arguments.format, delimiter=arguments.delimiter,
        encoding=encoding, skip_rows=skip_rows, sheet=arguments.sheet,
    )  # fmt: skip


def _email_column(table: Table, sample: list[TableRow]) -> str | None:
    columns = table.shown_columns() if table.columns is not None else _json_columns(sample)
    found = first_of(EMAILS, columns)
    if found is not None:
        return found
    rows = sample or list(itertools.islice(table.rows(), 100))
    for column in columns:
        given = [text for row in rows if (text := str(looked_up(row.values, column) or "").strip())]
        if given and sum(bool(_EMAIL.fullmatch(text)) for text in given) * 2 > len(given):
            return column
    return None


def _json_columns(sample: list[TableRow]) -> list[str]:
    """The members of the objects, and the paths into those within."""
    found: dict[str, None] = {}

    def collect(values: dict[str, Any], before: str) -> None:
        for name, value in values.items():
            path = f"{before}{name}"
            if isinstance(value, dict) and path.count(".") < 3:
                collect(cast("dict[str, Any]", value), f"{path}.")
            else:
                found.setdefault(path)

    for row in sample:
        collect(row.values, "")
    return list(found)


class _Found:
    """What a file's columns mean, put into a mapping."""

    def __init__(self, table: Table, mapping: ColumnMap) -> None:
        self._table = table
        self._mapping = mapping
        self._sample = [row for row in itertools.islice(table.rows(), _SAMPLE) if row.fault is None]
        is_csv = table.columns is not None
        every = table.shown_columns() if is_csv else _json_columns(self._sample)
        self._columns = [column for column in every if column not in ERROR_COLUMNS]
        self.tool = tool_of([column.split(".")[0] for column in self._columns])

    def look(self) -> list[str]:
        """Fill the mapping; what to tell besides."""
        notes = [f"looks like an export of {self.tool}"] if self.tool else []
        if self._is_documented():
            return [*notes, "rows in the form that Plain documents"]
        self._filter()
        email = self._mapped("email") or _email_column(self._table, self._sample)
        if email is None:
            raise CommandError(
                f"{self._table.name}: no column looks like an email; the columns are "
                f"{', '.join(self._columns)}. Say which it is with --map email=COLUMN"
            )
        self._map("email", email)
        self._map_name(email)
        self._map_id(email)
        self._map_verified()
        self._find_nulls()
        used = {column for each in self._expressions().values() for column in each.columns}
        used |= {each.partition("!=")[0].partition("=")[0] for each in self._mapping.where}
        tops = {column.split(".")[0] for column in used} | used | self._mapping.ignored
        rest = [c for c in self._columns if c not in used and c.split(".")[0] not in tops]
        rest += [
            c for c in self._columns if c.split(".")[0] in tops and c not in used and "." not in c
        ]
        if rest:
            self._mapping.ignore_rest = True
            shown = ", ".join(rest[:12]) + (", ..." if len(rest) > 12 else "")
            notes.append(f"not sent: {shown}")
        return notes

    def trial(self) -> bool:
        """Whether every row is good with that."""
        columns = Columns(self._table, self._mapping)
        try:
            with contextlib.closing(Uniqueness()) as unique:
                check(
                    self._table, columns, unique, skip_invalid=False, told=lambda rows, part: None
                )
        except CommandError:
            return False
        return True

    def _is_documented(self) -> bool:
        return self._table.columns is None and any(
            isinstance(row.values.get("identifier", row.values.get("input")), dict)
            for row in self._sample
        )

    def _mapped(self, member: str) -> str | None:
        return self._mapping.columns.get(member)

    def _expressions(self) -> dict[str, Expression]:
        header = self._table.columns
        made = {
            member: parsed(text, header, may_be_true=member == "is_verified")
            for member, text in self._mapping.columns.items()
        }
        # Columns that have a field's own name need no word.
        from ..mapping.settings import MEMBERS

        for column in self._columns:
            plain = re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)).lower()
            if plain in MEMBERS and plain not in made:
                made[plain] = parsed(column, [column])
        return made

    def _map(self, member: str, column: str) -> None:
        if member not in self._expressions():
            self._mapping.columns[member] = column

    def _filter(self) -> None:
        """Of events, take those that tell who somebody is."""
        kinds = Counter(str(row.values.get("type")) for row in self._sample)
        if "identify" in kinds and len(kinds) > 1 and not self._mapping.where:
            self._mapping.where.append("type=identify")
            wanted = [row for row in self._sample if row.values.get("type") == "identify"]
            self._sample = wanted
            if self._table.columns is None:
                self._columns = _json_columns(wanted)

    def _map_name(self, email: str) -> None:
        given = self._expressions().get("full_name")
        if given is not None:
            if "full_name" not in self._mapping.columns and self._lacks(given):
                self._mapping.columns["full_name"] = _or_email(given.columns, email)
            return
        whole = first_of(NAMES, [c for c in self._columns if c != email])
        parts = first_and_last(self._columns)
        if parts is not None and (whole is None or plain_name(whole) in ("name", "username")):
            names = f"{{{parts[0]}}} {{{parts[1]}}}"
            lacks = self._lacks(parsed(names, self._table.columns))
            self._mapping.columns["full_name"] = f"{names} || {{{email}}}" if lacks else names
        elif whole is not None:
            lacks = self._lacks(parsed(whole, self._table.columns))
            self._mapping.columns["full_name"] = _or_email([whole], email) if lacks else whole
        else:
            self._mapping.columns["full_name"] = email

    def _lacks(self, expression: Expression) -> bool:
        return any(
            is_empty(found := expression.value(row.values)) or str(found).strip() in NO_VALUES
            for row in self._sample
        )

    def _map_id(self, email: str) -> None:
        if "external_id" in self._expressions():
            return
        found = first_of(IDS, [column for column in self._columns if column != email])
        if found is None:
            return
        given = [v for row in self._sample if not is_empty(v := looked_up(row.values, found))]
        if given and len({str(value) for value in given}) == len(given):
            self._mapping.columns["external_id"] = found

    def _map_verified(self) -> None:
        if "is_verified" in self._expressions():
            return
        found = first_of(VERIFIED, self._columns)
        if found is None:
            return
        given = [v for row in self._sample if not is_empty(v := looked_up(row.values, found))]
        if given and all(isinstance(v, bool) or str(v).strip().lower() in BOOLEANS for v in given):
            self._mapping.columns["is_verified"] = found
        elif given and all(_DATE.match(str(v)) for v in given):
            self._mapping.columns["is_verified"] = f"{{{found}:given}}"

    def _find_nulls(self) -> None:
        for value in self._cells():
            if isinstance(value, str) and value.strip() in NO_VALUES:
                self._mapping.nulls.add(value.strip())

    def _cells(self) -> Iterator[object]:
        columns = {c for each in self._expressions().values() for c in each.columns}
        for row in self._sample:
            for column in columns:
                yield looked_up(row.values, column)


def _or_email(columns: list[str], email: str) -> str:
    return f"{{{'|'.join([*columns, email])}}}"
