"""Whether a delivery is recent. Plain says nothing about it; 300 s is what its own SDK allows."""

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from .._errors import InputProblem, PlainInputError, PlainWebhookReplayError

TOLERANCE: Final = 300.0
"""Seconds, either way."""


def check_age(sent: datetime, now: datetime | float | None, tolerance: float) -> None:
    """Refuse what was sent more than `tolerance` seconds before now, or after."""
    if math.isnan(tolerance) or tolerance < 0:
        problem = InputProblem("tolerance", f"is {tolerance!r}: give seconds, like 300.0")
        raise PlainInputError([problem])
    age = (_moment(now) - sent) / timedelta(seconds=1)
    if abs(age) > tolerance:
        told = f"{age:.1f} s ago" if age > 0 else f"{-age:.1f} s in the future"
        raise PlainWebhookReplayError(
            f"the delivery was sent {told}; {tolerance:g} s are allowed",
            age=age,
            tolerance=tolerance,
        )


def _moment(now: datetime | float | None) -> datetime:
    if isinstance(now, datetime):
        return now if now.tzinfo is not None else now.replace(tzinfo=UTC)
    return datetime.fromtimestamp(time.time() if now is None else now, UTC)
