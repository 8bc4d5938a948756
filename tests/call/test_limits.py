"""What the headers of a response say, read in one place: a table, no wire."""

import pytest

from plain_sdk._call.limits import Limits, limits_of

MOMENT = "2026-11-25T12:00:30.000Z"
SECONDS = 1795608030.0
HEADERS = {
    "x-ratelimit-limit": "450",
    "x-ratelimit-remaining": "12",
    "x-ratelimit-reset": MOMENT,
}


def test_the_quota_headers_are_read_as_numbers_and_a_moment() -> None:
    """The moment as seconds, and as it was written."""
    assert limits_of(HEADERS) == Limits(450, 12, SECONDS, MOMENT, None)


def test_without_such_headers_there_are_no_limits() -> None:
    """Other headers say nothing of the quota."""
    assert limits_of({}) == Limits(None, None, None, None, None)
    assert limits_of({"date": "Wed, 21 Oct 2026 07:28:00 GMT"}) == Limits()


def test_a_wait_may_be_asked_for_without_a_word_on_the_quota() -> None:
    """A gateway's 503 has only that."""
    assert limits_of({"retry-after": "3"}) == Limits(retry_after=3.0)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("999999999999", 999_999_999_999),
        ("1000000000000", None),
        ("9" * 5000, None),
        ("-1", None),
        ("1.0", None),
        ("", None),
        (" 1", None),
        ("\N{SUPERSCRIPT TWO}", None),
        ("\N{ARABIC-INDIC DIGIT NINE}", None),
    ],
)
def test_a_count_is_a_whole_number_of_twelve_digits_at_most(text: str, count: int | None) -> None:
    """Anything else is as if the header were missing, however long it is."""
    assert limits_of({**HEADERS, "x-ratelimit-limit": text}).limit == count
    assert limits_of({**HEADERS, "x-ratelimit-remaining": text}).remaining == count


@pytest.mark.parametrize(
    "text", ["soon", "", "9999-99-99T00:00:00Z", "1795608030", "-1", "2026-11-25T12:00:30.000ZZ"]
)
def test_a_reset_that_is_no_moment_is_kept_as_text_alone(text: str) -> None:
    """It can be shown, and not be reckoned with."""
    limits = limits_of({**HEADERS, "x-ratelimit-reset": text})
    assert (limits.reset, limits.reset_at) == (None, text)
