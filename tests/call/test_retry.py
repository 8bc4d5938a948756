"""Decisions about trying again, as tables: no clock, no wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_sdk import PlainConnectionError
from plain_sdk._call.limits import limits_of
from plain_sdk._call.retry import Effect, FailedAttempt, backoff, delay, may_repeat


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:10 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"},
         10.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:28:10 GMT"},
         0.0),
        ({"retry-after": "Wed, 99 Oct 2026", "date": "Wed, 21 Oct 2026 07:28:10 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:10 -0000",
          "date": "Wed, 21 Oct 2026 07:28:10 GMT"}, None),
    ],
)  # fmt: skip
def test_retry_after_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds or a date; what does not parse counts as absent."""
    assert limits_of(headers).retry_after == seconds


@pytest.mark.parametrize(
    ("effect", "passing", "repeatable", "expected"),
    [
        (Effect.NONE, True, True, True),
        (Effect.NONE, True, False, True),
        (Effect.UNKNOWN, True, True, True),
        (Effect.UNKNOWN, True, False, False),
        (Effect.REFUSED, True, True, True),
        (Effect.REFUSED, True, False, False),
        (Effect.NONE, False, True, False),
        (Effect.UNKNOWN, False, True, False),
        (Effect.REFUSED, False, False, False),
    ],
)
def test_what_may_be_repeated(
    effect: Effect, passing: bool, repeatable: bool, expected: bool
) -> None:
    """Only what can pass, and what is unsafe only when nothing was carried out."""
    failure = FailedAttempt(PlainConnectionError("x"), effect, passing)
    assert may_repeat(failure, repeatable=repeatable) is expected


@given(st.integers(1, 60), st.floats(0, 1))
def test_backoff_is_full_jitter_under_a_growing_bound(attempt: int, jitter: float) -> None:
    """Between nothing and base times a power of two, never above the cap."""
    assert 0 <= backoff(attempt, jitter) <= min(8.0, 0.25 * 2 ** (attempt - 1))
    assert backoff(attempt, 1.0) <= backoff(attempt + 1, 1.0)
    assert backoff(attempt, 0.0) == 0.0


@given(st.integers(1, 10), st.floats(0, 1), st.none() | st.floats(0, 1000))
def test_the_server_is_never_asked_sooner_than_it_says(
    attempt: int, jitter: float, asked: float | None
) -> None:
    """Retry-After is a lower bound, with a little jitter on top."""
    failure = FailedAttempt(PlainConnectionError("x"), Effect.NONE, True, asked)
    waits = delay(failure, attempt, jitter)
    assert waits >= (asked or 0.0)
    if asked is not None:
        assert waits <= asked + 1.0
