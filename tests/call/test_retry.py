"""Laws of trying again; the exact values are tables, in `test_retry_table`."""

from hypothesis import given
from hypothesis import strategies as st

from plain_sdk import PlainConnectionError
from plain_sdk._call.retry import Effect, FailedAttempt, backoff, delay


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
