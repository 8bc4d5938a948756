"""The quota's arithmetic as tables: made-up clocks, exact values, nobody waits."""

import gc
import math
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Literal

import pytest

from plain_sdk._call.limits import Limits, limits_of
from plain_sdk._call.others import Others
from plain_sdk._call.pace import Bucket, Course
from plain_sdk._call.quota import Quota, QuotaStatus, shared_quota
from plain_sdk._call.server_clock import ServerClock

END = 100.0
"""The end of the window of most rows, which is seen first at 0, by every clock."""


def at(seconds: float) -> str:
    """A moment by the server's clock, which starts in 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def told(limit: int, remaining: int, reset: float = END - 0.01) -> dict[str, str]:
    """An answer's headers. A reset of 99.99 makes a window that ends at 100 exactly."""
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": at(reset),
    }


def known(limit: int, remaining: int, in_flight: int = 0) -> Quota:
    """A quota whose window lasts from 0 to 100, with so many calls under way."""
    quota = Quota()
    for _ in range(in_flight):
        assert quota.ask("interactive", 0.0, 0.0) == 0.0
    see(quota, told(limit, remaining), sent=0.0, now=0.0, wall=0.0)
    return quota


def see(quota: Quota, headers: dict[str, str], *, sent: float, now: float, wall: float) -> None:
    """An answer with these headers came."""
    quota.observe(limits_of(headers), headers.get("date"), sent=sent, now=now, wall=wall)


def asking(headers: dict[str, str], retry_after: float | None) -> Limits:
    """The limits of a refusal that asks to wait so long."""
    return replace(limits_of(headers), retry_after=retry_after)


def reset_in(quota: Quota, now: float) -> float:
    """Seconds to the end of the window, which must be known."""
    seconds = quota.status(now).reset_in
    assert seconds is not None
    return seconds


# --- what headers tell ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reset", "now", "wall", "expected"),
    [
        (99.99, 0.0, 0.0, 100.0),  # a hundredth of a second late
        (50.0, 0.0, 0.0, 50.01),
        (50.0, 7.0, 0.0, 50.01),  # counted from now, whatever now is
        (50.0, 0.0, 20.0, 30.01),  # by the time of day
        (119.0, 0.0, 0.0, 119.01),
        (120.0, 0.0, 0.0, 120.01),
        (121.0, 0.0, 0.0, 120.01),  # no window lasts longer
        (3600.0, 0.0, 0.0, 120.01),
        (0.0, 0.0, 0.0, 0.01),
    ],
)
def test_a_window_ends_a_hundredth_after_its_reset_and_within_two_minutes(
    reset: float, now: float, wall: float, expected: float
) -> None:
    """`_RESET_MARGIN` and `_LONGEST_WINDOW`, by the difference of reset and time of day."""
    quota = Quota()
    see(quota, told(9, 8, reset), sent=now, now=now, wall=wall)
    assert reset_in(quota, now) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("reset", [3600.1, 1e9, 253402300799.0])
def test_a_reset_of_another_day_says_nothing(reset: float) -> None:
    """Neither when nothing is known, nor of the window that is."""
    quota = Quota()
    see(quota, told(9, 0, reset), sent=0.0, now=0.0, wall=0.0)
    assert quota.status(0.0).limit is None
    quota = known(9, 5)
    see(quota, told(450, 0, reset), sent=1.0, now=1.0, wall=1.0)
    assert (quota.status(1.0).limit, quota.status(1.0).remaining) == (9, 5)
    assert quota.ask("interactive", 0.0, 1.0) == 0.0


def test_what_is_not_believed_gives_way_to_any_other_word() -> None:
    """A reset too far away is believed for two minutes, or until the next response."""
    quota = Quota()
    see(quota, told(9, 0, 3000.0), sent=0.0, now=0.0, wall=0.0)
    assert quota.ask("interactive", 0.0, 1.0) > 0
    see(quota, told(9, 7, 60.0), sent=1.0, now=2.0, wall=2.0)
    assert quota.status(2.0).remaining == 7
    see(quota, told(9, 0, 3000.0), sent=3.0, now=3.0, wall=3.0)
    assert quota.status(3.0).remaining == 7


def test_a_reset_that_is_past_makes_a_window_of_a_millisecond() -> None:
    """Never one of no length, which would divide by nothing."""
    quota = Quota()
    see(quota, told(9, 8, 0.0), sent=0.0, now=0.0, wall=5.0)
    assert quota.status(0.0) == QuotaStatus(9, 9, 0.001, "1970-01-01T00:00:00.000Z", 0, 0)


@pytest.mark.parametrize(
    ("date", "sent", "now", "wall", "expected"),
    [
        (30.0, 0.0, 0.0, 0.0, 20.01),  # the server is 30 ahead: 50 there is 20 here
        (30.0, 0.0, 4.0, 4.0, 20.01),  # at least 26 ahead when the answer came at 4
        (30.0, 1.0, 5.0, 4.0, 20.01),  # the monotonic clock starts elsewhere
        (-10.0, 0.0, 0.0, 0.0, 60.01),  # behind
    ],
)
def test_the_reset_is_by_the_servers_clock(
    date: float, sent: float, now: float, wall: float, expected: float
) -> None:
    """The window's end is what the server says less how far its clock is ahead."""
    quota = Quota()
    headers = {**told(9, 8, 50.0), "date": formatdate(date, usegmt=True)}
    see(quota, headers, sent=sent, now=now, wall=wall)
    assert reset_in(quota, now) == pytest.approx(expected, rel=1e-12)


def test_the_moment_of_sending_is_taken_back_from_the_time_of_day() -> None:
    """A later answer voids the clock only when it contradicts by when it was sent."""
    quota = Quota()
    first = {**told(9, 8, 50.0), "date": formatdate(10.0, usegmt=True)}
    see(quota, first, sent=0.0, now=0.0, wall=0.0)  # at least 10 ahead
    second = {**told(9, 7, 50.0), "date": formatdate(11.0, usegmt=True)}
    # Sent at 2, received at 8: ahead by 3 to 10, which does not contradict.
    see(quota, second, sent=2.0, now=8.0, wall=8.0)
    assert reset_in(quota, 8.0) == pytest.approx(50.0 - 10.0 - 8.0 + 0.01, rel=1e-12)
    third = {**told(9, 6, 50.0), "date": formatdate(12.0, usegmt=True)}
    # Sent at 4, received at 9: ahead by 3 to 9, which contradicts 10.
    see(quota, third, sent=4.0, now=9.0, wall=9.0)
    assert reset_in(quota, 9.0) == pytest.approx(50.0 - 3.0 - 9.0 + 0.01, rel=1e-12)


@pytest.mark.parametrize(
    ("limit", "remaining", "reset"),
    [
        (None, "1", at(50)),
        ("9", None, at(50)),
        ("9", "1", None),
        ("0", "0", at(50)),
        ("-9", "1", at(50)),
        ("9", "-1", at(50)),
        ("9.0", "1", at(50)),
        ("9", "\N{SUPERSCRIPT TWO}", at(50)),
        ("\N{ARABIC-INDIC DIGIT NINE}", "1", at(50)),
        ("9", "1", ""),
        ("9", "1", "50"),
        ("9", "1", "soon"),
    ],
)
def test_headers_that_are_not_as_documented_tell_nothing(
    limit: str | None, remaining: str | None, reset: str | None
) -> None:
    """All three must be there, whole numbers and a timestamp; a limit of 0 is no limit."""
    given = {
        "x-ratelimit-limit": limit,
        "x-ratelimit-remaining": remaining,
        "x-ratelimit-reset": reset,
    }
    quota = Quota()
    headers = {name: value for name, value in given.items() if value is not None}
    see(quota, headers, sent=0.0, now=0.0, wall=0.0)
    assert quota.status(0.0) == QuotaStatus(None, None, None, None, 0, 0)


def test_a_remaining_of_zero_is_believed() -> None:
    """Nothing is left is not the same as nothing is known."""
    assert known(9, 0).status(0.0) == QuotaStatus(9, 0, 100.0, "1970-01-01T00:01:39.990Z", 0, 0)


def test_the_status_tells_limit_rest_end_and_calls_under_way() -> None:
    """What is in flight is not counted off from what remains."""
    quota = known(9, 8, in_flight=3)
    quota.waiting = 2
    assert quota.status(25.0) == QuotaStatus(9, 8, 75.0, "1970-01-01T00:01:39.990Z", 3, 2)
    quota.done()
    assert quota.status(25.0).in_flight == 2


# --- windows that follow each other --------------------------------------------------------


def test_within_a_window_the_least_remaining_and_the_last_end_count() -> None:
    """Answers come out of order; the limit may be raised meanwhile."""
    quota = known(9, 5)
    see(quota, told(10, 7), sent=0.0, now=1.0, wall=2.0)
    assert quota.status(1.0) == QuotaStatus(10, 5, 98.0, "1970-01-01T00:01:39.990Z", 0, 0)
    see(quota, told(10, 4), sent=0.0, now=1.0, wall=1.0)
    assert quota.status(1.0).remaining == 4
    assert reset_in(quota, 1.0) == pytest.approx(99.0, rel=1e-12)


@pytest.mark.parametrize(
    ("now", "remaining", "seconds"),
    [(99.5, 2, 0.5), (100.0, 9, 100.0), (101.0, 9, 100.0), (130.0, 9, 100.0)],
)
def test_a_window_that_ended_is_followed_by_a_whole_one_of_its_length(
    now: float, remaining: int, seconds: float
) -> None:
    """From the very end on, and from whenever somebody looks."""
    status = known(9, 2).status(now)
    assert (status.remaining, status.reset_in) == (remaining, seconds)


def test_an_older_window_changes_nothing() -> None:
    """Neither the rest nor the end."""
    quota = known(9, 5)
    see(quota, told(7, 1, 99.98), sent=0.0, now=1.0, wall=0.0)
    assert quota.status(1.0) == QuotaStatus(9, 5, 99.0, "1970-01-01T00:01:39.990Z", 0, 0)


def test_a_newer_window_replaces_the_old_one_whole() -> None:
    """Its limit, its rest and its end, even when more remains than before."""
    quota = known(9, 5)
    see(quota, told(7, 6, 149.99), sent=0.0, now=1.0, wall=100.0)
    status = quota.status(1.0)
    assert (status.limit, status.remaining) == (7, 6)
    assert status.reset_in == pytest.approx(50.0, rel=1e-9)


@pytest.mark.parametrize(
    ("rolled", "reset", "length"),
    [
        (False, 119.99, 100.0),  # seen 20 before its end, but the last one lasted 100
        (True, 119.99, 20.0),  # the length was an assumption, so it is forgotten
        (True, 219.99, 120.0),
    ],
)
def test_a_window_is_as_long_as_the_one_before_unless_that_was_assumed(
    rolled: bool, reset: float, length: float
) -> None:
    """What a later window is thought to last."""
    quota = known(9, 5)
    if rolled:
        quota.status(100.0)
    see(quota, told(9, 5, reset), sent=100.0, now=100.0, wall=100.0)
    end = 100.0 + reset_in(quota, 100.0) if not rolled else reset + 0.01
    assert reset_in(quota, end) == pytest.approx(length, rel=1e-9)


def test_a_longer_window_lengthens_what_is_thought() -> None:
    """The longest sight of a window counts."""
    quota = known(9, 5)
    see(quota, told(9, 5, 209.99), sent=95.0, now=95.0, wall=95.0)
    assert reset_in(quota, 210.0) == pytest.approx(115.0, rel=1e-9)


@pytest.mark.parametrize(
    ("sent", "wall", "remaining", "seconds"),
    [
        (99.0, 99.0, 9, 100.0),  # sent before: it tells of the window that is over
        (100.0, 99.0, 3, 1.0),  # sent since: the window is not over
        (101.0, 99.0, 3, 1.0),
        (101.0, 120.0, 3, 0.02),  # not over, though it seems to be: a moment more
    ],
)
def test_a_window_that_was_taken_for_over_may_go_on(
    sent: float, wall: float, remaining: int, seconds: float
) -> None:
    """Only an answer to a request that was sent after that can say so."""
    quota = known(9, 5)
    quota.status(100.0)
    see(quota, told(9, 3), sent=sent, now=100.0, wall=wall)
    status = quota.status(100.0)
    assert status.remaining == remaining
    assert status.reset_in == pytest.approx(seconds, rel=1e-9)


def test_a_window_that_goes_on_is_an_ordinary_one_again() -> None:
    """The least remaining counts again, whenever the answer was sent."""
    quota = known(9, 5)
    quota.status(100.0)
    see(quota, told(9, 3), sent=100.0, now=100.0, wall=99.0)
    see(quota, told(9, 2), sent=50.0, now=100.5, wall=99.5)
    see(quota, told(9, 4), sent=100.0, now=100.5, wall=99.5)
    assert quota.status(100.5).remaining == 2


# --- who may go ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("priority", "in_flight", "answered", "expected"),
    [
        ("interactive", 0, False, 0.0),
        ("interactive", 5, False, 0.0),
        ("bulk", 0, False, 0.0),  # one goes ahead
        ("bulk", 1, False, 0.02),
        ("bulk", 1, True, 0.0),
    ],
)
def test_while_nothing_is_known_one_bulk_call_goes_ahead(
    priority: Literal["interactive", "bulk"], in_flight: int, answered: bool, expected: float
) -> None:
    """And the others follow once it is back, whatever it brought."""
    quota = Quota()
    for _ in range(in_flight):
        quota.ask("interactive", 0.1, 0.0)
    if answered:
        quota.ask("interactive", 0.1, 0.0)
        quota.done()
    assert quota.ask(priority, 0.1, 0.0) == expected


@pytest.mark.parametrize("waits", [True, False])
def test_only_a_call_that_may_go_is_counted_as_in_flight(waits: bool) -> None:
    """Asking again and again uses nothing up."""
    quota = known(9, 0 if waits else 9)
    quota.ask("interactive", 0.1, 0.0)
    assert quota.status(0.0).in_flight == (0 if waits else 1)


@pytest.mark.parametrize(
    ("remaining", "in_flight", "now", "expected"),
    [
        (1, 0, 0.0, 0.0),  # the last one goes
        (0, 0, 0.0, 100.0),
        (0, 0, 40.0, 60.0),
        (0, 2, 40.0, 60.0),  # nothing can come free
        (3, 2, 40.0, 0.0),
        (2, 2, 40.0, 0.02),  # what is in flight may leave more than it seems
        (1, 2, 40.0, 0.02),
        (1, 1, 100.0 - 1 / 128, 1 / 128),  # the window ends sooner than that
        (0, 0, 100.0, 0.0),  # a new window
    ],
)
def test_an_interactive_call_goes_while_anything_remains(
    remaining: int, in_flight: int, now: float, expected: float
) -> None:
    """Else it waits for the end, or looks again when answers are to come."""
    assert known(9, remaining, in_flight).ask("interactive", 0.5, now) == expected


@pytest.mark.parametrize(
    ("limit", "reserve", "rest"),
    [
        (1000, 0.1, 8),
        (1000, 0.001, 8),  # a reserve that is less than the rest does not lessen it
        (1000, 0.0, 0),  # no reserve, no rest
        (100, 0.1, 1),
        (188, 0.1, 2),
        (187, 0.1, 1),
        (10, 0.1, 1),  # at least one
        (2, 0.1, 1),
        (1, 0.1, 0),  # a quota of one is for everybody
    ],
)
def test_a_rest_is_left_to_interactive_calls_to_the_end(
    limit: int, reserve: float, rest: int
) -> None:
    """`_LAST_RESERVE` of the limit, rounded; in the last twentieth of the window nothing more."""
    assert known(limit, rest + 1).ask("bulk", reserve, 96.0) == 0.0
    assert known(limit, rest).ask("bulk", reserve, 96.0) == 4.0
    if rest:
        assert known(limit, rest + 1, in_flight=1).ask("bulk", reserve, 96.0) == 0.02


@pytest.mark.parametrize(
    ("now", "available", "expected"),
    [
        # Of 1000 with a reserve of a tenth, 100 are kept at first and 8 from 95 on: the
        # reserve shrinks by 92 in 95 seconds, and one call more may go every 95/92 seconds.
        (0.0, 102, 0.0),
        (0.0, 100, 1 * 95 / 92),
        (0.0, 90, 11 * 95 / 92),
        (0.0, 10, 91 * 95 / 92),
        (0.0, 9, 95.0),
        (0.0, 8, 100.0),  # less than the rest: only a new window helps
        (47.5, 56, 0.0),  # 54 are kept half way
        (47.5, 54, 1 * 95 / 92),
        (47.5, 44, 11 * 95 / 92),
        (94.0, 10, 0.0),
        (94.0, 9, 1.0),
        (95.5, 9, 0.0),
        (99.0, 9, 0.0),
        (1.0326, 100, 0.001),  # it is all but free: never so soon that nothing has changed
    ],
)
def test_the_reserve_shrinks_evenly_to_the_rest(
    now: float, available: int, expected: float
) -> None:
    """`_SHRUNK`: from the whole reserve at the start to the rest at 95 % of the window."""
    wait = known(1000, available).ask("bulk", 0.1, now)
    assert wait == pytest.approx(expected, rel=1e-9)


def test_a_larger_reserve_keeps_more() -> None:
    """Of 1000 with 0.3, 300 at first: 292 fewer over 95 seconds."""
    assert known(1000, 300).ask("bulk", 0.3, 0.0) == pytest.approx(95 / 292, rel=1e-9)
    assert known(1000, 302).ask("bulk", 0.3, 0.0) == 0.0


@pytest.mark.parametrize("reserve", [0.001, 0.008])
def test_a_reserve_no_larger_than_the_rest_keeps_nothing_more(reserve: float) -> None:
    """Of 1000, the rest is 8 from the start: the 9th goes."""
    assert known(1000, 9).ask("bulk", reserve, 0.0) == 0.0


def test_what_is_in_flight_counts_against_the_reserve() -> None:
    """Available is what remains less what is under way."""
    quota = known(1000, 105, in_flight=5)
    assert quota.ask("bulk", 0.1, 0.0) == pytest.approx(95 / 92, rel=1e-9)


# --- bulk calls are spread -----------------------------------------------------------------

HALF_WAY = 0.5 ** (1 / 0.85)
"""What is left of the whole when half of the window is left."""


@pytest.mark.parametrize(
    ("first", "reserve", "left", "off", "round_trip", "expected"),
    [
        # On the line: what may be used, in 85 % of 100 seconds; slower towards the end.
        (85, 0.0, 100.0, 0.0, 0.0, 1.0),
        (170, 0.0, 100.0, 0.0, 0.0, 2.0),
        (85, 0.0, 50.0, 0.0, 0.0, 2 * HALF_WAY),
        (86, 0.1, 100.0, 0.0, 0.0, 1.0),  # the rest of one is not for bulk calls
        # Off the line by a thirtieth of the limit: e times as fast, or as slow.
        (85, 0.0, 100.0, 85 / 30, 0.0, math.e),
        (85, 0.0, 100.0, -85 / 30, 0.0, 1 / math.e),
        (85, 0.0, 100.0, -2 * 85 / 30, 0.0, math.exp(-2)),
        # Within bounds.
        (85, 0.0, 100.0, 85.0, 0.0, math.exp(3)),
        (85, 0.0, 100.0, -85.0, 0.0, math.exp(-6)),
        # The longer responses take, the gentler; here by 0.9 of a window's ten round trips.
        (85, 0.0, 100.0, 85 / 30, 3.0, math.e),
        (85, 0.0, 100.0, 85 / 9, 10.0, math.e),
        # Nothing may be used, and yet it goes on.
        (0, 0.0, 100.0, 0.0, 0.0, 1 / 85),
    ],
)
def test_bulk_calls_follow_a_line_from_the_whole_to_the_rest(
    first: int, reserve: float, left: float, off: float, round_trip: float, expected: float
) -> None:
    """The rate hangs on how far what is available is off the line."""
    course = Course(limit=max(first, 1), first=first, reserve=reserve, length=100.0, left=left)
    whole = max(first - course.rest, 1)
    line = course.rest + whole * (left / 100) ** (1 / 0.85)
    rate = course.rate(line + off, round_trip)
    assert rate == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("limit", "share", "burst"),
    [(1000, 1.0, 50.0), (1000, 0.25, 12.5), (100, 0.1, 1.0), (10, 1.0, 1.0), (1000, 0.0, 1.0)],
)
def test_a_burst_is_a_twentieth_of_the_limit_shared(limit: int, share: float, burst: float) -> None:
    """At least one, or nobody would ever begin."""
    assert Course(limit, limit, 0.1, 100.0, 100.0, share).burst() == burst


@pytest.mark.parametrize(
    ("limit", "reserve", "share", "rest"),
    [
        # A little for oneself, and four fifths of a request for each of the others.
        (450, 0.1, 1.0, 4),
        (450, 0.1, 0.5, 5),
        (450, 0.1, 0.25, 6),
        (450, 0.1, 0.125, 10),
        # Three hundredths for all of them, however many.
        (450, 0.1, 0.01, 18),
        (450, 0.1, 0.0, 18),
        # At least one, and never the whole.
        (10, 0.1, 1.0, 1),
        (1, 0.1, 0.5, 0),
        # Whoever reserves nothing leaves nothing.
        (450, 0.0, 0.125, 0),
    ],
)
def test_the_rest_grows_with_the_others(
    limit: int, reserve: float, share: float, rest: int
) -> None:
    """Each of them may have under way what no header has told of."""
    assert Course(limit, limit, reserve, 100.0, 50.0, share).rest == rest


def taken(bucket: Bucket, rate: float, burst: float, now: float) -> tuple[int, float]:
    """How many go at once, one after the other, and how long the next waits."""
    gone = 0
    while (wait := bucket.take(rate, burst, now)) == 0.0:
        gone += 1
        assert gone < 10_000
    return gone, wait


def test_what_has_become_due_goes_and_no_more() -> None:
    """A burst at first and after a pause, else what the rate says, to the moment."""
    bucket = Bucket()
    assert taken(bucket, 2.0, 5.0, 10.0) == (5, 0.5)
    assert taken(bucket, 2.0, 5.0, 10.25) == (0, 0.25)
    assert taken(bucket, 2.0, 5.0, 10.5) == (1, 0.5)
    assert taken(bucket, 4.0, 5.0, 11.0) == (2, 0.25)
    assert taken(bucket, 4.0, 5.0, 99.0) == (5, 0.25)
    assert taken(bucket, 4.0, 2.5, 199.0) == (2, 0.125)
    assert taken(bucket, 1e-9, 2.5, 199.0)[0] == 0
    # Never so soon that a clock may not show it.
    assert taken(Bucket(due=0.9999, at=0.0), 1000.0, 5.0, 0.0) == (0, 0.001)


def burst(quota: Quota, reserve: float, now: float) -> tuple[int, float]:
    """How many bulk calls go at once, one after the other, and how long the next waits."""
    gone = 0
    while (wait := quota.ask("bulk", reserve, now)) == 0.0:
        quota.done()
        gone += 1
        assert gone < 10_000
    return gone, wait


def test_a_bulk_call_waits_just_until_its_turn() -> None:
    """Four of one a second have gone at 0, as a burst of 4.25."""
    quota = known(85, 85)
    assert burst(quota, 0.0, 0.0) == (4, 0.75)
    assert quota.ask("bulk", 0.0, 0.5) > 0.0
    assert quota.ask("bulk", 0.0, 0.75) == 0.0


def test_the_end_of_the_window_is_waited_for_no_longer_than_it_takes() -> None:
    """However slow the line is there."""
    assert burst(known(85, 85), 0.0, 99.99)[1] <= 0.01 + 1e-9


def test_interactive_calls_take_no_bulk_turn() -> None:
    """However many go, bulk calls may have their burst."""
    quota = known(85, 85)
    for _ in range(30):
        quota.ask("interactive", 0.0, 0.0)
        quota.done()
    assert burst(quota, 0.0, 0.0) == (4, 0.75)


def test_a_new_window_starts_with_a_burst() -> None:
    """What had not become due in the old one is forgotten."""
    quota = known(85, 85)
    burst(quota, 0.0, 90.0)
    assert burst(quota, 0.0, 100.0)[0] == 4


def test_a_window_that_is_heard_of_keeps_the_turns() -> None:
    """News alone lets nobody go: the pace goes on over the change."""
    quota = known(85, 85)
    burst(quota, 0.0, 0.0)
    see(quota, told(85, 85, 199.99), sent=0.0, now=0.0, wall=100.0)
    assert quota.ask("bulk", 0.0, 0.0) == pytest.approx(0.75, rel=1e-9)


# --- others --------------------------------------------------------------------------------


def test_what_others_spend_is_what_we_did_not() -> None:
    """Told as a rate over a tenth of the window, which fades by itself."""
    others = Others()
    others.observe(400, 1, 100.0, sent=0.0, now=1.0)
    # What was there before our first request is no rate.
    assert others.rate(1.0) == others.unseen(1.0) == 0.0
    others.observe(402, 1, 100.0, sent=0.0, now=1.0)
    assert others.rate(1.0) == pytest.approx(0.1)
    assert others.rate(11.0) == pytest.approx(0.1 / math.e)
    others.observe(410, 1, 100.0, sent=10.0, now=11.0)
    # Seven came within those ten seconds, evenly for all that is known: the first fade already.
    assert others.rate(11.0) == pytest.approx(0.1 / math.e + 0.7 * (1 - 1 / math.e))
    # An earlier response that came late tells nothing new, and takes nothing back.
    others.observe(405, 1, 100.0, sent=10.0, now=11.0)
    assert others.rate(11.0) == pytest.approx(0.1 / math.e + 0.7 * (1 - 1 / math.e))


def test_what_is_ours_and_in_flight_is_never_taken_for_theirs() -> None:
    """Ten of ours were counted before the first of them was answered."""
    others = Others()
    for back in range(1, 11):
        others.observe(10, 11 - back, 100.0, sent=0.0, now=1.0)
    assert others.rate(1.0) == 0.0
    others.observe(12, 1, 100.0, sent=0.0, now=1.0)
    assert others.rate(1.0) == pytest.approx(0.1)


def test_what_others_may_have_under_way_grows_with_time() -> None:
    """Since the last response, and until ours is there: a slow round trip."""
    others = Others()
    others.observe(0, 1, 100.0, sent=0.0, now=1.0)
    others.observe(22, 1, 100.0, sent=0.0, now=1.0)
    # The average is 1, its deviation first the half of it, and then less by a tenth.
    assert others.round_trip == pytest.approx(1.0)
    assert others.unseen(1.0) == pytest.approx(2.0 * (1.0 + 2 * 0.45))
    assert others.unseen(3.0) == pytest.approx(2.0 * math.exp(-0.2) * (2.0 + 1.9))


@pytest.mark.parametrize(
    ("own", "spent", "share"), [(5, 10, 0.5), (5, 5, 1.0), (5, 4, 1.0), (0, 10, 0.0)]
)
def test_our_share_is_that_of_the_last_window(own: int, spent: int, share: float) -> None:
    """Of what everybody spent; all of it while nothing is known, or nobody spent anything."""
    others = Others()
    assert others.own_share == 1.0
    for _ in range(own):
        others.observe(0, 1, 100.0, sent=0.0, now=0.0)
    others.new_window(0)
    assert others.own_share == 1.0
    for _ in range(own):
        others.observe(0, 1, 100.0, sent=0.0, now=0.0)
    others.new_window(spent)
    assert others.own_share == share


# --- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "retry_after", "jitter", "now", "expected"),
    [
        (told(9, 0), None, 0.0, 40.0, 60.0),
        (told(9, 0), None, 0.25, 40.0, 60.25),
        (told(9, 0), 3.0, 0.0, 40.0, 60.0),  # the window is used up: its end counts
        (told(9, 4), None, 0.0, 40.0, 60.0),  # refused although some remain: the end counts
        (told(9, 4), 3.0, 0.25, 40.0, 3.25),  # another reason than the window
        (told(9, 0, 99.98), None, 0.0, 40.0, None),  # of an older window
        (told(9, 0, 99.98), 3.0, 0.0, 40.0, None),
        (told(9, 0, 150.0), None, 0.0, 40.0, 60.0),
        ({}, 3.0, 0.25, 40.0, 3.25),
        ({}, 0.0, 0.0, 40.0, 0.0),
        ({}, None, 0.25, 40.0, None),
        ({"x-ratelimit-reset": "soon"}, None, 0.0, 40.0, None),
        (told(9, 0), None, 0.0, 130.0, 0.0),  # never less than nothing
    ],
)
def test_a_refusal_tells_when_to_come_back(
    headers: dict[str, str], retry_after: float | None, jitter: float, now: float,
    expected: float | None,
) -> None:  # fmt: skip
    """The end of the window that is now, or what Plain asks for; None when it says neither."""
    assert known(9, 5).refused(asking(headers, retry_after), jitter, now) == expected


@pytest.mark.parametrize(
    ("headers", "retry_after", "expected"),
    [(told(9, 0), 3.0, 3.0), (told(9, 0), None, None), ({}, 3.0, 3.0), ({}, None, None)],
)
def test_a_refusal_before_anything_is_known_goes_by_retry_after(
    headers: dict[str, str], retry_after: float | None, expected: float | None
) -> None:
    """There is no window whose end could count."""
    assert Quota().refused(asking(headers, retry_after), 0.0, 40.0) == expected


@pytest.mark.parametrize(
    ("headers", "retry_after", "remaining"),
    [(told(9, 0), None, 0), (told(9, 4), None, 0), (told(9, 4), 3.0, 5), ({}, 3.0, 5)],
)
def test_a_refusal_for_the_window_uses_it_up(
    headers: dict[str, str], retry_after: float | None, remaining: int
) -> None:
    """One for another reason leaves what remains."""
    quota = known(9, 5)
    quota.refused(asking(headers, retry_after), 0.0, 40.0)
    assert quota.status(40.0).remaining == remaining


@pytest.mark.parametrize("priority", ["interactive", "bulk"])
def test_while_parked_nobody_goes(priority: Literal["interactive", "bulk"]) -> None:
    """Until the very moment that the refusal named."""
    quota = known(9, 9)
    quota.refused(Limits(retry_after=3.0), 0.25, 40.0)
    assert quota.ask(priority, 0.0, 40.0) == 3.25
    assert quota.ask(priority, 0.0, 43.0) == 0.25
    assert quota.ask(priority, 0.0, 43.25) == 0.0


def test_the_end_of_a_refusal_lets_nobody_into_an_empty_window() -> None:
    """From then on the window counts again."""
    quota = known(9, 0)
    quota.refused(Limits(retry_after=3.0), 0.0, 40.0)
    assert quota.ask("interactive", 0.0, 43.0) == 57.0


def test_a_shorter_refusal_does_not_shorten_a_longer_one() -> None:
    """The longest counts, for the caller who was refused last too."""
    quota = known(9, 9)
    assert quota.refused(Limits(retry_after=10.0), 0.0, 40.0) == 10.0
    assert quota.refused(Limits(retry_after=3.0), 0.0, 42.0) == 8.0
    assert quota.ask("interactive", 0.0, 42.0) == 8.0
    assert quota.refused(Limits(retry_after=20.0), 0.0, 42.0) == 20.0


@pytest.mark.parametrize(
    ("remaining", "parked", "now", "expected"),
    [
        (1, None, 40.0, 0.0),
        (0, None, 40.0, 60.0),
        (0, 3.0, 40.0, 60.0),
        (0, 90.0, 40.0, 90.0),
        (1, 3.0, 40.0, 3.0),
        (0, None, 130.0, 0.0),
    ],
)
def test_it_opens_when_neither_refusal_nor_empty_window_bars(
    remaining: int, parked: float | None, now: float, expected: float
) -> None:
    """The later of the two; nothing when neither is."""
    quota = known(9, remaining)
    if parked is not None:
        quota.refused(Limits(retry_after=parked), 0.0, now)
    assert quota.opens_in(now) == expected


def test_it_is_open_while_nothing_is_known() -> None:
    """Nobody is kept back for want of news."""
    assert Quota().opens_in(0.0) == 0.0


# --- the server's clock --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "ahead"),
    [
        ([], 0.0),
        ([(None, 0.0, 0.0)], 0.0),
        ([("", 0.0, 0.0)], 0.0),
        ([("soon", 0.0, 0.0)], 0.0),
        ([(100, 0.0, 0.0)], 100.0),
        ([(100, 0.0, 3.0)], 97.0),  # received later: ahead by less, at least
        ([(100, 2.0, 3.0)], 97.0),
        ([(100, 0.0, 3.0), (104, 4.0, 4.0)], 100.0),  # bounds tighten
        ([(100, 0.0, 0.0), (104, 4.0, 6.0)], 100.0),  # and never widen
        ([(100, 0.0, 0.0), (99, 0.0, 0.5)], 100.0),  # just possible: up to 100
        ([(100, 0.0, 0.0), (98, 0.0, 0.5)], 97.5),  # impossible: starts anew
        ([(100, 0.0, 0.0), (200, 0.0, 0.0)], 200.0),
        ([(100, 0.0, 0.0), (98, 0.0, 0.0), (99, 1.0, 1.5)], 98.0),
        ([(100, 0.0, 5.0), (100, 9.0, 0.0)], 95.0),  # a date that was seen tells nothing new
        ([(100, 0.0, 0.0), ("soon", 0.0, 0.0)], 100.0),
    ],
)
def test_how_far_the_servers_clock_is_ahead_at_least(
    answers: list[tuple[int | str | None, float, float]], ahead: float
) -> None:
    """Rows of an answer's date, and when it was sent and received."""
    clock = ServerClock()
    for date, sent, received in answers:
        header = formatdate(date, usegmt=True) if isinstance(date, int) else date
        clock.observe(header, sent, received)
    assert clock.ahead == ahead


# --- one for all ---------------------------------------------------------------------------


def test_clients_of_one_key_and_address_share_a_quota() -> None:
    """Others do not; it is forgotten with the last of them."""
    one = shared_quota("testfacts", "u")
    one.waiting = 7
    assert shared_quota("testfacts", "u") is one
    assert shared_quota("testfacts2", "u") is not one
    assert shared_quota("testfacts", "v") is not one
    del one
    gc.collect()
    assert shared_quota("testfacts", "u").waiting == 0
