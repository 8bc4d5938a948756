"""Turns what a caller gave into the variables of a request, or says what is wrong."""

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_snake

from .._errors import InputProblem, PlainInputError
from ..runtime.models import InputModel
from ..runtime.unset import UNSET

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=InputModel)


def build_input(model: type[ModelT], members: object, *, operation: str, root: str = "") -> ModelT:
    """An input model of the members, or `PlainInputError` that names every problem."""
    try:
        return model.model_validate(members)
    except ValidationError as error:
        # Looked for only now, because most callers give none.
        members_given, found = _without_unset(members)
        if found:
            return build_input(model, members_given, operation=operation, root=root)
        problems = [_problem(model, detail, root) for detail in error.errors(include_url=False)]
        raise PlainInputError(problems, operation=operation) from None


def _without_unset(given: object) -> tuple[object, bool]:
    """The same without the members of mappings that are `UNSET`; whether there were any."""
    whole = given
    if isinstance(given, Mapping):
        members = cast("Mapping[object, object]", given)
        kept = {key: _without_unset(value) for key, value in members.items() if value is not UNSET}
        if len(kept) < len(members) or any(found for _, found in kept.values()):
            return {key: value for key, (value, _) in kept.items()}, True
    elif isinstance(given, list | tuple):
        items = [_without_unset(item) for item in cast("Sequence[object]", given)]
        if any(found for _, found in items):
            return [item for item, _ in items], True
    return whole, False


def _problem(model: type[BaseModel], detail: "ErrorDetails", root: str) -> InputProblem:
    location = detail["loc"]
    parents, names = _walk(model, location)
    path = ".".join([root, *names] if root else names) or "input"
    return InputProblem(path.removeprefix("input."), _message(detail, parents))


def _walk(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[type[BaseModel] | None, list[str]]:
    """The model that holds the last part of the location, and the parts in Python's names."""
    names: list[str] = []
    current: type[BaseModel] | None = model
    holder: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int):
            if names:
                names[-1] += f"[{part}]"
            continue
        holder = current
        name = _attribute(current, part) if current is not None else None
        names.append(name or part)
        current = _member_model(current, name) if current is not None and name else None
    return holder, names


def _attribute(model: type[BaseModel], part: str) -> str | None:
    if part in model.model_fields:
        return part
    return next(
        (
            name
            for name, info in model.model_fields.items()
            if part in (info.alias, info.validation_alias)
        ),
        None,
    )


def _member_model(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    pending: list[object] = [model.model_fields[name].annotation]
    while pending:
        annotation = pending.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        pending.extend(get_args(annotation))
    return None


def _message(detail: "ErrorDetails", holder: type[BaseModel] | None) -> str:
    given = detail["input"]
    match detail["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return _unknown_member(str(detail["loc"][-1]), holder)
        case "exactly_one" | "not_clearable" | "length" | "not_empty":
            return detail["msg"]
        case "between" | "whole_number" | "naive_time" | "iso_time" | "address":
            return f"{detail['msg']}; not {_shown(given)}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"must be a mapping or an input model, not {_shown(given)}"
        case "string_type":
            return f"must be text, not {_shown(given)}"
        case "bool_type" | "bool_parsing":
            return f"must be True or False, not {_shown(given)}"
        case _:
            message = detail["msg"]
            return f"is not valid: {message[:1].lower()}{message[1:]} (got {_shown(given)})"


def _unknown_member(name: str, holder: type[BaseModel] | None) -> str:
    members = list(holder.model_fields) if holder is not None else []
    if to_snake(name) in _PLACED and "component_text" in members:
        kinds = ", ".join(member.removeprefix("component_") for member in members)
        return f"cannot stand in this place; what can: {kinds}"
    near = difflib.get_close_matches(name, members, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"the fields are {', '.join(members)}"
    return f"is not known; {hint}"


_PLACED: Final = frozenset({"component_row", "component_container"})
"""Components that cannot stand everywhere."""


def _shown(value: object) -> str:
    text = repr(value)
    kind = type(value).__name__
    if isinstance(value, Mapping):
        return f"a {kind}"
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({kind})"
