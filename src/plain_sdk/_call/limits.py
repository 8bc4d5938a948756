"""What the headers of a response say of the quota, and of when to come back. Read here only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_DIGITS: Final = 12
"""A count with more digits than this is no count."""
_LONGEST_WAIT: Final = 120.0
"""Seconds: no request to wait is honoured for longer, lest one response stop everything."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The quota headers and `Retry-After`; None where a header is missing or unusable."""

    limit: int | None = None
    """Requests per window."""
    remaining: int | None = None
    """Requests that are left in the window."""
    reset: float | None = None
    """When the window ends: seconds since the epoch, by the server's clock."""
    reset_at: str | None = None
    """The same, as the server wrote it."""
    retry_after: float | None = None
    """Seconds that the server asks to wait, as far as that is honoured: two minutes at most."""


def limits_of(headers: Mapping[str, str]) -> Limits:
    """The limits that the headers of a response tell."""
    reset_at = headers.get("x-ratelimit-reset")
    if reset_at is None and "retry-after" not in headers:
        return _NOTHING
    return Limits(
        limit=_count(headers.get("x-ratelimit-limit")),
        remaining=_count(headers.get("x-ratelimit-remaining")),
        reset=None if reset_at is None else _epoch(reset_at),
        reset_at=reset_at,
        retry_after=_seconds(headers.get("retry-after"), headers.get("date")),
    )


_NOTHING: Final = Limits()


def _count(text: str | None) -> int | None:
    usable = text is not None and len(text) <= _DIGITS and text.isascii() and text.isdigit()
    return int(text) if usable and text is not None else None


def _epoch(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _seconds(text: str | None, date: str | None) -> float | None:
    """Seconds that `Retry-After` asks for, in either of its forms.

    A date counts from the response's own `Date`, so that clocks need not agree.
    """
    text = (text or "").strip()
    if not text:
        return None
    try:
        seconds = float(text) if _SECONDS.fullmatch(text) else _until(text, date)
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT) if seconds < float("inf") else None


def _until(text: str, now: str | None) -> float:
    start = parsedate_to_datetime(now) if now else datetime.now(UTC)
    end = parsedate_to_datetime(text)
    return (end - start).total_seconds()
