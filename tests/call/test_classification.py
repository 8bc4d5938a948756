"""What each error means for trying again, as one table: no wire."""

import pytest

from plain_sdk._call.retry import Effect, FailedAttempt, answered, unanswered
from plain_sdk._errors import (
    PlainAPIError,
    PlainAuthenticationError,
    PlainClosedError,
    PlainConnectionError,
    PlainCustomerConflictError,
    PlainError,
    PlainGraphQLError,
    PlainMutationError,
    PlainMutationPermissionError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
    PlainTimeoutError,
)

ASKED = 7.0


@pytest.mark.parametrize(
    ("error", "effect", "passing", "retry_after"),
    [
        # Never carried out, and there will be quota again.
        (PlainRateLimitError("x", status_code=429), Effect.NONE, True, 7.0),
        (PlainRateLimitError("x", status_code=200), Effect.NONE, True, 7.0),
        # A fault: nobody knows, and it may pass.
        (PlainServerError("x", status_code=500), Effect.UNKNOWN, True, 7.0),
        (PlainServerError("x", status_code=200), Effect.UNKNOWN, True, 7.0),
        (PlainStatusError("x", status_code=408), Effect.UNKNOWN, True, 7.0),
        (PlainResponseError("x", is_readable=False), Effect.UNKNOWN, True, None),
        # Plain says that its own part failed, and that nothing was changed.
        (PlainMutationError("x", code="x", type="INTERNAL"), Effect.REFUSED, True, None),
        (PlainMutationPermissionError("x", code="x", type="INTERNAL"),
         Effect.REFUSED, True, None),
        (PlainCustomerConflictError("x", member="email", code="x", type="INTERNAL"),
         Effect.REFUSED, True, None),
        # Refused for a reason that stays.
        (PlainMutationError("x", code="internal", type="VALIDATION"), Effect.REFUSED, False, None),
        (PlainMutationError("x", code="x", type="BRAND_NEW"), Effect.REFUSED, False, None),
        (PlainMutationPermissionError("x", code="x", type="FORBIDDEN"),
         Effect.REFUSED, False, None),
        (PlainCustomerConflictError("x", member="email", code="x", type="VALIDATION"),
         Effect.REFUSED, False, None),
        (PlainStatusError("x", status_code=404), Effect.REFUSED, False, None),
        (PlainStatusError("x", status_code=409), Effect.REFUSED, False, None),
        (PlainStatusError("x", status_code=307), Effect.REFUSED, False, None),
        (PlainStatusError("x"), Effect.REFUSED, False, None),
        (PlainGraphQLError("x", status_code=408), Effect.REFUSED, False, None),
        (PlainGraphQLError("x"), Effect.REFUSED, False, None),
        (PlainAuthenticationError("x", status_code=401), Effect.REFUSED, False, None),
        (PlainPermissionError("x", status_code=403), Effect.REFUSED, False, None),
        (PlainAPIError("x"), Effect.REFUSED, False, None),
        # It was carried out, most likely; the same answer would come again.
        (PlainResponseError("x", is_readable=True), Effect.UNKNOWN, False, None),
        (PlainResponseError("x"), Effect.UNKNOWN, False, None),
        (PlainTimeoutError("x"), Effect.UNKNOWN, False, None),
        (PlainClosedError("x"), Effect.UNKNOWN, False, None),
        (PlainError("x"), Effect.UNKNOWN, False, None),
    ],
)  # fmt: skip
def test_what_an_error_means_for_trying_again(
    error: PlainError, effect: Effect, passing: bool, retry_after: float | None
) -> None:
    """Whether it was carried out, whether it may pass, and whose `Retry-After` counts."""
    assert answered(error, ASKED) == FailedAttempt(error, effect, passing, retry_after)


@pytest.mark.parametrize(
    "error",
    [
        PlainRateLimitError("x"),
        PlainServerError("x"),
        PlainStatusError("x", status_code=408),
    ],
)
def test_an_answer_that_asks_for_no_wait_has_none(error: PlainError) -> None:
    """Without the header, or with a useless one, the backoff alone counts."""
    assert answered(error, None).retry_after is None


@pytest.mark.parametrize(
    ("maybe_received", "effect"), [(True, Effect.UNKNOWN), (False, Effect.NONE)]
)
def test_a_broken_connection_may_pass_and_leaves_doubt_once_something_was_sent(
    maybe_received: bool, effect: Effect
) -> None:
    """What was certainly not received was not carried out."""
    error = PlainConnectionError("x")
    failed = unanswered(error, maybe_received=maybe_received)
    assert failed == FailedAttempt(error, effect, True, None)
