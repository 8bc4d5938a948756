"""What the calls of one task have sent, for whoever started the task."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(eq=False)
class Tally:
    """How often requests were sent, and whether one may be under way."""

    attempts: int = 0
    in_doubt: bool = False
    """A request was sent and its response has not come."""
    answered: bool = False
    """A request was answered well, so that something may have been carried out."""


TALLY: ContextVar[Tally | None] = ContextVar("plain_sdk_tally", default=None)
"""The tally of the running task; the choke point keeps it."""
