"""How a text file is written: its encoding, its delimiter, which row is the header."""

import re
from dataclasses import dataclass
from typing import Final

from ..._exit import CommandError

_NAMES: Final = {
    "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ",
    "colon": ":", "caret": "^", "tilde": "~",
}  # fmt: skip
_GUESSED: Final = (",", ";", "\t", "|")


def encoding_of(start: bytes, given: str | None, file: str) -> str:
    """The encoding: the one that was given, by a mark, by zero bytes, or UTF-8."""
    if given is not None:
        try:
            "".encode(given)
            return "utf-8-sig" if given.lower().replace("-", "") == "utf8" else given
        except (LookupError, UnicodeError):
            raise CommandError(f"--encoding: {given!r} is not an encoding") from None
    if start.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    half = max(1, len(start) // 2)
    even, odd = start[0::2].count(0) / half, start[1::2].count(0) / half
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    if b"\0" in start and max(even, odd) > 0.01:
        raise CommandError(f"{file}: is not text; give a CSV, JSON or Excel file")
    # A byte-order mark, as spreadsheets write it, is no part of the first column's name.
    return "utf-8-sig"


def delimiter_of(given: str) -> str:
    """A delimiter by its name, or as it is."""
    found = _NAMES.get(given.lower(), given)
    if len(found) != 1:
        raise CommandError(
            f"--delimiter must be one character, or one of {', '.join(_NAMES)}; not {given!r}"
        )
    return found


@dataclass(frozen=True)
class Start:
    """What stands before the rows of a CSV file."""

    delimiter: str
    skipped_lines: int
    """Lines to pass over."""
    uncounted_lines: int
    """Of these, those that spreadsheets do not show."""


def start_of(text: str, given: str | None, skip_rows: int, *, is_tsv: bool) -> Start:
    """How a CSV file starts, by its first lines."""
    lines = text.lstrip("\ufeff").splitlines()
    uncounted = 0
    told: str | None = None
    mark = re.fullmatch(r"\"?sep=(.)\"?[,;]*", lines[0].strip("\ufeff \t"), re.I) if lines else None
    if lines and lines[0].lower().strip() == "sep=":
        told, uncounted = "\t", 1
    elif mark is not None:
        told, uncounted = mark[1], 1
    delimiter = delimiter_of(given) if given is not None else told
    if delimiter is None:
        header = lines[uncounted + skip_rows] if len(lines) > uncounted + skip_rows else ""
        delimiter = guessed(header, default="\t" if is_tsv else ",")
    return Start(delimiter, uncounted + skip_rows, uncounted)


def guessed(header: str, default: str) -> str:
    """The delimiter of a header row: the one that makes most columns of it."""
    unquoted = re.sub(r'"[^"]*"', "", header)
    counts = {each: unquoted.count(each) for each in (default, *_GUESSED) if each}
    return max(counts, key=lambda each: counts[each]) if any(counts.values()) else default


def named(header: list[str], rows: list[list[str]], where: str) -> list[str]:
    """The columns of a header; those without a name get one that nobody maps.

    A column of row numbers that the header leaves out, as R writes it, is put in front.
    """
    if rows and all(len(row) == len(header) + 1 for row in rows):
        numbers = [row[0] for row in rows]
        if numbers == [str(n) for n in range(1, len(rows) + 1)] and all(r[-1] for r in rows):
            header = ["", *header]
    columns: list[str] = []
    for place, name in enumerate(header, 1):
        name = name.strip().strip("\ufeff")
        if not name:
            name = f"{UNNAMED}{place}"
        if name in columns:
            raise CommandError(f"{where}: column {name!r} appears twice")
        columns.append(name)
    return columns


UNNAMED: Final = "column without a name "
"""What a column without a name is called, with its place."""
