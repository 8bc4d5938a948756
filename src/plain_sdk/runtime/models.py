"""What the generated models are built on: wire names, open enums, open unions, inputs."""

import enum
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar, get_args

from pydantic import (
    VERSION,
    ConfigDict,
    GetCoreSchemaHandler,
    model_validator,
)
from pydantic import (
    BaseModel as PydanticBaseModel,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from .tables import as_table


def wire_name(name: str) -> str:
    """The API's name of a Python attribute: `full_name` is `fullName`."""
    return "__typename" if name == "typename__" else to_camel(name.rstrip("_"))


_CAN_DEFER: Final = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)
"""Earlier, a model whose class is not built yet could not be dumped inside of other data."""


class BaseModel(PydanticBaseModel):
    """A model with snake_case names in Python and the API's own names on the wire."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        protected_namespaces=(),
        defer_build=_CAN_DEFER,
    )


def _hashable(value: Any) -> Any:
    """A value, or what stands for it where it cannot be hashed."""
    match value:
        case [*items]:
            return tuple(map(_hashable, items))
        case {**members}:
            return frozenset(map(_hashable, members.items()))
        case _:
            return value


def hash_of(model: PydanticBaseModel) -> int:
    """Equal models hash alike; lists, which do not hash, by what they hold."""
    held = vars(model)
    return hash((type(model), *(_hashable(held.get(name)) for name in type(model).model_fields)))


def members_of(schema: Any) -> dict[str, Any]:
    """The members of a model, in its core schema."""
    while "schema" in schema and schema["type"] != "model-fields":
        schema = schema["schema"]
    fields: dict[str, Any] = schema.get("fields", {})
    return fields


def nullable(schema: Any) -> Any:
    """The same schema, which takes null too; and so do the items of a list."""
    kind = schema["type"]
    if kind in ("default", "nullable"):
        return {**schema, "schema": nullable(schema["schema"])} if kind == "default" else schema
    if kind == "list":
        schema = {**schema, "items_schema": nullable(schema["items_schema"])}
    return core_schema.nullable_schema(schema)


class ResultModel(BaseModel):
    """A part of a response. Fields that this version does not know are ignored.

    A field that the schema promised but that is null all the same, because a newer schema
    no longer promises it, is None: the rest of the response stays usable.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        members = members_of(handler.resolve_ref_schema(schema))
        for member in members.values():
            member["schema"] = nullable(member["schema"])
        return schema

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # What a person wants to see: neither what is absent nor the name that stands before.
        for name, value in super().__repr_args__():
            if value is not None and not (name == "typename__" and value == type(self).__name__):
                yield name, value

    def _repr_html_(self) -> str:
        return as_table([self])

    def __str__(self) -> str:
        return repr(self)

    def __hash__(self) -> int:
        return hash_of(self)

    if not TYPE_CHECKING:
        # Where no such attribute is held: type checkers know which there are.
        def __getattr__(self, name: str) -> Any:
            try:
                return super().__getattr__(name)
            except AttributeError:
                told = lacks(type(self), name)
                if told is None:
                    raise
                raise AttributeError(told, name=name, obj=self) from None


LOADED: Final = frozenset({
    "company", "customer", "customer_group", "label_type", "machine_user", "tenant", "thread",
    "tier", "user",
})  # fmt: skip
"""What `client.load` fetches; a test holds it against the method's own type."""


def lacks(model: type[PydanticBaseModel], name: str) -> str | None:
    """Why a result holds no such field, and the way out; None where there is nothing to tell."""
    kind = model.__name__
    if name in model.model_fields:
        return (
            f"{kind}.{name} was not asked for: the call's detail is 'lean', which leaves other "
            "objects at their ids; make the call with options={'detail': 'full'}, or fetch what "
            "the ids name with client.load(...)"
        )
    whole, is_reference, _ = kind.rpartition("Reference")
    if not is_reference or name.startswith("_") or "id" not in model.model_fields:
        return None
    relation = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", whole).lower()
    told = (
        f"{kind!r} object has no attribute {name!r}: it only tells which "
        f"{relation.replace('_', ' ')} it is "
        f"({', '.join(n for n in model.model_fields if n != 'typename__')})"
    )
    if relation in LOADED:
        told += f"; `await client.load(objects, {relation!r})` fetches each one whole, once"
    return told


ModelT = TypeVar("ModelT", bound=PydanticBaseModel)


def construct(model: type[ModelT], members: dict[str, Any]) -> ModelT:
    """A model of members that are valid already; `model_construct` without its look-ups."""
    made = model.__new__(model)
    object.__setattr__(made, "__dict__", members)
    object.__setattr__(made, "__pydantic_fields_set__", set(members))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


class InputModel(BaseModel):
    """A part of a request. A field that is not given is left out of the request."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        # Put off is the class alone: what wraps it, like a body of FastAPI, is built at once.
        if cls.__module__ != __name__:
            cls.model_config["defer_build"] = False


class OneOfInput(InputModel):
    """An input of which exactly one field is set."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "OneOfInput":
        given = self.model_fields_set
        # Not by attribute, which would warn of a deprecated member.
        if len(given) != 1 or vars(self)[next(iter(given))] is None:
            raise PydanticCustomError(
                "exactly_one",
                "exactly one of {members} must be set, {given} given",
                {
                    "members": ", ".join(type(self).model_fields),
                    "given": " and ".join(sorted(given)) or "none",
                },
            )
        return self


class OneOfMembersInput(InputModel):
    """An input of which, beside other fields, exactly one of several is set."""

    one_of: ClassVar[tuple[str, ...]] = ()
    """The fields that exclude each other."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "OneOfMembersInput":
        given = [name for name in self.one_of if vars(self).get(name) is not None]
        if len(given) != 1:
            raise PydanticCustomError(
                "exactly_one",
                "exactly one of {members} must be set, {given} given",
                {"members": ", ".join(self.one_of), "given": " and ".join(given) or "none"},
            )
        return self


def _is_whole(given: object) -> bool:
    return isinstance(given, (Mapping, WrapperInput))


class WrapperInput(InputModel):
    """An input that only wraps a value; it takes the bare value too."""

    clearable: ClassVar[bool] = False
    """Whether the value may be null, which clears the field."""

    @model_validator(mode="before")
    @classmethod
    def _wrap(cls, given: object) -> object:
        if given is None and not cls.clearable:
            raise PydanticCustomError(
                "not_clearable", "cannot be cleared; leave the field out to keep its value"
            )
        return given if _is_whole(given) else {"value": given}


class Wrapped:
    """Annotates an optional wrapper input, so that None reaches the wrapper."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        wrapper: type[WrapperInput] = next(
            member for member in get_args(source) if member is not type(None)
        )
        return handler.generate_schema(wrapper)


class OpenEnum(enum.StrEnum):
    """An enum that keeps values which this version does not know.

    Such a value is an instance of the enum like any other: it equals and hashes as
    its wire text and round-trips, but it is not among the members.
    """

    __hash__ = str.__hash__

    @classmethod
    def _missing_(cls, value: object) -> "OpenEnum | None":
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}.{self._name_}" if self.is_known else f"{name}({self._value_!r})"

    @property
    def is_known(self) -> bool:
        """Whether this version of the client knows the value."""
        return self._name_ in type(self).__members__


class Unknown(ResultModel):
    """A union member that this version of the client does not know."""

    model_config = ConfigDict(extra="allow")

    typename__: str
    """The member's name in the API."""

    @property
    def data(self) -> dict[str, Any]:
        """What the response held for it, under the API's names."""
        return dict(self.__pydantic_extra__ or {})


class OpenUnion:
    """Annotates a union of result models that may get more members.

    A known member is chosen by `__typename`, as the API or as Python spells it; everything else
    becomes the last one: `Unknown`, or the model of what the members of an interface have in
    common.
    """

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        choices: dict[str, CoreSchema] = {}
        spellings: list[list[str | int]] = [["__typename"], ["typename__"]]
        other: Any = Unknown
        for member in get_args(source):
            names = get_args(member.model_fields["typename__"].annotation)
            if not names:
                other = member
            for name in names:
                choices[name] = handler.generate_schema(member)
        known = frozenset(choices)

        def not_known(value: Any) -> Any:
            if value.typename__ in known:
                # The member is known and did not fit: its own errors must be told.
                raise ValueError("not an unknown member")
            return value

        return core_schema.union_schema(
            [
                core_schema.tagged_union_schema(choices, discriminator=spellings),
                core_schema.no_info_after_validator_function(
                    not_known, handler.generate_schema(other)
                ),
            ],
            mode="left_to_right",
            # By what the value is: it may lack fields that were not asked for.
            serialization=core_schema.simple_ser_schema("any"),
        )


class PageInfoLike(Protocol):
    """Where a page is within its list."""

    @property
    def has_next_page(self) -> bool: ...
    @property
    def has_previous_page(self) -> bool: ...
    @property
    def start_cursor(self) -> str | None: ...
    @property
    def end_cursor(self) -> str | None: ...


class UpsertModel(ResultModel):
    """What an upsert did, and the object as it is now."""

    @property
    def created(self) -> bool:
        """Nothing matched, so the object was created."""
        return self._result() == "CREATED"

    @property
    def updated(self) -> bool:
        """Something matched, and at least one value differed."""
        return self._result() == "UPDATED"

    @property
    def unchanged(self) -> bool:
        """Something matched, and nothing differed."""
        return self._result() == "NOOP"

    def _result(self) -> str:
        return str(getattr(self, "result", ""))
