"""From a body to an event, of any version."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from .._call.mending import mended
from .._errors import PlainWebhookPayloadError
from ..runtime.events import KNOWN, NEW, UnknownPayload, moment
from .event import WebhookEvent, WebhookMetadata
from .signing import Body, raw_bytes

if TYPE_CHECKING:
    from plain_webhooks import Payload


def parse(body: Body) -> WebhookEvent:
    """Read a body, without looking at its signature or its age.

    Any version of the payload is read. What a version lacks is None, whatever the annotation
    says, and a list that it lacks is empty; what is not known is in `extra`, unknown enum values
    keep their text, unknown members of unions are `UnknownObject`, and the payload of an unknown
    type of event is `UnknownPayload`.

    Raises `PlainWebhookPayloadError`: the body is not JSON, is no event, or has a value of a
    kind that no version has.
    """
    found = read(body)
    # The frame of an error is shown by error trackers.
    del body
    return found if isinstance(found, WebhookEvent) else refuse(*found)


def refuse(pointer: str, told: str) -> NoReturn:
    """Raise the error for what is wrong at a place."""
    message = f"{pointer}: {told}" if pointer else f"the body {told}"
    raise PlainWebhookPayloadError(message, pointer=pointer)


def read(body: Body) -> "WebhookEvent | tuple[str, str]":
    """The event, or where and what is wrong. Nothing is raised out of here that holds the body."""
    content = raw_bytes(body)
    try:
        raw = _decoded(content)
    except UnicodeDecodeError:
        return "", "is not UTF-8"
    except RecursionError:
        return "", "is nested too deeply"
    except ValueError as error:
        place = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        return "", f"is not JSON{place}"
    try:
        return _event(raw, _whole(raw, content))
    except ValidationError as error:
        first: ErrorDetails = error.errors(include_url=False, include_input=False)[0]
        return _pointer(raw, ("payload", *first["loc"])), _told(first["msg"])
    except _WrongError as error:
        return error.pointer, error.told
    except RecursionError:
        return "", "is nested too deeply"


class _WrongError(Exception):
    def __init__(self, pointer: str, told: str) -> None:
        self.pointer = pointer
        self.told = told


def _decoded(content: bytes) -> Any:
    try:
        return from_json(content, allow_inf_nan=False)
    except ValueError:
        # The fast parser refuses half characters, deep nesting and a byte order mark; the other
        # one reads them, or says what is wrong.
        return _DECODER.decode(content.decode("utf-8-sig"))


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def _whole(raw: Any, content: bytes) -> Any:
    """The same, where a text that was cut within a character has U+FFFD in place of the half."""
    # Looking for one byte is much faster than for three, and most bodies have none.
    if b"\\" not in content or (b"\\ud" not in content and b"\\uD" not in content):
        return raw
    better = mended(content)
    return raw if better is None else _DECODER.decode(better.decode())


def _event(raw: Any, whole: Any) -> "WebhookEvent":
    if not isinstance(raw, dict):
        raise _WrongError("", "is not an object")
    raw = cast("dict[str, Any]", raw)
    payload = _object(whole, "payload")
    metadata = _object(whole, "webhookMetadata")
    event_type = _text(whole, "type")
    kind = payload.get("eventType")
    return WebhookEvent(
        id=_text(whole, "id"),
        type=event_type,
        timestamp=_time(whole, "", "timestamp"),
        workspace_id=_optional_text(whole, "", "workspaceId"),
        payload=_payload(kind if isinstance(kind, str) else event_type, payload),
        metadata=WebhookMetadata(
            target_id=_optional_text(metadata, _METADATA, "webhookTargetId"),
            version=_optional_text(metadata, _METADATA, "webhookTargetVersion"),
            attempt_id=_optional_text(metadata, _METADATA, "webhookDeliveryAttemptId"),
            attempt_number=_number(metadata, "webhookDeliveryAttemptNumber"),
            timestamp=_time(metadata, _METADATA, "webhookDeliveryAttemptTimestamp"),
        ),
        raw=raw,
    )


_METADATA: Final = "/webhookMetadata"


def _payload(kind: str, payload: dict[str, Any]) -> "Payload":
    model = _payloads().get(kind, UnknownPayload)
    if not isinstance(payload.get("eventType"), str):
        payload = {**payload, "eventType": kind}
    return model.model_validate(payload, by_alias=True, by_name=False)


@cache
def _payloads() -> "dict[str, type[Payload]]":
    # Loading them takes longer than reading an event.
    from plain_webhooks import PAYLOADS

    return PAYLOADS


def _object(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = _present(raw, "", name)
    if not isinstance(value, dict):
        raise _WrongError(f"/{name}", "is not an object")
    return cast("dict[str, Any]", value)


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = _present(raw, "", name)
    if not isinstance(value, str) or not value:
        raise _WrongError(f"/{name}", "is empty" if value == "" else "is not text")
    return value


def _optional_text(raw: Mapping[str, Any], where: str, name: str) -> str | None:
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise _WrongError(f"{where}/{name}", "is not text")
    return value


def _number(raw: Mapping[str, Any], name: str) -> int | None:
    # The documentation calls it a text, the schema a number.
    value = raw.get(name)
    if value is None:
        return None
    try:
        number = int(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        number = None
    if number is None:
        raise _WrongError(f"{_METADATA}/{name}", "is not a whole number")
    return number


def _time(raw: Mapping[str, Any], where: str, name: str) -> datetime:
    value = _present(raw, where, name)
    try:
        return moment(value)
    except PydanticCustomError:
        raise _WrongError(f"{where}/{name}", "is not an ISO 8601 time") from None


def _present(raw: Mapping[str, Any], where: str, name: str) -> Any:
    if raw.get(name) is None:
        raise _WrongError(f"{where}/{name}", "is missing")
    return raw[name]


def _pointer(raw: Any, places: Sequence[str | int]) -> str:
    """Where an error is, as a JSON pointer. What only names a choice among models is left out."""
    found: list[str] = []
    is_kind = False
    for place in places:
        if is_kind or place in (KNOWN, NEW):
            is_kind = place == KNOWN
            continue
        try:
            raw = raw[place]
        except (LookupError, TypeError):
            continue
        found.append(str(place).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{place}" for place in found)


def _told(message: str) -> str:
    """What the parser says, which never repeats the value."""
    return message[:1].lower() + message[1:]
