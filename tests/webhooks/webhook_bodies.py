"""Random deliveries, made from the compiled models: whole, or as other versions have them."""

import copy
import json
import types
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from plain_sdk.runtime.events import EventModel
from plain_sdk.runtime.models import OpenEnum, wire_name
from plain_sdk.webhooks import PAYLOADS, UnknownObject

TEXTS = ("", "a", "ä漢😀", '"\\/\n\x00', "\u2028", "half \ud83d", "\udc00", "x" * 200)
TIMES = (
    "2023-10-19T14:12:25.733Z", "2026-02-28t23:59:60.5z", "2024-02-29T00:00:00+05:30",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-01T00:00:00-00:00",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, 5, -1.5, 10**400, "", "x", "\ud83d", [], [1], {}, {"a": 1}, {"type": []},
    {"actorType": {}}, {"email": 1}, [[]],
)  # fmt: skip


def random_event(random: Random, event_type: str | None = None, *, whole: bool = False) -> Any:
    """A body. With `whole`, every member is there and nothing is unknown."""
    kind = event_type or random.choice([*PAYLOADS])
    payload = _object(random, PAYLOADS[kind], whole)
    payload["eventType"] = kind
    return _shuffled(random, {
        "id": f"pEv_{random.getrandbits(64)}",
        "type": kind,
        "timestamp": random.choice(TIMES),
        "workspaceId": "w_1",
        "payload": payload,
        "webhookMetadata": {
            "webhookTargetId": "whTarget_1",
            "webhookTargetVersion": random.choice(["2024-09-18", "2026-04-21", "2031-01-01"]),
            "webhookDeliveryAttemptId": "whAttempt_1",
            "webhookDeliveryAttemptNumber": random.randint(1, 13),
            "webhookDeliveryAttemptTimestamp": random.choice(TIMES),
        },
    })  # fmt: skip


def mutated(random: Random, body: Any) -> bytes:
    """The body with a member dropped, replaced or added; or with its bytes broken."""
    body = json.loads(json.dumps(body))
    for _ in range(random.randint(1, 3)):
        *way, last = random.choice([*_places(body)])
        parent = body
        for step in way:
            parent = parent[step]
        if random.random() < 0.3:
            del parent[last]
        elif isinstance(parent, dict) and random.random() < 0.2:
            parent[random.choice(["new", "extra", "model_dump", "full_name", "~/"])] = 1
        else:
            parent[last] = copy.deepcopy(random.choice(ODD))
        if not body:
            break
    content = json.dumps(body, ensure_ascii=random.random() < 0.5).encode("utf-8", "replace")
    if random.random() < 0.2:
        content = content[: random.randrange(len(content) + 1)]
    if content and random.random() < 0.2:
        at = random.randrange(len(content))
        content = content[:at] + bytes([random.randrange(256)]) + content[at + 1 :]
    return content


def unknown_objects(value: object) -> Iterator[UnknownObject]:
    """Objects of kinds that have no model, at any depth."""
    if isinstance(value, EventModel):
        if isinstance(value, UnknownObject):
            yield value
        for name in type(value).model_fields:
            yield from unknown_objects(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from unknown_objects(item)


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if way:
        yield way
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, (*way, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*way, index))


def _shuffled(random: Random, members: dict[str, Any]) -> dict[str, Any]:
    items = [*members.items()]
    random.shuffle(items)
    return dict(items)


def _object(random: Random, model: Any, whole: bool) -> dict[str, Any]:
    fields: dict[str, FieldInfo] = model.model_fields
    made = {}
    for name, field in fields.items():
        is_constant = get_origin(field.annotation) is Literal
        if whole or is_constant or random.random() < 0.9:
            made[wire_name(name)] = _value(random, field.annotation, whole)
    if not whole and random.random() < 0.1:
        made["newMember"] = random.choice(["x", [1], {"a": None}])
    return _shuffled(random, made)


def _value(random: Random, annotation: Any, whole: bool) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _value(random, get_args(annotation)[0], whole)
    if origin is Literal:
        return get_args(annotation)[0]
    if origin in (Union, types.UnionType):
        members = [m for m in get_args(annotation) if not (whole and m is UnknownObject)]
        return _value(random, random.choice(members), whole)
    if origin is list:
        item = get_args(annotation)[0]
        return [_value(random, item, whole) for _ in range(random.randint(0, 2))]
    if annotation is UnknownObject:
        return {"type": "UNKNOWN", "actorType": "UNKNOWN", "status": "UNKNOWN", "more": [1]}
    if isinstance(annotation, type) and issubclass(annotation, EventModel):
        return _object(random, annotation, whole)
    if isinstance(annotation, type) and issubclass(annotation, OpenEnum):
        known = [member.value for member in annotation]
        return random.choice(known if whole else [*known, "BRAND_NEW"])
    choices: dict[Any, tuple[Any, ...]] = {
        str: TEXTS, bool: (True, False), int: (0, 1, 2**40), float: (0.5, 1e300),
        datetime: TIMES, type(None): (None,),
    }  # fmt: skip
    return random.choice(choices[annotation])
