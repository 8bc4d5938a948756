"""Decisions about trying again as tables: exact values, no clock, no wire."""

import pytest

from plain_sdk._call.limits import limits_of
from plain_sdk._call.retry import (
    Effect,
    FailedAttempt,
    RetryEvent,
    backoff,
    delay,
    may_repeat,
    outcome,
)
from plain_sdk._errors import PlainConnectionError


def failed(seconds: float | None = None) -> FailedAttempt:
    """A failure that may pass, behind which the server asks for so many seconds."""
    return FailedAttempt(PlainConnectionError("x"), Effect.NONE, True, seconds)


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [
        (1, 0.25),
        (2, 0.5),
        (3, 1.0),
        (4, 2.0),
        (5, 4.0),
        (6, 8.0),
        (7, 8.0),
        (60, 8.0),
        (65, 8.0),
        (5000, 8.0),  # no power of two is too large
    ],
)
@pytest.mark.parametrize("jitter", [1.0, 0.5, 0.0])
def test_backoff_doubles_from_a_quarter_of_a_second_up_to_eight(
    attempt: int, seconds: float, jitter: float
) -> None:
    """The longest wait behind each attempt, and full jitter below it."""
    assert backoff(attempt, jitter) == seconds * jitter


@pytest.mark.parametrize(
    ("asked", "attempt", "jitter", "seconds"),
    [
        (None, 1, 1.0, 0.25),
        (None, 6, 1.0, 8.0),
        (None, 6, 0.0, 0.0),
        (2.0, 1, 0.0, 2.0),
        (2.0, 1, 1.0, 2.25),
        (2.0, 3, 0.5, 2.5),
        (2.0, 3, 1.0, 3.0),
        (2.0, 4, 1.0, 3.0),  # no more than a second on top
        (2.0, 6, 1.0, 3.0),
        (0.0, 6, 1.0, 1.0),  # asking for 0 seconds is asking too
        (500.0, 1, 1.0, 500.25),
    ],
)
def test_the_wait_is_backoff_or_what_the_server_asks_and_at_most_a_second_more(
    asked: float | None, attempt: int, jitter: float, seconds: float
) -> None:
    """`Retry-After` replaces the backoff, which becomes the jitter on top."""
    assert delay(failed(asked), attempt, jitter) == seconds


@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize("passing", [True, False])
@pytest.mark.parametrize("repeatable", [True, False])
def test_only_what_can_pass_and_do_no_harm_is_repeated(
    effect: Effect, passing: bool, repeatable: bool
) -> None:
    """All sixteen cases: of those that can pass, the repeatable and those without effect."""
    harmless = {(Effect.NONE, True), (Effect.NONE, False), (Effect.UNKNOWN, True),
                (Effect.REFUSED, True), (Effect.CARRIED_OUT, True)}  # fmt: skip
    failure = FailedAttempt(PlainConnectionError("x"), effect, passing)
    expected = passing and (effect, repeatable) in harmless
    assert may_repeat(failure, repeatable=repeatable) is expected


@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize("in_doubt", [True, False])
def test_what_became_of_a_mutation_by_its_attempts(effect: Effect, in_doubt: bool) -> None:
    """An earlier attempt in doubt leaves doubt, unless it is known to be carried out."""
    told = outcome(is_mutation=True, in_doubt=in_doubt, effect=effect)
    if effect is Effect.CARRIED_OUT:
        assert told == "carried_out"
    elif effect is Effect.UNKNOWN or in_doubt:
        assert told == "unknown"
    else:
        assert told == "not_carried_out"
    assert outcome(is_mutation=False, in_doubt=in_doubt, effect=effect) == "not_carried_out"


DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("asked", "date", "seconds"),
    [
        (None, None, None),
        ("", None, None),
        ("   ", None, None),
        ("7", None, 7.0),
        (" 7 ", None, 7.0),
        ("0", None, 0.0),
        ("1.5", None, 1.5),
        ("1e400", None, None),  # without end
        ("7 seconds", None, None),
        ("\N{SUPERSCRIPT TWO}", None, None),  # a digit, but no number
        ("-3", None, None),
        ("+3", None, None),
        ("nan", None, None),
        ("inf", None, None),
        ("soon", None, None),
        ("9" * 400, None, None),
        ("3_3", None, None),
        ("\N{ARABIC-INDIC DIGIT THREE}", None, None),
        ("Wed, 21 Oct 2026 07:28:10 GMT", DATE, 10.0),
        ("Wed, 21 Oct 2026 07:27:50 GMT", DATE, 0.0),
        ("Wed, 21 Oct 2026 09:28:10 +0200", DATE, 10.0),
        ("Thu, 22 Oct 2026 07:28:00 GMT", DATE, 120.0),  # no longer than two minutes
        ("119", None, 119.0),
        ("120", None, 120.0),
        ("121", None, 120.0),
        ("1000000000", None, 120.0),
        ("Wed, 99 Oct 2026 07:28:10 GMT", DATE, None),
        ("Wed, 21 Oct 2026 07:28:10 -0000", DATE, None),  # a time of no known zone
        ("Wed, 21 Oct 2026 07:28:10 GMT", "soon", None),
        ("Wed, 21 Oct 2015 07:28:10 GMT", None, 0.0),  # by our own clock, it is past
        ("7", "soon", 7.0),  # seconds need no date
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_answers_own_date(
    asked: str | None, date: str | None, seconds: float | None
) -> None:
    """None for whatever is no wait at all."""
    given = {"retry-after": asked, "date": date}
    headers = {name: value for name, value in given.items() if value is not None}
    assert limits_of(headers).retry_after == seconds


def test_without_a_date_of_its_own_a_response_is_of_now() -> None:
    """A moment in the year 9000 is as far away as is honoured, by our own clock."""
    told = limits_of({"retry-after": "Wed, 01 Jan 9000 00:00:00 GMT"})
    assert told.retry_after == 120.0


def test_a_failure_asks_for_no_wait_unless_told() -> None:
    """The last member may be left out."""
    assert FailedAttempt(PlainConnectionError("x"), Effect.NONE, True).retry_after is None


def test_a_retry_event_cannot_be_changed() -> None:
    """A hook sees it; the call goes by its own values."""
    event = RetryEvent("customer", 1, 0.25, PlainConnectionError("x"))
    with pytest.raises(AttributeError):
        event.delay = 9.0  # type: ignore[misc]
