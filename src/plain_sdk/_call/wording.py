"""What the pipeline says when a call fails: the errors, in words."""

from .._errors import (
    MutationOutcome,
    PlainClosedError,
    PlainConnectionError,
    PlainError,
    PlainOutcomeUnknownError,
    PlainRateLimitError,
    PlainTimeoutError,
)
from .._transports.base import TransportError
from .call import AnyOperation, Call
from .quota import QuotaStatus
from .retry import Effect, outcome


def closed(operation: AnyOperation) -> PlainClosedError:
    """The client was closed before the call."""
    return PlainClosedError(
        "the client is closed; create a new AsyncPlainClient", operation=operation.name
    )


def closed_meanwhile(call: Call) -> PlainClosedError:
    """The client was closed during the call."""
    return PlainClosedError(
        "the client was closed while the call was in progress",
        outcome=_outcome(call),
        operation=call.operation.name,
        attempts=call.attempts,
    )


def quota_used_up(call: Call, quota: QuotaStatus, opens_in: float) -> PlainRateLimitError:
    """Waiting for quota would take longer than the call may."""
    whole = f"the quota of {quota.limit} requests" if quota.limit else "the quota"
    return PlainRateLimitError(
        f"{whole} is used up for another {opens_in:.3g} seconds, longer than this "
        "call may wait; it was not sent",
        limit=quota.limit,
        remaining=quota.remaining,
        reset_at=quota.reset_at,
        outcome=_outcome(call),
        operation=call.operation.name,
        attempts=call.attempts,
    )


def no_turn(call: Call, max_in_flight: int) -> PlainTimeoutError:
    """The call did not get its turn within `pool_timeout`."""
    timeout = call.settings.pool_timeout
    assert timeout is not None  # Without a limit, nobody waits in vain.
    return PlainTimeoutError(
        f"its turn did not come within {timeout:g} seconds: still "
        f"{call.stage} ({max_in_flight} at most); it was not sent",
        timeout=timeout,
        outcome=_outcome(call),
        operation=call.operation.name,
        attempts=call.attempts,
    )


def no_response(call: Call, error: TransportError, api_key: str) -> PlainError:
    """An attempt brought no response."""
    # The transport's own error is told in words and not kept: it holds the request and the key.
    # A key of a few letters is nobody's, and would only garble the words.
    told = str(error).replace(api_key, "…") if len(api_key) > 7 else str(error)
    operation = call.operation.name
    reached = _reached(call) or ""
    if error.timeout is not None:
        message = f"{told} after {error.timeout:g} seconds"
        return PlainTimeoutError(
            message, timeout=error.timeout, reached=reached, operation=operation
        )
    what = "the connection broke" if error.maybe_received else "no connection could be made"
    return PlainConnectionError(f"{what}: {told}", reached=reached, operation=operation)


def timed_out(call: Call) -> PlainError:
    """The time of the whole call is up."""
    waited = f", {call.waited:.2g} of them queued behind others" if call.waited else ""
    timeout = call.settings.timeout
    assert timeout is not None  # Without a limit, no call is ended by one.
    sent = _is_sent(call)
    if sent or call.in_doubt:
        told = "Plain may or may not have carried it out"
    else:
        told = "it was not carried out" if call.attempts else "not sent"
    error = PlainTimeoutError(
        f"not finished within {timeout:g} seconds{waited}: still {call.stage}; {told}",
        timeout=timeout,
        outcome=_outcome(call),
        reached=_reached(call),
        operation=call.operation.name,
        attempts=call.attempts,
    )
    return outcome_unknown(error) if sent and not call.operation.repeatable else error


def _is_sent(call: Call) -> bool:
    """Whether an attempt is under way that may have been received."""
    attempt = call.attempt
    # An attempt that is over has said what it left behind.
    under_way = attempt is not None and call.stage == attempt.reached.told
    return under_way and attempt is not None and attempt.maybe_received


def _outcome(call: Call) -> MutationOutcome:
    """What became of a mutation that ends between two attempts, or within one."""
    return outcome(
        is_mutation=call.operation.kind == "mutation",
        in_doubt=call.in_doubt or _is_sent(call),
        effect=Effect.NONE,
    )


def _reached(call: Call) -> str | None:
    return None if call.attempt is None else call.attempt.reached.name.lower()


def outcome_unknown(error: PlainError) -> PlainOutcomeUnknownError:
    """The error of a mutation that may have been carried out and must not be sent again."""
    unknown = PlainOutcomeUnknownError(
        f"{error.message}. Plain may have carried it out, and it is not safe to retry, so it was "
        "not sent again. Check whether it happened before you retry it",
        operation=error.operation,
        request_id=error.request_id,
        attempts=error.attempts,
    )
    unknown.__cause__ = error
    return unknown
