"""Objects in the shape that webhooks give them, which is not the one of the API.

Times are plain text, actors and components carry a tag, connections are lists. The models of
webhooks tell the shape; the sandbox's objects have nearly every member by the same name.
"""

import types
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from ..runtime.events import EventModel
from ..runtime.models import OpenEnum, wire_name
from ._context import Context

_RENAMED = {"assignee": "assignedTo", "type": "type"}
_ACTORS = {"User", "MachineUser", "Customer", "System"}


def shaped(context: Context, kind: str, source: Mapping[str, Any] | None) -> Any:
    """An object of the API as the webhooks' object of a kind, like `Thread`; None stays None."""
    return None if source is None else _object(context, _model(kind), source)


@cache
def _model(kind: str) -> type[EventModel]:
    import plain_webhooks

    model: type[EventModel] = getattr(plain_webhooks, kind)
    return model


def _object(context: Context, model: type[EventModel], source: Mapping[str, Any]) -> Any:
    told: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        wire = wire_name(name)
        if get_origin(field.annotation) is Literal:
            told[wire] = get_args(field.annotation)[0]
            continue
        told[wire] = _shaped(context, field.annotation, _member(context, source, wire))
    return told


def _member(context: Context, source: Mapping[str, Any], wire: str) -> Any:
    if wire == "workspaceId":
        return context.workspace_id
    if wire == "fileSizeBytes":
        return source["fileSize"]["bytes"]
    if wire == "system":
        return source.get("systemId")
    if wire == "customerGroupId" and "customerGroup" in source:
        return source["customerGroup"]["id"]
    value = source.get(wire, source.get(_RENAMED.get(wire, wire)))
    if callable(value):
        value = cast("Callable[..., Any]", value)(context)
    if isinstance(value, Mapping) and "edges" in value:
        return [edge["node"] for edge in cast("Any", value)["edges"]]
    return value


def _shaped(context: Context, annotation: Any, value: Any) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _shaped(context, get_args(annotation)[0], value)
    if origin in (Union, types.UnionType):
        members = [m for m in get_args(annotation) if m is not type(None)]
        if value is None and len(members) < len(get_args(annotation)):
            return None
        models = [m for m in members if isinstance(m, type) and issubclass(m, EventModel)]
        if len(models) > 1 and isinstance(value, Mapping):
            return _one_of(context, models, cast("Mapping[str, Any]", value))
        return _shaped(context, members[0], value)
    if origin is list:
        return [_shaped(context, get_args(annotation)[0], item) for item in value or ()]
    if isinstance(value, Mapping):
        value = cast("Mapping[str, Any]", value)
        if isinstance(annotation, type) and issubclass(annotation, EventModel):
            return _object(context, annotation, value)
        if "iso8601" in value and annotation in (datetime, str):
            return value["iso8601"]
        return None
    if isinstance(annotation, type) and issubclass(annotation, OpenEnum):
        return _enum(annotation, value)
    return value


def _one_of(context: Context, models: list[type[EventModel]], value: Mapping[str, Any]) -> Any:
    """The member of a union that the API's type of the same thing stands for."""
    name: str = value["__typename"]
    if name.startswith("ThreadStatusDetail"):
        name = "Status" + name.removeprefix("ThreadStatusDetail")
    elif name.startswith("Component"):
        name = name.removeprefix("Component") + "Component"
    elif name in ("CustomerEmailActor", "UserEmailActor"):
        name = name.replace("Email", "")
    for model in models:
        if model.__name__ == name:
            return _object(context, model, value)
    # No version of webhooks tells of it: an entry is then told as their schemas have it, anything
    # else by its kind at least.
    if name.endswith("Entry"):
        return {"entryType": "UNKNOWN"}
    return {"type": name[0].lower() + name[1:]}


def _enum(kind: type[Enum], value: Any) -> Any:
    """An enum's value as webhooks write it: some in small letters."""
    known = {str(member.value) for member in kind}
    small = str(value).lower()
    return small if value is not None and value not in known and small in known else value
