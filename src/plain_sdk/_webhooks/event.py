"""An event, as one delivery told it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol

from typing_extensions import TypeVar

from ..runtime.events import moment

if TYPE_CHECKING:
    from plain_webhooks import Payload

PayloadT_co = TypeVar("PayloadT_co", covariant=True, default="Payload")

_KNOWN: Final = frozenset({"id", "type", "timestamp", "workspaceId", "payload", "webhookMetadata"})


@dataclass(frozen=True, slots=True)
class WebhookMetadata:
    """Which delivery it was, and to which target."""

    target_id: str | None
    """Plain's id of the webhook target."""
    version: str | None
    """The version of the payload, like `2026-04-21`, which the target is pinned to; None or
    `unversioned` for targets that were made before there were versions."""
    attempt_id: str | None
    """Plain's id of this attempt to deliver; another one for each attempt."""
    attempt_number: int | None
    """1 for the first attempt."""
    timestamp: datetime
    """When the attempt was made, aware; this is what the replay window looks at."""


class HasISO8601(Protocol):
    """A time as operations give it."""

    @property
    def iso8601(self) -> str: ...


class HasUpdatedAt(Protocol):
    """A thread, a customer or whatever else has an id and says when it last changed."""

    @property
    def id(self) -> str: ...
    @property
    def updated_at(self) -> datetime | HasISO8601: ...


@dataclass(frozen=True, slots=True)
class WebhookEvent(Generic[PayloadT_co]):
    """Something that happened in Plain.

    Plain delivers an event at least once, and in no particular order: `id` is the same in every
    delivery of an event, and `is_older_than` tells whether something newer is known already.
    """

    id: str
    """Plain's id of the event, the same in every delivery of it."""
    type: str
    """The event's type, like `thread.thread_created`. An open set."""
    timestamp: datetime
    """When it happened, aware."""
    workspace_id: str | None
    """Plain's id of the workspace."""
    payload: PayloadT_co = field(repr=False)
    """What happened: narrow it with `match` or `isinstance`."""
    metadata: WebhookMetadata
    raw: Mapping[str, Any] = field(repr=False, compare=False)
    """The whole body, as JSON, untouched."""

    @property
    def extra(self) -> dict[str, Any]:
        """What the body held besides, as JSON, under the API's names."""
        return {name: value for name, value in self.raw.items() if name not in _KNOWN}

    def is_older_than(self, known: HasUpdatedAt | datetime) -> bool:
        """Whether something newer than this event is known.

        Args:
            known: What you know: a thread, a customer or a task, from an earlier event or from a
                call, with its `updated_at`; or a moment, such as the timestamp of an event.

        If the event holds the object with the same id, the two `updated_at` are compared, else
        the event's own timestamp with what you gave.
        """
        if isinstance(known, datetime):
            return self.timestamp < moment(known)
        return self._told(known.id) < _updated(known)

    def _told(self, wanted: str) -> datetime:
        """When what the event tells was so. Its own objects stand before the previous ones."""
        payload = self.payload
        fields: dict[str, Any] = getattr(type(payload), "model_fields", {})
        for name in fields:
            held = getattr(payload, name)
            if not name.startswith("previous_") and getattr(held, "id", None) == wanted:
                return _updated(held)
        return self.timestamp


def _updated(known: HasUpdatedAt) -> datetime:
    at = known.updated_at
    return moment(at if isinstance(at, datetime) else at.iso8601)
