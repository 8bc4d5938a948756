"""What a failed attempt means, and whether and when there is another. Pure functions.

A retry library would decide the same from a callback, but it would own the loop in which
the quota, the deadline and the outcome of a request that may have arrived are decided too;
so the loop is the choke point's, and the decisions are here.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .. import _defaults as defaults
from .._errors import (
    PlainAPIError,
    PlainError,
    PlainMutationError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
)


class Effect(enum.Enum):
    """What a failed request may have done at Plain."""

    NONE = "it was certainly not carried out"
    UNKNOWN = "it may have been carried out"
    REFUSED = "Plain answered that it failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed: with which error, to what effect, and whether it may pass."""

    error: PlainError
    effect: Effect
    passing: bool
    """Whether trying again can help."""
    retry_after: float | None = None
    """Seconds that the server asks to wait."""


@dataclass(frozen=True)
class RetryEvent:
    """A request is about to be sent again."""

    operation: str
    """The operation's name in GraphQL."""
    attempt: int
    """How many times the request was sent so far."""
    delay: float
    """Seconds until it is sent again; waiting for quota comes on top."""
    error: PlainError
    """Why it is sent again."""


def answered(error: PlainError, headers: Mapping[str, str]) -> Failure:
    """The failure behind an answer that came whole."""
    match error:
        case PlainRateLimitError():
            # A limited request was never processed, so this holds for mutations too.
            return Failure(error, Effect.NONE, True, retry_after(headers))
        case PlainServerError():
            return Failure(error, Effect.UNKNOWN, True, retry_after(headers))
        case PlainMutationError(type="INTERNAL"):
            return Failure(error, Effect.REFUSED, True)
        case PlainStatusError(status_code=408):
            return Failure(error, Effect.UNKNOWN, True, retry_after(headers))
        case PlainResponseError(is_readable=False):
            return Failure(error, Effect.UNKNOWN, True)
        case PlainAPIError():
            return Failure(error, Effect.REFUSED, False)
        case _:
            return Failure(error, Effect.UNKNOWN, False)


def unanswered(error: PlainError, *, maybe_received: bool) -> Failure:
    """The failure behind a connection that broke."""
    return Failure(error, Effect.UNKNOWN if maybe_received else Effect.NONE, True)


def may_repeat(failure: Failure, *, repeatable: bool) -> bool:
    """Whether sending the request again can help and can do no harm."""
    return failure.passing and (repeatable or failure.effect is Effect.NONE)


def backoff(attempt: int, jitter: float) -> float:
    """Seconds to wait behind the attempt (from 1): full jitter, growing twofold up to a cap.

    `jitter` is a random number from 0 to 1.
    """
    return jitter * min(defaults.BACKOFF_CAP, defaults.BACKOFF_BASE * 2.0 ** min(attempt - 1, 64))


def delay(failure: Failure, attempt: int, jitter: float) -> float:
    """Seconds to wait behind the attempt; never less than what the server asks for."""
    own = backoff(attempt, jitter)
    if failure.retry_after is None:
        return own
    # Many callers get the same answer; jitter keeps them from coming back all at once.
    return failure.retry_after + min(own, 1.0)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, in either of its forms; None when it is unusable.

    A date counts from the answer's own `Date`, so that clocks need not agree.
    """
    text = (headers.get("retry-after") or "").strip()
    if not text:
        return None
    try:
        seconds = float(text) if text[0].isdigit() else _until(text, headers.get("date"))
    except (ValueError, OverflowError, TypeError):
        return None
    return max(0.0, seconds) if seconds < float("inf") else None


def _until(text: str, now: str | None) -> float:
    start = parsedate_to_datetime(now) if now else datetime.now(UTC)
    end = parsedate_to_datetime(text)
    return (end - start).total_seconds()
