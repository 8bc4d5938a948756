"""What a store of deliveries promises."""

import enum
from dataclasses import dataclass
from typing import Final, Protocol

KEEP: Final = 6 * 24 * 3600.0
"""Seconds that a handled event is remembered: Plain delivers again for five days."""


class Claim(enum.Enum):
    """What a store says of an event that somebody wants to handle."""

    GRANTED = "granted"
    """It is theirs, until the lease runs out."""
    RUNNING = "running"
    """Somebody else is at it."""
    DONE = "done"
    """It was handled."""


@dataclass(frozen=True)
class Overdue:
    """An event that was answered but never finished, and is now claimed again."""

    event_id: str
    body: bytes
    attempts: int
    """How often its handling was begun, this time included."""


class DeliveryStore(Protocol):
    """Remembers which events were handled.

    Each method is atomic, also against other processes that use the same store. A token stands
    for one run of the handlers; what is no longer a run's own is left alone.
    """

    async def claim(
        self, event_id: str, token: str, lease: float, body: bytes | None = None
    ) -> Claim:
        """Claim an event for `lease` seconds; with its body, it is kept until it is done."""
        ...

    async def renew(self, event_id: str, token: str, lease: float) -> bool:
        """Extend the lease to `lease` seconds from now; False when it is somebody else's."""
        ...

    async def done(self, event_id: str) -> None:
        """The event was handled. Its body is forgotten."""
        ...

    async def release(self, event_id: str, token: str, retry_in: float | None = None) -> None:
        """The event was not handled: forget the claim, or keep the body for a later try."""
        ...

    async def overdue(self, token: str, lease: float) -> Overdue | None:
        """Claim an event whose body is kept and whose lease, or delay, has run out; if any."""
        ...

    async def aclose(self) -> None:
        """Close what the store has opened itself."""
        ...
