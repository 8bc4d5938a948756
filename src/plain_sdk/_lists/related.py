"""Gathers the ids that a list of objects name, and looks each up once."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, TypeVar

from .._bulk.outcomes import Outcomes, Settled
from .._bulk.packing import packed_document
from .._call.lean import finish, lean
from .._call.pipeline import Pipeline
from .._config import bulk_options
from .._errors import InputProblem, PlainError, PlainGraphQLError, PlainInputError
from .._outcome import Err, Ok
from ..runtime.models import InputModel
from ..runtime.operations import Operation, RequestOptions

ItemT = TypeVar("ItemT")

_ABSENT: Final = object()


async def load(
    pipeline: Pipeline,
    objects: Iterable[ItemT],
    relation: str,
    by: Callable[[ItemT], str | None] | None,
    *,
    max_running: int,
    pack: int,
    options: RequestOptions | None,
) -> dict[str, Any]:
    """The objects that are named, by their ids."""
    operation = _look_up(relation)
    ids = dict.fromkeys(_ids(objects, relation, by, operation.name))
    given = bulk_options(options)
    if pipeline.settings(given).detail == "lean":
        operation = lean(operation)
    found: dict[str, Any] = {}

    async def call(some: list[str]) -> list[Settled[Any]]:
        return [Settled(outcome) for outcome in await _looked_up(pipeline, operation, some, given)]

    async with Outcomes(call, ids, max_running=max_running, pack=pack) as outcomes:
        async for outcome in outcomes:
            value = outcome.outcome.unwrap()
            if value is not None:
                found[outcome.item] = value
    return {id_: found[id_] for id_ in ids if id_ in found}


def _ids(
    objects: Iterable[ItemT],
    relation: str,
    by: Callable[[ItemT], str | None] | None,
    operation: str,
) -> Iterable[str]:
    for place, item in enumerate(objects):
        named = by(item) if by is not None else named_id(item, relation)
        if named is _ABSENT:
            told = (
                f"a {type(item).__name__} names no {relation}: give ids, objects with "
                f"`{relation}` or `{relation}_id`, or say with `by` where the id is"
            )
            raise PlainInputError([InputProblem(f"objects[{place}]", told)], operation=operation)
        if named is None:
            continue
        if not isinstance(named, str):
            told = f"the id of its {relation} is {named!r}, which is no text"
            raise PlainInputError([InputProblem(f"objects[{place}]", told)], operation=operation)
        yield named


def named_id(item: object, relation: str) -> object:
    """The id that an object names; None where it is null, and something odd where it is absent."""
    if isinstance(item, str):
        return item
    for name in (relation, f"{relation}_id"):
        value = getattr(item, name, _ABSENT)
        if value is None or isinstance(value, str):
            return value
        if value is not _ABSENT and (id_ := getattr(value, "id", _ABSENT)) is not _ABSENT:
            return id_
    kind = "".join(word.capitalize() for word in relation.split("_"))
    # A `CustomerReference`, a `Customer`, a `CustomerId`.
    if type(item).__name__ in (kind, f"{kind}Reference", f"{kind}Id", f"Assigned{kind}"):
        return getattr(item, "id", _ABSENT)
    return _ABSENT


def _look_up(relation: str) -> Operation[Any, Any, Any]:
    module = import_module(f"plain_graphql.operations.{relation}")
    operation: Operation[Any, Any, Any] = getattr(module, relation.upper())
    return operation


async def _looked_up(
    pipeline: Pipeline,
    operation: Operation[Any, Any, Any],
    ids: list[str],
    options: RequestOptions,
) -> "list[Ok[Any] | Err]":
    try:
        if len(ids) == 1:
            (variable,) = operation.variables_type.model_fields
            return [Ok(await pipeline.value(operation, {variable: ids[0]}, options))]
        several = packed(operation, len(ids))
        variables = {f"i{place}": id_ for place, id_ in enumerate(ids)}
        found = await pipeline.value(several, variables, options)
        return [Ok(found.get(f"r{place}")) for place in range(len(ids))]
    except PlainGraphQLError as error:
        if len(ids) == 1:
            return [Err(error)]
        middle = len(ids) // 2
        return [
            *await _looked_up(pipeline, operation, ids[:middle], options),
            *await _looked_up(pipeline, operation, ids[middle:], options),
        ]
    except PlainError as error:
        return [Err(error) for _ in ids]


class _Ids(InputModel):
    """The ids of a pack, by their places."""

    model_config = InputModel.model_config | {"extra": "allow", "alias_generator": None}


@lru_cache(maxsize=256)
def packed(operation: Operation[Any, Any, Any], size: int) -> Operation[Any, Any, dict[str, Any]]:
    """A look-up so many times in one request."""
    (member,) = operation.data_type.model_fields.values()

    def finished(data: dict[str, Any]) -> dict[str, Any]:
        finish(list(data.values()))
        return data

    return Operation(
        name=f"{operation.name}s",
        kind="query",
        document=packed_document(operation, size),
        repeatable=True,
        permissions=operation.permissions,
        done_codes=(),
        data_type=dict[str, member.annotation],  # type: ignore[name-defined]
        variables_type=_Ids,
        payload=finished,
        unwrap=lambda found: found,
        derived_permissions=operation.derived_permissions,
    )
