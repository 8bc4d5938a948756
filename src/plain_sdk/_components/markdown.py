"""The little Markdown that a text may have: bold, italic and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SPAN: Final = re.compile(
    r"""
    \[(?P<label>[^\[\]]{1,1000})\]\((?P<url>[^()\s]{1,2000})\)
  | (?P<stars>\*\*|__)(?=\S)(?P<bold>.{1,1000}?)(?<=\S)(?P=stars)
  | (?<![\w*])(?P<star>[*_])(?=[^\s*_])(?P<italic>.{1,1000}?)(?<=\S)(?P=star)(?![\w*])
    """,
    re.VERBOSE,
)
"""Bounded, so that a text full of stars takes no quadratic time."""


@dataclass(frozen=True)
class Span:
    """A piece of a text, and what it looks like."""

    text: str
    bold: bool = False
    italic: bool = False
    url: str | None = None


def spans(text: str, *, bold: bool = False, italic: bool = False) -> Iterator[Span]:
    """The pieces of a text, in their order."""
    place = 0
    for match in _SPAN.finditer(text):
        if match.start() > place:
            yield Span(text[place : match.start()], bold, italic)
        if match["label"]:
            yield Span(match["label"], bold, italic, match["url"])
        elif match["bold"]:
            yield from spans(match["bold"], bold=True, italic=italic)
        else:
            yield from spans(match["italic"], bold=bold, italic=True)
        place = match.end()
    if place < len(text):
        yield Span(text[place:], bold, italic)
