"""The decisions of a sync: what to do with a row, and what its outcome means."""

import enum
from dataclasses import dataclass
from typing import Final

from .._errors import (
    PlainConnectionError,
    PlainCustomerConflictError,
    PlainError,
    PlainGraphQLError,
    PlainInputError,
    PlainMutationError,
    PlainNotAppliedError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
    PlainTimeoutError,
)
from ..runtime.tables import as_table
from .checkpoint import Record


class Decision(enum.Enum):
    """What to do with a row."""

    SEND = "send"
    UNCHANGED = "unchanged"
    """Plain has it as it is."""
    REFUSED_BEFORE = "refused before"
    """Plain refused just this for what the row says, and would again."""
    REPEATED = "repeated"
    """The same row was met earlier in this run."""
    CLASHING = "clashing"
    """Another row with the same key was met earlier in this run."""


def decide(record: Record | None, digest: bytes, *, run: int, retry_refused: bool) -> Decision:
    """What to do with a row, by what is known of its key."""
    if record is None:
        return Decision.SEND
    same = record.digest == digest
    if record.run == run:
        return Decision.REPEATED if same else Decision.CLASHING
    if not same or record.state == "sending":
        return Decision.SEND
    if record.refusal is None:
        return Decision.UNCHANGED
    # What depended on the moment may pass now: a conflict, a group that is made since.
    again = retry_refused or not record.refusal.lasting
    return Decision.SEND if again else Decision.REFUSED_BEFORE


def is_refusal(error: PlainError) -> bool:
    """Whether Plain understood the row and did not do it, rather than that no response came."""
    match error:
        case PlainPermissionError():
            # With a better key the row may pass.
            return False
        case PlainMutationError():
            return error.type != "INTERNAL"
        case PlainGraphQLError():
            return error.code == "BAD_USER_INPUT"
        case _:
            return isinstance(error, PlainInputError | PlainNotAppliedError)


def is_lasting(error: PlainError) -> bool:
    """Whether the row itself is wrong, so that nothing but another row mends it.

    Everything else depends on the moment: on other customers, on groups that may be made, on
    the API's present schema.
    """
    if isinstance(error, PlainInputError):
        return True
    if not isinstance(error, PlainMutationError) or isinstance(error, PlainCustomerConflictError):
        return False
    absent = any(field.type == "NOT_FOUND" for field in error.fields)
    return error.code == "input_validation" and not absent


def is_outage(error: PlainError) -> bool:
    """Whether the error may be Plain's or the network's, so that waiting can help."""
    match error:
        case PlainResponseError():
            return not error.is_readable
        case PlainStatusError():
            return True
        case _:
            return isinstance(
                error,
                PlainConnectionError | PlainTimeoutError | PlainServerError | PlainRateLimitError,
            )


_AWAY: Final = (502, 503, 504)
_BEFORE_SENDING: Final = ("", "nothing", "connecting", "connected", "secured")


def may_be_the_rows_fault(error: PlainError) -> bool:
    """Whether a request of this row alone may be what ends in such an error, time and again."""
    match error:
        case PlainServerError():
            return error.status_code not in _AWAY
        case PlainConnectionError():
            return error.reached not in _BEFORE_SENDING
        case PlainTimeoutError():
            return error.reached is not None and error.reached not in _BEFORE_SENDING
        case _:
            return not isinstance(error, PlainRateLimitError)


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """What happened to the rows of a sync, as counts."""

    rows: int = 0
    """Rows that were read."""
    unchanged: int = 0
    """Rows that an earlier run sent in their present form."""
    repeated: int = 0
    """Rows that came up earlier in this run, with the same content."""
    created: int = 0
    updated: int = 0
    noop: int = 0
    """Rows that were sent, but that Plain already had."""
    relinked: int = 0
    """Of the rows sent: customers found under another identity."""
    refused: int = 0
    """Rows that Plain refused, that cannot be sent, or that did not arrive as they are."""
    refused_before: int = 0
    """Rows that Plain refused in an earlier run for what they say, and that have not changed."""
    waiting: int = 0
    """Rows with a conflict, which are sent once more when all others are through."""
    unanswered: int = 0
    """Rows without a usable response; the next run sends them again."""
    to_send: int = 0
    """Rows that a dry run would have sent."""

    @property
    def complete(self) -> bool:
        """Whether every row that was read is in Plain."""
        held = self.unchanged + self.repeated + self.created + self.updated + self.noop
        return held == self.rows

    def _repr_html_(self) -> str:
        return as_table([self])
