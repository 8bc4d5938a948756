"""The decisions of a sync: what to do with a row, and what its outcome means."""

import enum
from dataclasses import dataclass

from .._call.responses import CONFLICTS
from .._errors import (
    PlainError,
    PlainGraphQLError,
    PlainInputError,
    PlainMutationError,
    PlainPermissionError,
)
from .checkpoint import Record


class Decision(enum.Enum):
    """What to do with a row."""

    SEND = "send"
    UNCHANGED = "unchanged"
    """Plain has it as it is."""
    REFUSED_BEFORE = "refused before"
    """Plain refused just this, and would again."""
    REPEATED = "repeated"
    """The same row was met earlier in this run."""
    CLASHING = "clashing"
    """Another row with the same key was met earlier in this run."""


def decide(
    record: Record | None, digest: bytes, *, run: int, on_conflict: str, retry_refused: bool
) -> Decision:
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
    now_relinked = (
        on_conflict == "relink"
        and record.on_conflict != "relink"
        and record.refusal.code in CONFLICTS
    )
    return Decision.SEND if retry_refused or now_relinked else Decision.REFUSED_BEFORE


def is_final(error: PlainError) -> bool:
    """Whether the same row would be refused again, rather than that no good response came."""
    match error:
        case PlainPermissionError():
            # With a better key the row may pass.
            return False
        case PlainMutationError():
            return error.type != "INTERNAL"
        case PlainGraphQLError():
            return error.code == "BAD_USER_INPUT"
        case _:
            return isinstance(error, PlainInputError)


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
    """Rows that Plain refused, or that cannot be sent."""
    refused_before: int = 0
    """Rows that Plain refused in an earlier run and that have not changed."""
    unanswered: int = 0
    """Rows without a usable response; the next run sends them again."""
    to_send: int = 0
    """Rows that a dry run would have sent."""

    @property
    def complete(self) -> bool:
        """Whether every row that was read is in Plain."""
        held = self.unchanged + self.repeated + self.created + self.updated + self.noop
        return held == self.rows
