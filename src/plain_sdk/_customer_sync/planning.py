"""What a sync does with a row: the decision, noted in the checkpoint."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._call.responses import CONFLICTS
from .._customers.prepared import PreparedUpsert, email_key, prepared
from .._customers.rows import UpsertRow
from .._errors import (
    InputProblem,
    PlainCustomerConflictError,
    PlainError,
    PlainInputError,
    PlainMutationError,
    PlainNotAppliedError,
)
from .._outcome import Err, Outcome
from .checkpoint import Checkpoint, Claims, Record
from .policy import Decision, decide

if TYPE_CHECKING:
    from plain_graphql.operations.upsert_customer import UpsertedCustomer


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that gets an outcome: by sending it, or right away."""

    place: int
    row: UpsertRow
    key: str | None
    send: PreparedUpsert | None
    known: "Outcome[UpsertedCustomer] | None" = None
    count_as: str = "refused"
    replaces: bool = False
    """Whether the file holds something that sending the row makes untrue."""
    attempts: int = 0
    """Requests that were sent for it before, when it comes up once more."""


class Planner:
    """Decides row by row."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        counts: Counter[str],
        now: Callable[[], str],
        *,
        retry_refused: bool,
    ) -> None:
        self._checkpoint = checkpoint
        self._counts = counts
        self._now = now
        self._retry_refused = retry_refused

    def plan(self, place: int, row: UpsertRow) -> Planned | None:
        """What gets an outcome; None for a row that is only counted."""
        try:
            upsert = prepared(row)
        except PlainInputError as error:
            return Planned(place, row, None, None, Err(error))
        key, digest, checkpoint = upsert.key, upsert.digest, self._checkpoint
        record = checkpoint.record(key)
        decision = decide(record, digest, run=checkpoint.run, retry_refused=self._retry_refused)
        if decision is Decision.REPEATED:
            self._counts[decision.value] += 1
            return None
        if decision is Decision.CLASHING:
            assert record is not None
            told = f"has the key {key} of row {record.place + 1} but different content; keep one"
            return Planned(place, row, key, None, _refused("row", told))
        claims = claims_of(upsert)
        others, met = checkpoint.same_customer(key, claims)
        if met is not None:
            told = f"is the customer of row {met + 1} under another key; keep one"
            return Planned(place, row, key, None, _refused("row", told))
        if decision is Decision.SEND:
            # Whether it arrives or not: what the file says of the others is no longer certain.
            checkpoint.outdated(others)
            checkpoint.planned(key, digest, place, self._now(), claims)
            return Planned(place, row, key, upsert, replaces=record is not None or bool(others))
        assert record is not None
        checkpoint.seen(key, place)
        if decision is Decision.REFUSED_BEFORE:
            return Planned(place, row, key, None, Err(_before(record)), "refused_before")
        self._counts[decision.value] += 1
        return None


def claims_of(upsert: PreparedUpsert) -> Claims:
    """Who the row says its customer is. Rows in the API's own form say it by their key alone."""
    kind, _, value = upsert.key.partition(":")
    if upsert.members is None:
        return Claims(value if kind == "email" else None, value if kind == "external_id" else None)
    return Claims(email_key(upsert.members.email), upsert.members.external_id)


def _refused(path: str, told: str) -> "Outcome[UpsertedCustomer]":
    return Err(PlainInputError([InputProblem(path, told)], operation="upsertCustomer"))


def _before(record: Record) -> PlainError:
    refusal = record.refusal
    assert refusal is not None
    code = refusal.code or "unknown"
    about = f" for {refusal.fields}" if refusal.fields else ""
    message = (
        f"refused with code {code}{about} at {record.at}, and unchanged since; to see Plain's "
        "words, send it again with retry_refused (--retry-refused)"
    )
    details: dict[str, Any] = {"code": code, "type": "VALIDATION", "operation": "upsertCustomer"}
    if code in CONFLICTS:
        return PlainCustomerConflictError(message, member=CONFLICTS[code], **details)
    return PlainMutationError(message, **details)


def overwritten(place: int, error: PlainError | None = None) -> PlainError:
    """The error for a row whose customer turned out to be another row's."""
    met = "" if error is None else f" (and then met: {error.message})"
    return PlainNotAppliedError(
        f"is the customer of row {place + 1}, too; Plain has this row's content now, and the "
        f"next run sends both again: keep one{met}",
        operation="upsertCustomer",
    )
