"""The decisions of a sync as tables: no file, no wire."""

from dataclasses import astuple, replace
from typing import Any

import pytest

from plain_sdk._customer_sync.checkpoint import Record, Refusal
from plain_sdk._customer_sync.policy import (
    Decision,
    SyncSummary,
    decide,
    is_lasting,
    is_outage,
    is_refusal,
    may_be_the_rows_fault,
)
from plain_sdk._errors import (
    InputProblem,
    MutationFieldProblem,
    PlainAuthenticationError,
    PlainClosedError,
    PlainConnectionError,
    PlainCustomerConflictError,
    PlainError,
    PlainGraphQLError,
    PlainInputError,
    PlainMutationError,
    PlainMutationPermissionError,
    PlainNotAppliedError,
    PlainOutcomeUnknownError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
    PlainTimeoutError,
)

DONE = Record(b"A", "done", "2026-01-01T00:00:00Z", None, 1, 0)
REFUSED = replace(DONE, state="refused", refusal=Refusal("not_found", "no", False))
EMAIL = replace(REFUSED, refusal=Refusal("customer_already_exists_with_email", "no", False))
EXTERNAL_ID = replace(
    REFUSED, refusal=Refusal("customer_already_exists_with_external_id", "no", False)
)
LASTING = replace(REFUSED, refusal=Refusal("input_validation", "onCreate.email", True))
CODELESS = replace(REFUSED, refusal=Refusal(None, "no", False))


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
        (LASTING, Decision.REFUSED_BEFORE),
        (replace(LASTING, digest=b"B"), Decision.SEND),
        (replace(LASTING, digest=b""), Decision.SEND),
        # Other customers and groups may have changed meanwhile.
        (REFUSED, Decision.SEND),
        (CODELESS, Decision.SEND),
        (EMAIL, Decision.SEND),
        (EXTERNAL_ID, Decision.SEND),
    ],
)
def test_what_to_do_with_a_row_by_what_is_known_of_its_key(
    record: Record | None, decision: Decision
) -> None:
    """In run 2, of a row whose digest is A."""
    assert decide(record, b"A", run=2, retry_refused=False) is decision


@pytest.mark.parametrize(
    ("record", "decision"),
    [
        (LASTING, Decision.SEND),
        # What was not refused is not touched by it, nor what this run has met.
        (DONE, Decision.UNCHANGED),
        (replace(LASTING, run=2), Decision.REPEATED),
        (replace(LASTING, run=2, digest=b"B"), Decision.CLASHING),
    ],
)
def test_a_lasting_refusal_is_sent_again_when_told(record: Record, decision: Decision) -> None:
    """With `retry_refused`, and nothing else."""
    assert decide(record, b"A", run=2, retry_refused=True) is decision


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
        (PlainNotAppliedError("x", fields=["email"]), True),
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
    assert is_refusal(error) is final


def _field(kind: str) -> Any:
    return (MutationFieldProblem("onCreate.email", "no", kind),)


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (PlainMutationError("x", code="input_validation", fields=_field("VALIDATION")), True),
        (PlainMutationError("x", code="input_validation", fields=_field("REQUIRED")), True),
        (PlainMutationError("x", code="input_validation"), True),
        (PlainInputError([InputProblem("full_name", "is blank")]), True),
        # A group that is made later, an email that somebody gives up, a schema that changes.
        (PlainMutationError("x", code="input_validation", fields=_field("NOT_FOUND")), False),
        (PlainMutationError("x", code="not_found"), False),
        (PlainMutationError("x", code="customer_is_marked_as_spam"), False),
        (PlainMutationError("x", code="brand_new"), False),
        (PlainCustomerConflictError("x", member="email", code="input_validation"), False),
        (PlainGraphQLError("x", code="BAD_USER_INPUT"), False),
        (PlainNotAppliedError("x", fields=["email"]), False),
    ],
)
def test_which_refusals_only_another_row_mends(error: PlainError, lasting: bool) -> None:
    """What the row says is wrong with itself; nothing that depends on the moment."""
    assert is_lasting(error) is lasting


@pytest.mark.parametrize(
    ("error", "outage", "suspect"),
    [
        (PlainConnectionError("x", reached="connecting"), True, False),
        (PlainConnectionError("x", reached="secured"), True, False),
        (PlainConnectionError("x", reached="writing"), True, True),
        (PlainConnectionError("x", reached="reading"), True, True),
        (PlainTimeoutError("x"), True, False),
        (PlainTimeoutError("x", reached="written"), True, True),
        (PlainServerError("x", status_code=503), True, False),
        (PlainServerError("x", status_code=502), True, False),
        (PlainServerError("x", status_code=504), True, False),
        (PlainServerError("x", status_code=500), True, True),
        (PlainStatusError("x", status_code=404), True, True),
        (PlainResponseError("x", is_readable=False), True, True),
        (PlainRateLimitError("x"), True, False),
        (PlainResponseError("x", is_readable=True), False, None),
        (PlainMutationError("x", type="INTERNAL", code="internal"), False, None),
        (PlainAuthenticationError("x"), False, None),
        (PlainClosedError("x"), False, None),
    ],
)
def test_what_may_be_an_outage_and_what_the_row_itself(
    error: PlainError, outage: bool, suspect: bool | None
) -> None:
    """A gateway that finds nobody is never the row's fault; a broken exchange may be."""
    assert is_outage(error) is outage
    if suspect is not None:
        assert may_be_the_rows_fault(error) is suspect


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
        (SyncSummary(rows=1, waiting=1), False),
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
