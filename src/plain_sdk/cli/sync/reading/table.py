"""An open file of rows: CSV, JSON Lines, or JSON, read lazily and as often as needed."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, TypeAlias, cast, get_args

from ..._exit import CommandError
from .csv_rows import Lines, csv_records, csv_rows
from .dialect import UNNAMED, encoding_of, guessed, named, start_of
from .json_rows import (
    JSONFault,
    is_objects_not_lines,
    json_array,
    json_lines,
    json_objects,
    wrapped,
)
from .opening import opened
from .rows import TableRow, row_name

TableFormat: TypeAlias = Literal["csv", "jsonl", "json"]
FORMATS: Final[tuple[TableFormat, ...]] = get_args(TableFormat)

_SUFFIXES: Final[dict[str, TableFormat]] = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
_CHUNK: Final = 1 << 16
_LOOKED_AT: Final = 20


class Table:
    """An open file of rows, of which the table has a copy of its own."""

    def __init__(
        self,
        file: str,
        *,
        format: TableFormat | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        skip_rows: int = 0,
        sheet: str | None = None,
    ) -> None:
        self.name = "standard input" if file == "-" else file
        self._stream, name = opened(file, sheet)
        try:
            self._stream.seek(0)
            self.encoding = encoding_of(self._stream.read(_CHUNK), encoding, self.name)
            self.size = self._stream.seek(0, io.SEEK_END)
            """Bytes."""
            self._stream.seek(0)
            self._text = io.TextIOWrapper(self._stream, encoding=self.encoding, newline="")
            suffix = Path(name).suffix.lower()
            self.suffix = suffix
            """Of the file's name, without `.gz` and the like."""
            self.is_unpacked = name != file
            start = self._start()
            self.format: TableFormat = format or _SUFFIXES.get(suffix) or _guessed_format(start)
            self._objects = False
            self.delimiter = ","
            self.columns: list[str] | None = None
            """The header's columns; None for JSON."""
            if self.format == "csv":
                self._begin_csv(start, delimiter, skip_rows, is_tsv=suffix in (".tsv", ".tab"))
            elif self.format == "jsonl":
                self._objects = is_objects_not_lines(start)
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._text.close()

    @property
    def read_part(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        try:
            return min(1.0, self._stream.tell() / max(1, self.size))
        except (OSError, ValueError):
            return 0.0

    def rows(self) -> Iterator[TableRow]:
        """Every row from the start; `CommandError` where the file is not what it should be."""
        try:
            self._text.seek(0)
            if self.format == "csv":
                yield from self._csv_rows()
            elif self.format == "json":
                yield from self._json_rows()
            elif self._objects:
                yield from json_objects(self._text)
            else:
                yield from json_lines(self._text)
        except UnicodeError as error:
            raise self._undecodable(error) from None
        except JSONFault as fault:
            where = f"{row_name(fault.number, 0)}: " if fault.number else ""
            raise CommandError(f"{self.name}: {where}{fault}") from None

    def _json_rows(self) -> Iterator[TableRow]:
        first = self._start().lstrip()[:1]
        self._text.seek(0)
        if first == "[" or first != "{":
            yield from json_array(self._text)
            return
        rows = json_objects(self._text)
        one = list(itertools.islice(rows, 2))
        held = wrapped(one[0].values) if len(one) == 1 else None
        if held is None:
            yield from one
            yield from rows
        else:
            for number, content in enumerate(held, 1):
                yield TableRow(number, content)

    def _start(self) -> str:
        self._text.seek(0)
        try:
            return self._text.read(_CHUNK)
        except UnicodeError as error:
            raise self._undecodable(error) from None

    def _undecodable(self, error: UnicodeError) -> CommandError:
        """The error for bytes that are no text, with their place."""
        way_out = "give the right one, like --encoding cp1252"
        if self.encoding == "utf-8-sig":
            # The decoder sees pieces of the file; its lines say where the bad one is.
            self._stream.seek(0)
            for number, line in enumerate(self._stream, 1):
                try:
                    line.decode()
                except UnicodeDecodeError as bad:
                    byte = f"byte 0x{line[bad.start]:02x}"
                    return CommandError(
                        f"{self.name}: line {number}: is not UTF-8 text ({byte}); {way_out}"
                    )
        return CommandError(f"{self.name}: is not {self.encoding} text: {error}; {way_out}")

    def _begin_csv(
        self, start: str, delimiter: str | None, skip_rows: int, *, is_tsv: bool
    ) -> None:
        self._begins = start_of(start, delimiter, skip_rows, is_tsv=is_tsv)
        self.delimiter = self._begins.delimiter
        self._header_number = skip_rows + 1
        lines = self._lines()
        records = csv_records(lines, self.delimiter, None)
        where = f"{self.name}: {row_name(self._header_number, self._begins.skipped_lines + 1)}"
        try:
            header, _, fault, _ = next(records)
        except StopIteration:
            raise CommandError(f"{self.name}: is empty; a header row is needed") from None
        except UnicodeError as error:
            raise self._undecodable(error) from None
        if fault is not None:
            raise CommandError(f"{where}: {fault}")
        if not any(name.strip() for name in header):
            raise CommandError(f"{where}: is empty; a header row is needed")
        if len(header) == 1 and (other := guessed(header[0], "")) and delimiter is not None:
            raise CommandError(
                f"{where}: is one column, {header[0]!r}; is the delimiter "
                f"{'tab' if other == chr(9) else other}? Give --delimiter"
            )
        try:
            looked_at = [cells for cells, _, _, _ in itertools.islice(records, _LOOKED_AT)]
        except UnicodeError as error:
            raise self._undecodable(error) from None
        self.columns = named(header, [cells for cells in looked_at if cells], where)

    def _lines(self) -> Lines:
        self._text.seek(0)
        lines = Lines(iter(self._text))
        for _ in range(self._begins.skipped_lines):
            if next(lines, None) is None:
                break
        lines.settle()
        return lines

    def _csv_rows(self) -> Iterator[TableRow]:
        lines = self._lines()
        next(csv_records(lines, self.delimiter, None))
        lines.settle()
        columns = cast("list[str]", self.columns)
        yield from csv_rows(lines, self.delimiter, columns, self._header_number)

    def shown_columns(self) -> list[str]:
        """The header's columns that have a name."""
        return [name for name in self.columns or [] if not name.startswith(UNNAMED)]


def _guessed_format(start: str) -> TableFormat:
    first = start.lstrip("\ufeff \t\r\n")[:1]
    if first == "[":
        return "json"
    if first != "{":
        return "csv"
    one_object = start.rstrip().endswith("}") and "\n" not in start.strip()
    return "json" if one_object or is_objects_not_lines(start) else "jsonl"
