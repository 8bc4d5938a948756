"""Operations with `detail="lean"`: other objects by their ids, and models that lack the rest.

A lean response lacks fields that the models promise. Models of the same names, whose fields may
all be missing, read it; then each object becomes one of the class that it stands for, without
the fields that were not asked for. Reading one of those raises (`ResultModel.__getattr__`).
"""

import re
from copy import copy
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin

from pydantic import create_model
from pydantic.fields import FieldInfo

from ..runtime.models import ResultModel
from ..runtime.operations import Operation

DataT = TypeVar("DataT")
PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")

_FRAGMENT: Final = re.compile(r"fragment (\w+) on ")
_SPREAD: Final = re.compile(r"\.\.\.(?!on\b)(\w+)")


class _Missing:
    """Stands for a field that a response lacks, until the model is finished."""

    def __deepcopy__(self, memo: object) -> "_Missing":
        return self


_MISSING: Final = _Missing()


@lru_cache(maxsize=512)
def lean(operation: Operation[DataT, PayloadT, ValueT]) -> Operation[DataT, PayloadT, ValueT]:
    """The same operation, with less detail; itself where it holds no other objects' content."""
    package, found, _ = operation.data_type.__module__.rpartition(".operations.")
    if not found:
        return operation
    try:
        texts = import_module(f"{package}.lean")
    except ModuleNotFoundError:
        # A package of operations that an earlier version has compiled.
        return operation
    if operation.name not in texts.OPERATIONS:
        return operation
    head, permissions = texts.OPERATIONS[operation.name]
    data_type = cast("type[DataT]", _may_lack(cast("Any", operation.data_type)))

    def payload(data: DataT) -> PayloadT:
        finish(data)
        return operation.payload(data)

    return replace(
        operation,
        document=_document(operation.document, head, texts.FRAGMENTS),
        permissions=permissions,
        data_type=data_type,
        payload=payload,
        derived_permissions=tuple(p for p in operation.derived_permissions if p in permissions),
    )


def _document(full: str, head: str, fragments: dict[str, str]) -> str:
    """The lean text of a document: each fragment that is still reached, lean where it differs."""
    starts = [match.start() for match in _FRAGMENT.finditer(full)]
    pieces = [full[a:b] for a, b in zip([0, *starts], [*starts, len(full)], strict=True)]
    known = {_name(text): text for text in pieces[1:]} | {
        name: text for name, text in fragments.items() if f"fragment {name} on " in full
    }
    head = head or pieces[0]
    reached: set[str] = set()
    pending = set(_SPREAD.findall(head))
    while pending:
        name = pending.pop()
        reached.add(name)
        pending |= set(_SPREAD.findall(known[name])) - reached
    return head + "".join(known[name] for name in known if name in reached)


def _name(text: str) -> str:
    match = _FRAGMENT.match(text)
    assert match is not None
    return match[1]


@cache
def _may_lack(model: type[ResultModel]) -> type[ResultModel]:
    """A model like this one, every field of which may be missing."""
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if get_origin(info.annotation) is Literal:
            # What a union's members are told apart by.
            continue
        made: FieldInfo = copy(info)
        made.annotation = _lacking(info.annotation)
        made.default = _MISSING
        fields[name] = (made.annotation, made)
    made_model = create_model(model.__name__, __base__=model, __module__=__name__, **fields)
    _STANDS_FOR[made_model] = model
    return made_model


_STANDS_FOR: Final[dict[type[ResultModel], type[ResultModel]]] = {}


def _lacking(annotation: Any) -> Any:
    """A type, with the models in it replaced by those that may lack fields."""
    if isinstance(annotation, type) and issubclass(annotation, ResultModel):
        # `Unknown` keeps whatever comes.
        keeps_all = annotation.model_config.get("extra") == "allow"
        return cast("Any", annotation) if keeps_all else _may_lack(annotation)
    origin, given = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return Annotated[(_lacking(given[0]), *given[1:])]
    if origin in (Union, UnionType):
        return Union[tuple(map(_lacking, given))]  # noqa: UP007
    if origin is list:
        return list[_lacking(given[0])]  # type: ignore[misc]
    return cast("Any", annotation)


def finish(value: object) -> None:
    """Make models those of the classes that they stand for, without what is missing."""
    if isinstance(value, list):
        for item in cast("list[object]", value):
            finish(item)
        return
    stands_for = _STANDS_FOR.get(cast("Any", type(value)))
    if stands_for is None:
        return
    held = vars(value)
    for name in [name for name, inner in held.items() if inner is _MISSING]:
        del held[name]
    for inner in held.values():
        finish(inner)
    object.__setattr__(value, "__class__", stands_for)
