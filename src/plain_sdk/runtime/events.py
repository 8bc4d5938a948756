"""What the generated models of webhooks are built on: they read every version of the payload."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias, cast, get_args

from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from .models import BaseModel, hash_of, members_of, nullable, wire_name

Number: TypeAlias = int | float
"""A number that may have a fraction."""


class EventModel(BaseModel):
    """A part of a webhook, of whichever version.

    What a version lacks is None, whatever the annotation says, and a list that it lacks is
    empty; `model_fields_set` tells what was there. What this model does not know is in `extra`.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        for member in members_of(handler.resolve_ref_schema(schema)).values():
            member["schema"] = _optional(nullable(member["schema"]))
        return schema

    def __hash__(self) -> int:
        return hash_of(self)

    @property
    def extra(self) -> dict[str, Any]:
        """What the body held besides, as JSON, under the API's names."""
        return dict(self.__pydantic_extra__ or {})


def _optional(schema: Any) -> Any:
    if schema["type"] == "default":
        return schema
    if schema["type"] == "nullable" and schema["schema"]["type"] == "list":
        return core_schema.with_default_schema(schema, default_factory=list)
    return core_schema.with_default_schema(schema, default=None)


class UnknownPayload(EventModel):
    """The payload of an event type that this version does not know; its members are in `extra`."""

    event_type: str
    """The event's type, like `thread.thread_created`."""


class UnknownObject(EventModel):
    """An object of a kind that this version does not know; its members are in `extra`."""


KNOWN: Final = "<known>"
"""In an error's place, what comes before the kind of a union's member."""
NEW: Final = "<new>"
"""In an error's place, that a member of a union was read as one that is not known."""


class OneOf:
    """Annotates a union of models that may get more members; the last one takes what is new.

    Args:
        tag: The member that names the kind. Each model has its value as the default.
        has: For each model but the last, the member that only this kind has.
    """

    def __init__(self, tag: str = "", *, has: tuple[str, ...] = ()) -> None:
        self._tag = tag
        self._has = has

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        *known, other = get_args(source)
        if not self._tag:
            return self._told_by_members(known, other, handler)
        wire, name = wire_name(self._tag), self._tag
        spellings: list[list[str | int]] = [[wire], [name]]
        choices = {_default(model, name): handler.generate_schema(model) for model in known}

        def is_new(value: Any) -> Any:
            held = value.extra
            if held.get(wire, held.get(name)) in [*choices]:
                # The kind is known and did not fit: its own errors must be told.
                raise PydanticCustomError("known", "is of a known kind")
            return value

        return core_schema.union_schema(
            [
                (core_schema.tagged_union_schema(choices, spellings), KNOWN),
                (core_schema.no_info_after_validator_function(
                    is_new, handler.generate_schema(other)), NEW),
            ],
            mode="left_to_right",
        )  # fmt: skip

    def _told_by_members(
        self, known: list[Any], other: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        by_member = [
            ({wire_name(member), member}, model)
            for member, model in zip(self._has, known, strict=True)
        ]
        labels = {model: f"<{model.__name__}>" for model in (*known, other)}

        def label(value: Any) -> str:
            if not isinstance(value, Mapping):
                return labels.get(type(value), labels[other])
            keys = cast("Mapping[str, Any]", value).keys()
            found = (model for names, model in by_member if names & keys)
            return labels[next(found, other)]

        choices = {labels[model]: handler.generate_schema(model) for model in (*known, other)}
        return core_schema.tagged_union_schema(choices, discriminator=label)


def _default(model: Any, name: str) -> str:
    field: FieldInfo = model.model_fields[name]
    return str(field.default)


def moment(given: object) -> datetime:
    """The moment that an ISO 8601 text names, aware; without an offset it is in UTC."""
    if isinstance(given, str):
        try:
            found = datetime.fromisoformat(given)
        except ValueError:
            found = _odd_moment(given)
    elif isinstance(given, datetime):
        found = given
    else:
        raise PydanticCustomError("moment", "should be an ISO 8601 time")
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _odd_moment(text: str) -> datetime:
    """RFC 3339 also allows small letters and a leap second, which Python has no value for."""
    text = text.upper()
    if len(text) > _SECONDS.stop and text[_SECONDS] == ":60":
        text = f"{text[: _SECONDS.start]}:59{text[_SECONDS.stop :]}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("moment", "should be an ISO 8601 time") from None


_SECONDS: Final = slice(16, 19)


class _Moment:
    """Annotates a time."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            moment, json_schema_input_schema=core_schema.datetime_schema()
        )


DateTime: TypeAlias = Annotated[datetime, _Moment()]
"""A moment, aware."""
