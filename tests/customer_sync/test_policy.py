"""The decisions of a sync as tables: no file, no wire."""

from dataclasses import astuple, replace

import pytest

from plain_sdk._customer_sync.checkpoint import Record, Refusal
from plain_sdk._customer_sync.policy import Decision, SyncSummary, decide, is_final
from plain_sdk._errors import (
    InputProblem,
    PlainAuthenticationError,
    PlainClosedError,
    PlainConnectionError,
    PlainCustomerConflictError,
    PlainError,
    PlainGraphQLError,
    PlainInputError,
    PlainMutationError,
    PlainMutationPermissionError,
    PlainOutcomeUnknownError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
    PlainTimeoutError,
)

DONE = Record(b"A", "done", "2026-01-01T00:00:00Z", None, "raise", 1, 0)
REFUSED = replace(DONE, state="refused", refusal=Refusal("not_found", "no"))
EMAIL = replace(REFUSED, refusal=Refusal("customer_already_exists_with_email", "no"))
EXTERNAL_ID = replace(REFUSED, refusal=Refusal("customer_already_exists_with_external_id", "no"))
CODELESS = replace(REFUSED, refusal=Refusal(None, "no"))


@pytest.mark.parametrize(
    ("record", "decision"),
    [
        (None, Decision.SEND),
        (DONE, Decision.UNCHANGED),
        (replace(DONE, digest=b"B"), Decision.SEND),
        (replace(DONE, state="sending"), Decision.SEND),
        (replace(DONE, run=3), Decision.UNCHANGED),  # another run, before or after
        (replace(DONE, run=2), Decision.REPEATED),
        (replace(DONE, run=2, state="sending"), Decision.REPEATED),
        (replace(REFUSED, run=2), Decision.REPEATED),
        (replace(DONE, run=2, digest=b"B"), Decision.CLASHING),
        (replace(DONE, run=2, digest=b"B", state="sending"), Decision.CLASHING),
        (replace(DONE, run=2, digest=b""), Decision.CLASHING),
        (REFUSED, Decision.REFUSED_BEFORE),
        (CODELESS, Decision.REFUSED_BEFORE),
        (replace(REFUSED, digest=b"B"), Decision.SEND),
        (EMAIL, Decision.REFUSED_BEFORE),
        (EXTERNAL_ID, Decision.REFUSED_BEFORE),
    ],
)
def test_what_to_do_with_a_row_by_what_is_known_of_its_key(
    record: Record | None, decision: Decision
) -> None:
    """In run 2, of a row whose digest is A."""
    assert decide(record, b"A", run=2, on_conflict="raise", retry_refused=False) is decision


@pytest.mark.parametrize(
    ("record", "on_conflict", "retry_refused", "decision"),
    [
        (REFUSED, "raise", True, Decision.SEND),
        (REFUSED, "relink", False, Decision.REFUSED_BEFORE),
        (CODELESS, "relink", False, Decision.REFUSED_BEFORE),
        (EMAIL, "relink", False, Decision.SEND),
        (EXTERNAL_ID, "relink", False, Decision.SEND),
        (EMAIL, "raise", True, Decision.SEND),
        (replace(EMAIL, on_conflict="relink"), "relink", False, Decision.REFUSED_BEFORE),
        (replace(EMAIL, on_conflict="relink"), "raise", False, Decision.REFUSED_BEFORE),
        (replace(EMAIL, on_conflict="relink"), "relink", True, Decision.SEND),
        # What was not refused is not touched by either.
        (DONE, "relink", True, Decision.UNCHANGED),
        # Nor is what this run has met.
        (replace(EMAIL, run=2), "relink", True, Decision.REPEATED),
        (replace(EMAIL, run=2, digest=b"B"), "relink", True, Decision.CLASHING),
    ],
)
def test_a_refused_row_is_sent_when_told_or_when_its_conflict_may_now_be_relinked(
    record: Record, on_conflict: str, retry_refused: bool, decision: Decision
) -> None:
    """Each way out of a refusal, and no others."""
    made = decide(record, b"A", run=2, on_conflict=on_conflict, retry_refused=retry_refused)
    assert made is decision


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (PlainMutationError("x", code="x", type="VALIDATION"), True),
        (PlainMutationError("x", code="x", type="BRAND_NEW"), True),
        (PlainMutationError("x", code="x", type="INTERNAL"), False),
        (PlainMutationError("x", code="x", type="FORBIDDEN"), True),
        (PlainCustomerConflictError("x", member="email", code="x", type="VALIDATION"), True),
        (PlainMutationPermissionError("x", code="forbidden", type="FORBIDDEN"), False),
        (PlainMutationPermissionError("x", code="forbidden", type="VALIDATION"), False),
        (PlainPermissionError("x", status_code=403), False),
        (PlainGraphQLError("x", code="BAD_USER_INPUT"), True),
        (PlainGraphQLError("x", code="GRAPHQL_VALIDATION_FAILED"), False),
        (PlainGraphQLError("x"), False),
        (PlainInputError([InputProblem("full_name", "is blank")]), True),
        (PlainStatusError("x", status_code=400, code="BAD_USER_INPUT"), False),
        (PlainAuthenticationError("x"), False),
        (PlainRateLimitError("x"), False),
        (PlainServerError("x"), False),
        (PlainResponseError("x"), False),
        (PlainOutcomeUnknownError("x"), False),
        (PlainConnectionError("x"), False),
        (PlainTimeoutError("x"), False),
        (PlainClosedError("x"), False),
        (PlainError("x"), False),
    ],
)
def test_which_errors_the_same_row_would_meet_again(error: PlainError, final: bool) -> None:
    """A refusal of the row itself; not one of the key, of the moment, or of nobody knows."""
    assert is_final(error) is final


@pytest.mark.parametrize(
    ("summary", "complete"),
    [
        (SyncSummary(), True),
        (SyncSummary(rows=1), False),
        (SyncSummary(rows=1, unchanged=1), True),
        (SyncSummary(rows=1, repeated=1), True),
        (SyncSummary(rows=1, created=1), True),
        (SyncSummary(rows=1, updated=1), True),
        (SyncSummary(rows=1, noop=1), True),
        (SyncSummary(rows=5, unchanged=1, repeated=1, created=1, updated=1, noop=1), True),
        (SyncSummary(rows=6, unchanged=1, repeated=1, created=1, updated=1, noop=1), False),
        (SyncSummary(rows=1, updated=1, relinked=1), True),  # these are updated too
        (SyncSummary(rows=1, refused=1), False),
        (SyncSummary(rows=1, refused_before=1), False),
        (SyncSummary(rows=1, unanswered=1), False),
        (SyncSummary(rows=1, to_send=1), False),
        (SyncSummary(rows=4, unchanged=1, repeated=1, updated=1, noop=1), True),
        (SyncSummary(rows=1, created=2), False),
        (SyncSummary(rows=2000, created=1000, unchanged=1000), True),
    ],
)
def test_a_sync_is_complete_when_every_row_is_in_plain(
    summary: SyncSummary, complete: bool
) -> None:
    """Which counts are of rows that Plain has."""
    assert summary.complete is complete


def test_a_summary_counts_nothing_by_itself() -> None:
    """Every count starts at 0."""
    assert set(astuple(SyncSummary())) == {0}
