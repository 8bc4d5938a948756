"""Files of rows: CSV, JSON Lines, or a JSON array, read lazily and as often as needed."""

import csv
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Literal, Self, TypeAlias, cast, get_args

from .._exit import CommandError

TableFormat: TypeAlias = Literal["csv", "jsonl", "json"]
FORMATS: Final[tuple[TableFormat, ...]] = get_args(TableFormat)

LARGEST_CELL: Final = 1_000_000
"""Characters. More is no customer's data, but a quote that was left open."""

_SUFFIXES: Final[dict[str, TableFormat]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
_CHUNK: Final = 1 << 16
_SPACE: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row as the file has it."""

    number: int
    """As an editor or a spreadsheet counts: from 1, a CSV file's header included."""
    values: dict[str, Any]
    """By column: text in CSV, any JSON value else."""


class Table:
    """An open file of rows.

    A file that cannot be read twice, like standard input, is copied to a temporary one.
    """

    def __init__(
        self,
        file: str,
        *,
        format: TableFormat | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
    ) -> None:
        self.name = "standard input" if file == "-" else file
        # A byte-order mark, as spreadsheets write it, is no part of the first column's name.
        self.encoding = encoding or "utf-8-sig"
        try:
            "".encode(self.encoding)
        except (LookupError, UnicodeError):
            raise CommandError(f"--encoding: {encoding!r} is not an encoding") from None
        self._stream = _opened(file)
        try:
            self._begin(file, format, delimiter)
        except BaseException:
            self._stream.close()
            raise

    def _begin(self, file: str, format: TableFormat | None, delimiter: str | None) -> None:
        suffix = Path(file).suffix.lower()
        if self._stream.read(2) in (b"\xff\xfe", b"\xfe\xff") and "16" not in self.encoding:
            raise CommandError(f"{self.name}: is UTF-16 text; give --encoding utf-16")
        self._stream.seek(0)
        self.format: TableFormat = format or _SUFFIXES.get(suffix) or self._guessed()
        self._stream.seek(0)
        self._text = io.TextIOWrapper(self._stream, encoding=self.encoding, newline="")
        self.delimiter = delimiter or ("\t" if suffix == ".tsv" else ",")
        self.columns: list[str] | None = None
        """The header's columns; None for JSON."""
        if self.format == "csv":
            self.columns = self._header()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._text.close()

    def rows(self) -> Iterator[TableRow]:
        """Every row from the start; `CommandError` where the file is not what it should be."""
        read = {"csv": self._csv_rows, "jsonl": self._jsonl_rows, "json": self._json_rows}
        try:
            yield from read[self.format]()
        except UnicodeError as error:
            raise self._undecodable(error) from None

    def fault(self, number: int, message: str) -> CommandError:
        """An error about a row."""
        return CommandError(f"{self.name}: row {number}: {message}")

    def _undecodable(self, error: UnicodeError) -> CommandError:
        """The error for bytes that are no text, with their place."""
        way_out = "give the right one, like --encoding cp1252"
        if self.encoding in ("utf-8-sig", "utf-8"):
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

    def _guessed(self) -> TableFormat:
        start = self._stream.read(_CHUNK).lstrip(b"\xef\xbb\xbf \t\r\n")
        return {b"[": "json", b"{": "jsonl"}.get(start[:1], "csv")  # type: ignore[return-value]

    # CSV

    def _reader(self) -> "Iterator[list[str]]":
        csv.field_size_limit(16 * LARGEST_CELL)
        self._text.seek(0)
        try:
            return csv.reader(self._text, delimiter=self.delimiter, strict=True)
        except TypeError:
            raise CommandError(
                f"--delimiter must be one character, not {self.delimiter!r}"
            ) from None

    def _header(self) -> list[str]:
        try:
            header = [name.strip() for name in next(self._reader())]
        except StopIteration:
            raise CommandError(f"{self.name}: is empty; a header row is needed") from None
        except UnicodeError as error:
            raise self._undecodable(error) from None
        except csv.Error as error:
            raise self.fault(1, f"is not CSV: {error}") from None
        if not any(header):
            raise self.fault(1, "is empty; a header row is needed")
        for other, shown in ((";", ";"), ("\t", "tab"), ("|", "|")):
            if len(header) == 1 and other in header[0]:
                raise self.fault(
                    1, f"is one column, {header[0]!r}; is the delimiter {shown}? Give --delimiter"
                )
        for place, name in enumerate(header, 1):
            if not name:
                raise self.fault(1, f"column {place} has no name")
            if header.index(name) + 1 != place:
                raise self.fault(1, f"column {name!r} appears twice")
        return header

    def _csv_rows(self) -> Iterator[TableRow]:
        columns = cast("list[str]", self.columns)
        reader = self._reader()
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                why = "a cell is too long" if "field larger" in str(error) else str(error)
                raise self.fault(number, f"is not CSV: {why}; is a quote left open here?") from None
            if number == 1 or not cells:
                continue
            if len(cells) != len(columns):
                raise self.fault(
                    number, f"has {len(cells)} cells, but the header has {len(columns)} columns"
                )
            yield TableRow(number, dict(zip(columns, cells, strict=True)))

    # JSON

    def _jsonl_rows(self) -> Iterator[TableRow]:
        self._text.seek(0)
        for number, line in enumerate(self._text, 1):
            if not line.strip():
                continue
            if len(line) > 16 * LARGEST_CELL:
                raise self.fault(number, f"is longer than {16 * LARGEST_CELL} characters")
            try:
                content = json.loads(line)
            except json.JSONDecodeError as error:
                raise self.fault(
                    number, f"column {error.colno}: is not JSON: {error.msg}"
                ) from None
            except (ValueError, RecursionError) as error:
                raise self.fault(number, f"cannot be used: {error}") from None
            yield TableRow(number, self._object(number, content))

    def _json_rows(self) -> Iterator[TableRow]:
        self._text.seek(0)
        text = _Buffer(self._text)
        if text.peek() != "[":
            raise CommandError(f"{self.name}: must be a JSON array of objects")
        text.skip()
        number = 0
        if text.peek() == "]":
            text.skip()
        else:
            while True:
                number += 1
                try:
                    content = text.value()
                except (ValueError, RecursionError) as error:
                    message = error.msg if isinstance(error, json.JSONDecodeError) else error
                    raise self.fault(number, f"is not JSON: {message}") from None
                yield TableRow(number, self._object(number, content))
                end = text.peek()
                if end not in (",", "]"):
                    raise self.fault(number, "is not followed by a comma or the end of the array")
                text.skip()
                if end == "]":
                    break
        if text.peek():
            raise self.fault(number, "is followed by more text after the array")

    def _object(self, number: int, content: object) -> dict[str, Any]:
        if not isinstance(content, dict):
            raise self.fault(number, f"must be a JSON object, not {type(content).__name__}")
        return cast("dict[str, Any]", content)


class _Buffer:
    """JSON text that is read piece by piece."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._text = ""
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            self._text = self._text.lstrip(_SPACE)
            if self._text:
                return self._text[0]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Go behind that character."""
        self._text = self._text[1:]

    def value(self) -> object:
        """The next value, of which there is one; ValueError else."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text)
            except json.JSONDecodeError:
                # Cut off, or wrong. A wrong one is told by the end, or by its size.
                if len(self._text) > 16 * LARGEST_CELL or not self._more():
                    raise
            else:
                self._text = self._text[end:]
                return value

    def _more(self) -> bool:
        more = self._stream.read(max(_CHUNK, len(self._text)))
        self._text += more
        return bool(more)


def _opened(file: str) -> IO[bytes]:
    if file == "-":
        if sys.stdin is None:
            raise CommandError("-: standard input is closed")
        return _spooled(sys.stdin.buffer)
    path = Path(file)
    try:
        if path.is_dir():
            raise CommandError(f"{file}: is a directory; give a file of rows")
        stream = path.open("rb")
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    if stream.seekable():
        return stream
    with stream:
        return _spooled(stream)


def _spooled(stream: IO[bytes]) -> IO[bytes]:
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the table
    try:
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)
        copy.seek(0)
    except OSError as error:
        copy.close()
        raise CommandError(f"-: cannot be copied to a temporary file: {error.strerror}") from None
    return copy
