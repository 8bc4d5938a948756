"""Headers, in whatever form a framework has them."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
"""The headers of a request: a mapping with names in any case, CGI's `HTTP_...` included, or pairs
of text or bytes, as in ASGI's scope."""


def header(headers: Headers, name: str) -> str | None:
    """The value of a header; None where it is absent. The first one counts."""
    wanted = name.lower()
    items = getattr(headers, "items", None)
    # Not every framework's headers are a Mapping, and iterating over some gives pairs.
    pairs = items() if callable(items) else headers
    for given, value in cast("Iterable[tuple[object, object]]", pairs):
        if _text(given).lower().replace("_", "-").removeprefix("http-") == wanted:
            if isinstance(value, list | tuple):
                value = next(iter(cast("Iterable[object]", value)), "")
            return _text(value).strip()
    return None


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
