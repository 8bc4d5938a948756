"""What a failed attempt means, and whether and when there is another. Pure functions.

A retry library would decide the same from a callback, but it would own the loop in which
the quota, the deadline and the outcome of a request that may have arrived are decided too;
so the loop is the choke point's, and the decisions are here.
"""

import enum
from dataclasses import dataclass

from .. import _defaults as defaults
from .._errors import (
    MutationOutcome,
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
    CARRIED_OUT = "it was carried out, and only its result did not come"


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt that failed: with which error, to what effect, and whether it may pass."""

    error: PlainError
    effect: Effect
    passing: bool
    """Whether trying again can help."""
    retry_after: float | None = None
    """Seconds that the server asks to wait."""


@dataclass(frozen=True)
class RetryEvent:
    """A request is about to be retried."""

    operation: str
    """The operation's name in GraphQL."""
    attempt: int
    """How many times the request has been sent so far."""
    delay: float
    """Seconds until the next attempt; any wait for quota comes on top."""
    error: PlainError
    """Why it is retried."""


def answered(error: PlainError, retry_after: float | None) -> FailedAttempt:
    """What an error means that a whole response stood for."""
    match error:
        case PlainError(outcome="carried_out"):
            return FailedAttempt(error, Effect.CARRIED_OUT, isinstance(error, PlainServerError))
        case PlainRateLimitError():
            # A limited request was never processed, so this holds for mutations too.
            return FailedAttempt(error, Effect.NONE, True, retry_after)
        case PlainServerError():
            return FailedAttempt(error, Effect.UNKNOWN, True, retry_after)
        case PlainMutationError(type="INTERNAL"):
            return FailedAttempt(error, Effect.REFUSED, True)
        case PlainStatusError(status_code=408):
            return FailedAttempt(error, Effect.UNKNOWN, True, retry_after)
        case PlainResponseError(is_readable=False):
            return FailedAttempt(error, Effect.UNKNOWN, True)
        case PlainAPIError():
            return FailedAttempt(error, Effect.REFUSED, False)
        case _:
            return FailedAttempt(error, Effect.UNKNOWN, False)


def unanswered(error: PlainError, *, maybe_received: bool) -> FailedAttempt:
    """What an error means that stands for no response."""
    return FailedAttempt(error, Effect.UNKNOWN if maybe_received else Effect.NONE, True)


def may_repeat(failed: FailedAttempt, *, repeatable: bool) -> bool:
    """Whether sending the request again can help and can do no harm."""
    return failed.passing and (repeatable or failed.effect is Effect.NONE)


def outcome(*, is_mutation: bool, in_doubt: bool, effect: Effect) -> MutationOutcome:
    """What became of a mutation whose last attempt failed.

    `in_doubt` says whether any attempt may have been carried out.
    """
    if not is_mutation:
        return "not_carried_out"
    if effect is Effect.CARRIED_OUT:
        return "carried_out"
    return "unknown" if in_doubt or effect is Effect.UNKNOWN else "not_carried_out"


def backoff(attempt: int, jitter: float) -> float:
    """Seconds to wait behind the attempt (from 1): full jitter, growing twofold up to a cap.

    `jitter` is a random number from 0 to 1.
    """
    return jitter * min(defaults.BACKOFF_CAP, defaults.BACKOFF_BASE * 2.0 ** min(attempt - 1, 64))


def delay(failed: FailedAttempt, attempt: int, jitter: float) -> float:
    """Seconds to wait behind the attempt; never less than what the server asks for."""
    own = backoff(attempt, jitter)
    if failed.retry_after is None:
        return own
    # Many callers get the same response; jitter keeps them from coming back all at once.
    return failed.retry_after + min(own, 1.0)
