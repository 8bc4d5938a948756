"""What a failed request means for trying again. A pure function over the error."""

from collections.abc import Mapping

from ._errors import (
    PlainAPIError,
    PlainError,
    PlainMutationError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
)
from ._retry import Effect, Failure, retry_after


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
