"""Rows of JSON: an array, a line an object, or objects one behind the other."""

import json
from collections.abc import Iterator
from typing import IO, Any, Final, cast

from .rows import LARGEST_CELL, TableRow

_CHUNK: Final = 1 << 16
_LONGEST: Final = 16 * LARGEST_CELL
_SPACE: Final = " \t\r\n\ufeff"


class JSONFault(Exception):
    """The text is no rows of JSON; with the number of the row."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


def json_lines(stream: IO[str]) -> Iterator[TableRow]:
    """A row for each line; a line that is no object is one broken row."""
    for number, line in enumerate(stream, 1):
        if not line.strip(_SPACE):
            continue
        yield _read(number, line)


def _read(number: int, line: str) -> TableRow:
    if len(line) > _LONGEST:
        return TableRow(number, {}, 0, f"is longer than {_LONGEST} characters")
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        return TableRow(number, {}, 0, f"column {error.colno}: is not JSON: {error.msg}")
    except (ValueError, RecursionError) as error:
        return TableRow(number, {}, 0, f"cannot be used: {error}")
    return _row(number, content)


def _row(number: int, content: object) -> TableRow:
    if not isinstance(content, dict):
        return TableRow(number, {}, 0, f"must be a JSON object, not {type(content).__name__}")
    return TableRow(number, cast("dict[str, Any]", content))


def json_array(stream: IO[str]) -> Iterator[TableRow]:
    """The objects of an array."""
    text = _Buffer(stream)
    if text.peek() != "[":
        raise JSONFault(0, "must be a JSON array of objects")
    text.skip()
    number = 0
    if text.peek() == "]":
        text.skip()
    else:
        while True:
            number += 1
            yield _row(number, _value(text, number))
            end = text.peek()
            if end not in (",", "]"):
                raise JSONFault(number, "is not followed by a comma or the end of the array")
            text.skip()
            if end == "]":
                break
    if text.peek():
        raise JSONFault(number, "is followed by more text after the array")


def json_objects(stream: IO[str]) -> Iterator[TableRow]:
    """Objects one behind the other, however they are laid out."""
    text = _Buffer(stream)
    number = 0
    while text.peek():
        number += 1
        yield _row(number, _value(text, number))
        if text.peek() == ",":
            text.skip()


def wrapped(content: object) -> list[dict[str, Any]] | None:
    """The rows within an object, as APIs give them: `{"customers": [...]}`."""
    if not isinstance(content, dict):
        return None
    members = cast("dict[str, object]", content)
    lists = [
        cast("list[dict[str, Any]]", value)
        for value in members.values()
        if isinstance(value, list)
        and value
        and all(isinstance(each, dict) for each in cast("list[object]", value))
    ]
    if len(lists) == 1 and not any("email" in name.lower() for name in members):
        return lists[0]
    return None


def is_objects_not_lines(start: str) -> bool:
    """Whether the text, by its start, is objects of several lines."""
    first = start.lstrip(_SPACE).split("\n", 1)[0]
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        try:
            json.JSONDecoder().raw_decode(start.lstrip(_SPACE))
        except json.JSONDecodeError as error:
            # An object that the start cuts off is no line either, if it has line ends in it.
            return "\n" in start.strip() and error.pos > len(first)
        except (ValueError, RecursionError):
            return False
        return True
    return False


def _value(text: "_Buffer", number: int) -> object:
    try:
        return text.value()
    except (ValueError, RecursionError) as error:
        message = error.msg if isinstance(error, json.JSONDecodeError) else error
        raise JSONFault(number, f"is not JSON: {message}") from None


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
                if len(self._text) > _LONGEST or not self._more():
                    raise
            else:
                self._text = self._text[end:]
                return value

    def _more(self) -> bool:
        more = self._stream.read(max(_CHUNK, len(self._text)))
        self._text += more
        return bool(more)
