"""Deliveries to try a receiver with: an event of any type, as Plain would post it."""

import json
import secrets
import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from .._errors import InputProblem, PlainInputError
from ..runtime.events import EventModel
from ..runtime.models import OpenEnum, wire_name
from .signing import HEADER, sign

VERSION: Final = "2026-09-11"
"""The newest version of the payload that is known here; it has every type of event."""

_ULID_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID: Final = "01HD44FHMCDSSWE38N14FSYV6K"
_WORKSPACE: Final = f"w_{_ULID}"
_TARGET: Final = f"whTarget_{_ULID}"


@dataclass(frozen=True)
class Sample:
    """A delivery that was made up."""

    event_type: str
    event_id: str
    body: bytes
    headers: Mapping[str, str]
    """Plain's headers; the signature too, if there is a secret."""


def event_types() -> list[str]:
    """Every type of event that has a model."""
    from plain_webhooks import PAYLOADS

    return [*PAYLOADS]


def sample(
    event_type: str,
    *,
    secret: str | None,
    event_id: str | None = None,
    attempt: int = 1,
    now: datetime | None = None,
) -> Sample:
    """A delivery of an event of this type, signed, with Plain's headers.

    Args:
        event_type: Like `thread.thread_created`.
        secret: What to sign with; None: without a signature, as Plain does without a secret.
        event_id: The event's id; default: another one each time.
        attempt: The number of the attempt.
        now: When the event happens and is delivered, aware; default: now.

    Raises `PlainInputError` for a type of event that has no model.
    """
    from plain_webhooks import PAYLOADS

    model = PAYLOADS.get(event_type)
    if model is None:
        known = ", ".join(PAYLOADS)
        problem = InputProblem("event_type", f"{event_type!r} is not known; known are {known}")
        raise PlainInputError([problem])
    at = _written(now or datetime.now(UTC))
    event_id = event_id or _new_id("pEv")
    attempt_id = _new_id("whAttempt")
    content = {
        "timestamp": at,
        "workspaceId": _WORKSPACE,
        "payload": _object(model, at, is_payload=True),
        "id": event_id,
        "webhookMetadata": {
            "webhookTargetId": _TARGET,
            "webhookTargetVersion": VERSION,
            "webhookDeliveryAttemptId": attempt_id,
            "webhookDeliveryAttemptNumber": attempt,
            "webhookDeliveryAttemptTimestamp": at,
        },
        "type": event_type,
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "Plain-Webhooks/1.0 (plain.com; help@plain.com)",
        "Plain-Workspace-Id": _WORKSPACE,
        "Plain-Webhook-Target-Id": _TARGET,
        "Plain-Webhook-Target-Version": VERSION,
        "Plain-Webhook-Delivery-Attempt-Id": attempt_id,
        "Plain-Webhook-Delivery-Attempt-Number": str(attempt),
        "Plain-Webhook-Delivery-Attempt-Timestamp": at,
        "Plain-Event-Type": event_type,
        "Plain-Event-Id": event_id,
    }
    if secret is not None:
        headers[HEADER] = sign(body, secret)
    return Sample(event_type, event_id, body, headers)


def _new_id(prefix: str) -> str:
    # Only the first digit of a ULID is bounded.
    rest = "".join(secrets.choice(_ULID_DIGITS) for _ in range(25))
    return f"{prefix}_0{rest}"


def _written(at: datetime) -> str:
    """As Plain writes times: in UTC, with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(model: Any, at: str, *, is_payload: bool = False) -> dict[str, Any]:
    fields: dict[str, FieldInfo] = model.model_fields
    return {
        wire_name(name): _member(field, at, is_payload=is_payload) for name, field in fields.items()
    }


def _member(field: FieldInfo, at: str, *, is_payload: bool) -> Any:
    if field.examples:
        return field.examples[0]
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)[0]
    return _value(field.annotation, at, fill=is_payload)


def _value(annotation: Any, at: str, *, fill: bool = False) -> Any:
    """A value of a type. What may be null is, except for the members of a payload."""
    origin = get_origin(annotation)
    if origin is Annotated:
        annotation = get_args(annotation)[0]
        origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        members = get_args(annotation)
        nullable = type(None) in members
        return None if nullable and not fill else _value(members[0], at)
    if origin is list:
        return [_value(get_args(annotation)[0], at)]
    if isinstance(annotation, type) and issubclass(annotation, OpenEnum):
        return next(iter(annotation)).value
    if isinstance(annotation, type) and issubclass(annotation, EventModel):
        return _object(annotation, at)
    return {str: "text", bool: False, int: 1, float: 1.0, datetime: at}[annotation]
